//! The rules as a whole: what a client connects to, against names that lie and servers that misbehave.

mod tls;

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

/// Answers look-ups in turn, the last answer again and again.
#[derive(Default)]
struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[&str]) -> Arc<Self> {
        let addresses = |answer: &&str| answer.split_whitespace().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().map(addresses).collect()), asked: AtomicUsize::new(0) })
    }
}

impl Lookup for Names {
    fn addresses(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

fn client_of(rules: Rules, names: Arc<Names>) -> Client {
    client_with(rules, names, tls::trusting()).unwrap()
}

const OPEN: Rules = Rules { allow_private: true };
const CLOSED: Rules = Rules { allow_private: false };

/// As the adapter does: the URL is judged, then requested. The status, or why not.
async fn told(rules: Rules, names: &Arc<Names>, url: &str) -> String {
    let url = Url::parse(url).unwrap();
    if let Err(denied) = rules.check(&url) {
        return denied.to_string();
    }
    let answer = tokio::time::timeout(PATIENCE, client_of(rules, names.clone()).get(url).send()).await.unwrap();
    match answer {
        Ok(response) => response.status().as_str().to_owned(),
        Err(error) => match denial(&error) {
            Some(denied) => denied.to_string(),
            None => format!("failed: {}", crate::http::cause(&error)),
        },
    }
}

/// A server that answers every connection with these bytes after a request's headers, and keeps what it was sent.
struct Raw {
    at: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

async fn raw(answer: &'static str) -> Raw {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let raw = Raw { at: listener.local_addr().unwrap(), heard: Arc::default() };
    let heard = raw.heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heard = heard.clone();
            tokio::spawn(async move {
                while let Some(head) = head(&mut stream).await {
                    heard.lock().unwrap().push(head);
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    raw
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nset-cookie: track=1; Path=/\r\n\r\nok";

#[tokio::test]
async fn h07_no_way_of_writing_an_inner_address_leads_there() {
    const INNER: &str = ", and weir connects to none of those unless the upstream's config says `allow_private = true`";
    let inner = |what: &str| format!("{what}{INNER}");
    let led = |what: &str, from: &str| format!("{what}{INNER} ({from} leads there)");
    let loopback = inner("127.0.0.1 is a loopback address");
    for (url, looked_up, expected) in [
        ("http://127.0.0.1/", "", loopback.clone()),
        ("http://127.0.0.1./", "", loopback.clone()),
        ("http://0x7f.1/", "", loopback.clone()),
        ("http://2130706433/", "", loopback.clone()),
        ("http://017700000001/", "", loopback.clone()),
        ("http://127.1:6379/", "", loopback.clone()),
        ("http://%31%32%37.0.0.1/", "", loopback.clone()),
        ("http://①②⑦.⓪.⓪.①/", "", loopback.clone()),
        ("http://evil.com@127.0.0.1/", "", "its URL holds a user or a password; they belong under `auth`".to_owned()),
        ("http://[::1]/", "", inner("::1 is a loopback address")),
        ("http://[::ffff:127.0.0.1]/", "", inner("::ffff:127.0.0.1 is a loopback address")),
        ("http://[64:ff9b::7f00:1]/", "", inner("64:ff9b::7f00:1 is a loopback address")),
        ("http://[::]/", "", inner(":: is an address of this machine")),
        ("http://0/", "", inner("0.0.0.0 is an address of this machine")),
        ("http://[fd00::1]/", "", inner("fd00::1 is a private address")),
        ("http://10.1.2.3/", "", inner("10.1.2.3 is a private address")),
        ("http://169.254.1.1/", "", inner("169.254.1.1 is a link-local address")),
        (
            "http://169.254.169.254/latest/meta-data/",
            "",
            "169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those"
                .to_owned(),
        ),
        ("http://localhost:6379/", "127.0.0.1", led("127.0.0.1 is a loopback address", "localhost")),
        ("http://localhost./", "::1", led("::1 is a loopback address", "localhost.")),
        ("http://127.0.0.1.nip.io/", "127.0.0.1", led("127.0.0.1 is a loopback address", "127.0.0.1.nip.io")),
        ("https://inside.test/", "fd00::1 10.0.0.1", led("10.0.0.1 is a private address", "inside.test")),
        ("http://none.test/", " ", "none.test has no address".to_owned()),
        ("ftp://8.8.8.8/", "", "ftp: is not spoken; only http and https are".to_owned()),
        ("file:///etc/passwd", "", "file: is not spoken; only http and https are".to_owned()),
        ("gopher://127.0.0.1:6379/_x", "", "gopher: is not spoken; only http and https are".to_owned()),
    ] {
        let names = Names::new(if looked_up.is_empty() { &[] } else { std::slice::from_ref(&looked_up) });
        assert_eq!(told(CLOSED, &names, url).await, expected, "{url}");
        let asked = usize::from(!looked_up.is_empty());
        assert_eq!(names.asked.load(Ordering::Relaxed), asked, "{url}: look-ups");
    }
}

#[tokio::test]
async fn h07_what_is_allowed_is_reached_and_metadata_never_is() {
    let server = raw(OK).await;
    let names = Names::new(&["127.0.0.1"]);
    assert_eq!(told(OPEN, &names, &format!("http://{}/", server.at)).await, "200");
    assert_eq!(told(OPEN, &names, &format!("http://inside.test:{}/", server.at.port())).await, "200");
    let heard = server.heard.lock().unwrap().join("");
    assert!(heard.contains(&format!("host: inside.test:{}", server.at.port())), "the name is kept: {heard}");
    assert!(heard.contains("accept-encoding: identity"), "nothing encoded is asked for: {heard}");
    let metadata = Names::new(&["169.254.169.254"]);
    let denied = told(OPEN, &metadata, "http://metadata.test/").await;
    assert_eq!(
        denied,
        "169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those (metadata.test leads there)"
    );
}

#[tokio::test]
async fn h08_a_name_is_looked_up_once_and_what_was_checked_is_connected_to() {
    let server = raw(OK).await;
    // Were there a second look-up, the connection would go to an address nobody listens on.
    let names = Names::new(&["127.0.0.1", "127.0.0.99"]);
    let client = client_of(OPEN, names.clone());
    let url = format!("http://flips.test:{}/", server.at.port());
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    // A name that is good at first and not at the next connection is denied at that one.
    let flips = Names::new(&["127.0.0.1"]);
    let denied = told(CLOSED, &flips, &url).await;
    assert!(denied.ends_with("(flips.test leads there)"), "{denied}");
    assert_eq!(server.heard.lock().unwrap().len(), 1, "and nothing was sent");
}

#[test]
fn h08_of_several_addresses_only_the_good_ones_are_left() {
    let admitted = |addresses: &str| {
        let addresses = addresses.split(' ').map(|text| text.parse().unwrap()).collect();
        resolver::admitted(CLOSED, "split.test", addresses)
            .map(|good| good.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(admitted("8.8.8.8 ::1 127.0.0.1 2606:4700::1111").unwrap(), "8.8.8.8 2606:4700::1111");
    assert!(admitted("::1 127.0.0.1").is_err());
}

#[tokio::test]
async fn h09_a_redirect_is_an_answer_and_nothing_more() {
    let elsewhere = raw(OK).await;
    for status in [301, 302, 303, 307, 308] {
        for target in
            [format!("http://{}/x", elsewhere.at), "http://169.254.169.254/".into(), "file:///etc/passwd".into()]
        {
            let answer = format!("HTTP/1.1 {status} X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
            let server = raw(answer.leak()).await;
            let told = told(OPEN, &Names::new(&[]), &format!("http://{}/", server.at)).await;
            assert_eq!((told, server.heard.lock().unwrap().len()), (status.to_string(), 1), "{target}");
        }
    }
    assert!(elsewhere.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn h17_no_cookie_is_ever_kept() {
    let server = raw(OK).await;
    let client = client_of(OPEN, Names::new(&[]));
    for _ in 0..2 {
        client.get(format!("http://{}/", server.at)).send().await.unwrap().bytes().await.unwrap();
    }
    let heard = server.heard.lock().unwrap();
    assert_eq!(heard.len(), 2);
    assert!(!heard.join("").to_lowercase().contains("cookie:"), "{heard:?}");
}

#[tokio::test]
async fn h14_endless_headers_end() {
    for answer in [
        format!("HTTP/1.1 200 OK\r\n{}", "x-a: b\r\n".repeat(10_000)),
        format!("HTTP/1.1 200 OK\r\nx-a: {}\r\n\r\n", "b".repeat(1_000_000)),
        format!("HTTP/1.1 200 OK\r\nx-{}", "a".repeat(1_000_000)),
    ] {
        let server = raw(answer.leak()).await;
        let told = told(OPEN, &Names::new(&[]), &format!("http://{}/", server.at)).await;
        assert!(told.starts_with("failed: "), "{told}");
    }
}

proptest! {
    /// However a URL's host is written: what is requested without a look-up is a public address.
    #[test]
    fn what_passes_is_public(bits in any::<u32>(), form in 0_usize..7, port in any::<u16>()) {
        let [a, b, c, d] = bits.to_be_bytes();
        let low = u32::from_be_bytes([0, b, c, d]);
        let host = match form {
            0 => format!("{a}.{b}.{c}.{d}"),
            1 => format!("{bits}"),
            2 => format!("0x{bits:x}"),
            3 => format!("{a}.{low}"),
            4 => format!("0{a:o}.0{b:o}.0x{c:x}.{d}."),
            5 => format!("[::ffff:{a}.{b}.{c}.{d}]"),
            _ => format!("[64:ff9b::{a:x}{b:02x}:{c:x}{d:02x}]"),
        };
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let public = matches!(address::reach(std::net::Ipv4Addr::from_bits(bits).into()), Reach::Public);
        prop_assert_eq!(CLOSED.check(&url).is_ok(), public, "{}", url);
    }

    #[test]
    fn no_text_at_all_is_a_way_around(text in "\\PC{0,30}", host in "[0-9a-fx.:\\[\\]@%\\\\/#?]{0,24}") {
        for text in [format!("http://{text}"), format!("http://{host}/"), text] {
            let Ok(url) = Url::parse(&text) else { continue };
            if CLOSED.check(&url).is_ok()
                && let Some(Ok(address)) = url.host_str().map(|host| host.trim_matches(['[', ']']).parse())
            {
                prop_assert_eq!(address::reach(address), Reach::Public, "{}", url);
            }
        }
    }
}
