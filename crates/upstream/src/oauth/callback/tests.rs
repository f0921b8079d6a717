//! The listener a browser is sent back to: one answer, from this machine, for this login.

use proptest::prelude::*;
use tokio::net::TcpStream;

use super::*;

fn told(returned: Result<Returned, Stray>) -> String {
    match returned {
        Ok(Returned { outcome: Outcome::Code(code), issuer }) => format!("code {} of {issuer:?}", code.expose()),
        Ok(Returned { outcome: Outcome::Refused { code, description }, issuer }) => {
            format!("refused {code} ({description}) of {issuer:?}")
        }
        Err(stray) => format!("{stray:?}"),
    }
}

#[test]
fn m20_what_is_pasted_is_the_redirect_and_of_this_login() {
    let rows = [
        " http://127.0.0.1:80/callback?code=c&state=s&iss=https%3A%2F%2Fas \n",
        "http://127.0.0.1:1/callback?error=access_denied&error_description=no&state=s",
        "http://127.0.0.1:1/callback?code=c&state=other",
        "http://127.0.0.1:1/callback?code=c",
        "http://127.0.0.1:1/callback?code=c&state=s&state=s",
        "http://127.0.0.1:1/callback?code=a&code=b&state=s",
        "http://127.0.0.1:1/callback?code=&state=s",
        "http://127.0.0.1:1/callback?code=c&error=e&state=s",
        "http://127.0.0.1:1/callback?state=s",
        "http://127.0.0.1:1/other?code=c&state=s",
        "http://evil.example/callback?code=c&state=s",
        "https://127.0.0.1:1/callback?code=c&state=s",
        "code=c&state=s",
        "",
    ];
    let all: Vec<String> = rows.iter().map(|row| told(pasted(row, "s"))).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    code c of Some("https://as")
    refused access_denied (no) of None
    OtherState
    OtherState
    Twice
    Twice
    Nothing
    Nothing
    Nothing
    NoReturn
    NoReturn
    NoReturn
    NoReturn
    NoReturn
    "#);
}

async fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn m20_only_the_one_request_of_this_login_is_taken() {
    let redirects = Redirects::bind(None).await.unwrap();
    let port = redirects.port;
    assert_eq!(redirects.url(), format!("http://127.0.0.1:{port}/callback"));
    let turned_away = async {
        for (status, request) in [
            (404, format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")),
            (404, format!("GET /callback/x?code=c&state=s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")),
            (404, format!("POST /callback?code=c&state=s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")),
            (404, "GET /callback?code=c&state=s HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned()),
            (404, "GET /callback?code=c&state=s HTTP/1.1\r\n\r\n".to_owned()),
            (404, format!("GET /callback?code=c&state=s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: x\r\n\r\n")),
            (
                404,
                format!(
                    "GET http://127.0.0.1:{port}/callback?code=c&state=s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
                ),
            ),
            (400, format!("GET /callback?code=c&state=wrong HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")),
            (400, format!("GET /callback?state=s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")),
        ] {
            let answer = ask(port, &request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
        }
        // A connection that says nothing holds up nobody.
        let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let host = format!("Host: 127.0.0.1:{port}");
        let answer = ask(port, &format!("GET /callback?code=<b>&state=s HTTP/1.1\r\n{host}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("<b>"), "{answer}");
    };
    let (returned, ()) = tokio::join!(redirects.returned("s"), turned_away);
    assert_eq!(told(Ok(returned.unwrap())), "code <b> of None");
}

#[tokio::test]
async fn m20_a_flood_of_other_requests_ends_the_login() {
    let redirects = Redirects::bind(None).await.unwrap();
    let port = redirects.port;
    let flood = async {
        for _ in 0..=limits::REDIRECT_STRAYS_MAX {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        returned = redirects.returned("s") => assert!(returned.is_err()),
        () = flood => unreachable!("it never ends"),
    }
}

#[tokio::test]
async fn a_request_without_an_end_is_cut_off() {
    let redirects = Redirects::bind(None).await.unwrap();
    let port = redirects.port;
    let endless = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let line = format!("x: {}\r\n", "y".repeat(1_000));
        let mut sent = 0_usize;
        while stream.write_all(line.as_bytes()).await.is_ok() {
            sent += line.len();
            assert!(sent < 64 * 1024 * 1024, "it is read without end");
        }
    };
    tokio::select! {
        _ = redirects.returned("s") => unreachable!("one stray is no flood"),
        () = endless => {}
    }
}

proptest! {
    #[test]
    fn no_redirect_breaks_it(query in "\\PC{0,60}") {
        let _ = pasted(&format!("http://127.0.0.1:1/callback?{query}"), "s");
        let _ = pasted(&query, "s");
    }
}
