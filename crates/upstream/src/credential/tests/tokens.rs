//! Tokens without a person: asked for once, renewed in time, never told.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
};
use futures_util::future::join_all;

use super::*;

pub(super) type Reply = (u16, String);

/// A token endpoint that answers as `reply` says: (which request, its Authorization header, its form). Counts.
pub(super) async fn endpoint(
    reply: impl Fn(usize, &str, &str) -> Reply + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    crate::http::provide_tls();
    let asked = Arc::new(AtomicUsize::new(0));
    let (counted, reply) = (asked.clone(), Arc::new(reply));
    let answer = move |headers: HeaderMap, form: String| {
        let (counted, reply) = (counted.clone(), reply.clone());
        async move {
            let shown = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap()).unwrap_or_default();
            let (status, body) = reply(counted.fetch_add(1, Ordering::SeqCst), shown, &form);
            (StatusCode::from_u16(status).unwrap(), body)
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (url, asked)
}

fn token(name: impl std::fmt::Display, seconds: u32) -> Reply {
    (200, format!(r#"{{"access_token":"{name}","token_type":"Bearer","expires_in":{seconds}}}"#))
}

fn machine(token_url: &str) -> OAuth2 {
    OAuth2 {
        token_url: token_url.to_owned(),
        client_id: "my id".into(),
        client_secret: Some(value("client-s3cret")),
        refresh_token: None,
        scopes: vec!["read".into(), "write".into()],
        audience: Some("https://api".into()),
    }
}

#[tokio::test]
async fn client_credentials_are_asked_for_as_the_rfc_says_and_kept() {
    let (url, asked) = endpoint(|_, shown, form| {
        assert_eq!(shown, "Basic bXklMjBpZDpjbGllbnQtczNjcmV0");
        assert_eq!(form, "grant_type=client_credentials&scope=read%20write&audience=https%3A%2F%2Fapi");
        token("t0", 3600)
    })
    .await;
    let keeper = keeper(&Auth::OAuth2(machine(&url)));
    for _ in 0..3 {
        assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer t0");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_wants_the_secret_in_the_form_gets_it_there() {
    let (url, asked) = endpoint(|_, shown, form| {
        if shown.is_empty() && form.starts_with("client_id=my%20id&client_secret=client-s3cret&") {
            return token("posted", 1);
        }
        (401, r#"{"error":"invalid_client"}"#.into())
    })
    .await;
    let keeper = keeper(&Auth::OAuth2(machine(&url)));
    assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer posted");
    assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer posted");
    assert_eq!(asked.load(Ordering::SeqCst), 3, "the way it takes is remembered");
}

#[tokio::test]
async fn h19_a_stampede_of_callers_is_one_request_for_a_token() {
    let (url, asked) = endpoint(|nth, _, _| token(format!("t{nth}"), 3600)).await;
    let keeper = keeper(&Auth::OAuth2(machine(&url)));
    let all = join_all((0..50).map(|_| keeper.credential())).await;
    assert!(all.into_iter().all(|shown| told(shown) == "Header Authorization: Bearer t0"));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // All of them are refused, some of them late.
    let again = join_all((0..50).map(|_| async {
        keeper.refused();
        keeper.credential().await
    }));
    assert!(again.await.into_iter().all(|shown| told(shown) == "Header Authorization: Bearer t1"));
    keeper.refused();
    assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer t1");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn h19_a_token_near_its_end_is_renewed_by_one() {
    let (url, asked) = endpoint(|nth, _, _| token(format!("t{nth}"), 1)).await;
    let keeper = keeper(&Auth::OAuth2(machine(&url)));
    for round in 0..3 {
        let all = join_all((0..10).map(|_| keeper.credential())).await;
        assert!(all.into_iter().all(|shown| told(shown) == format!("Header Authorization: Bearer t{round}")));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn h19_a_caller_that_goes_away_loses_nothing_for_the_others() {
    let (url, asked) = endpoint(|nth, _, _| token(format!("t{nth}"), 3600)).await;
    let keeper = keeper(&Auth::OAuth2(machine(&url)));
    {
        let first = keeper.credential();
        tokio::pin!(first);
        assert!(futures_util::poll!(&mut first).is_pending());
    }
    assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer t0");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn h19_a_server_in_trouble_is_not_asked_by_each() {
    let (url, asked) = endpoint(|_, _, _| (503, "<html>client-s3cret</html>".into())).await;
    let keeper = keeper(&Auth::OAuth2(machine(&url)));
    for _ in 0..20 {
        let failure = keeper.credential().await.unwrap_err();
        assert!(failure.passing && failure.cause.ends_with(" answered with HTTP status 503"), "{failure:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn h19_no_error_holds_what_was_sent() {
    let bodies = [
        r#"{"error":"invalid_grant","error_description":"client-s3cret and bXklMjBpZDpjbGllbnQtczNjcmV0 and refr3sh-token"}"#,
        r#"{"error":"client-s3cret"}"#,
        r#"{"message":"client-s3cret refr3sh-token"}"#,
        r#"{"error":{"client-s3cret":1}}"#,
        "client-s3cret",
    ];
    for status in [200, 400, 401, 500] {
        for body in bodies {
            let (url, _) = endpoint(move |_, _, _| (status, body.to_owned())).await;
            let config = OAuth2 { refresh_token: Some(value("refr3sh-token")), ..machine(&url) };
            let keeper = keeper(&Auth::OAuth2(config));
            let failure = keeper.credential().await.unwrap_err();
            let all = format!("{failure} {failure:?} {} {} {keeper:?}", failure.told(), keeper.described());
            for secret in ["client-s3cret", "bXklMjBpZDpjbGllbnQtczNjcmV0", "refr3sh-token"] {
                assert!(!all.contains(secret), "{status} {body}: {all}");
            }
        }
    }
}

#[tokio::test]
async fn h19_a_token_endpoint_answers_to_the_egress_rules() {
    let (loopback, asked) = endpoint(|_, _, _| token("never", 3600)).await;
    let mut all = Vec::new();
    for (url, allow_private) in [
        ("https://169.254.169.254/token", true),
        ("https://[::ffff:a9fe:a9fe]/token", true),
        ("https://0xa9fea9fe/token", true),
        ("http://169.254.169.254/token", true),
        ("https://10.0.0.1/token", false),
        ("https://localhost/token", false),
        (loopback.as_str(), false),
        ("http://as.example/token", true),
        ("file:///etc/passwd", true),
        ("https://u:p@as.example/token", true),
        ("https://as.example/token#x", true),
        ("token", true),
    ] {
        let surroundings = Surroundings { allow_private, ..surroundings() };
        let keeper = Keeper::new(&Auth::OAuth2(machine(url)), None, &surroundings);
        all.push(told(keeper.credential().await).replace(url::port(&loopback), "PORT"));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    its token_url cannot be used: 169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those
    its token_url cannot be used: ::ffff:169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those
    its token_url cannot be used: 169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those
    its token_url cannot be used: it begins with http:, and tokens travel encrypted only
    its token_url cannot be used: 10.0.0.1 is a private address, and weir connects to none of those unless the upstream's config says `allow_private = true`
    no token for it: localhost may not be connected to: 127.0.0.1 is a loopback address, and weir connects to none of those unless the upstream's config says `allow_private = true` (localhost leads there)
    its token_url cannot be used: 127.0.0.1 is a loopback address, and weir connects to none of those unless the upstream's config says `allow_private = true`
    its token_url cannot be used: it begins with http:, and tokens travel encrypted only
    its token_url cannot be used: it begins with file:, and must be https
    its token_url cannot be used: its URL holds a user or a password; they belong under `auth`
    its token_url cannot be used: it has a fragment
    its token_url cannot be used: it is no URL (relative URL without a base)
    ");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

mod url {
    pub(super) fn port(url: &str) -> &str {
        url.trim_end_matches("/token").rsplit(':').next().unwrap()
    }
}

#[tokio::test]
async fn h19_a_redirect_is_not_followed_and_an_answer_is_bounded() {
    let (url, _) = endpoint(|_, _, _| (307, String::new())).await;
    assert!(told(keeper(&Auth::OAuth2(machine(&url))).credential().await).ends_with("answered with HTTP status 307"));
    let (url, _) = endpoint(|_, _, _| (200, "x".repeat(300 * 1024))).await;
    assert!(
        told(keeper(&Auth::OAuth2(machine(&url))).credential().await).ends_with("answers with more than 262144 bytes")
    );
}

/// A server that takes each refresh token once, and gives the next with each.
async fn rotating() -> (String, Arc<AtomicUsize>) {
    endpoint(|nth, _, form| {
        let expected = if nth == 0 { "configured-0".to_owned() } else { format!("rotated-{nth}") };
        if !form.contains(&format!("grant_type=refresh_token&refresh_token={expected}&")) {
            return (400, r#"{"error":"invalid_grant"}"#.into());
        }
        let next = nth + 1;
        (200, format!(r#"{{"access_token":"t{nth}","expires_in":1,"refresh_token":"rotated-{next}"}}"#))
    })
    .await
}

#[tokio::test]
async fn a_rotated_refresh_token_is_used_next_and_outlives_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let (url, asked) = rotating().await;
    let config = OAuth2 { refresh_token: Some(value("configured-0")), ..machine(&url) };
    let surroundings = Surroundings { tokens: Some(directory.path().join("tokens")), ..surroundings() };
    crate::oauth::key_in_file(surroundings.tokens.as_deref().unwrap());
    let process = || Keeper::new(&Auth::OAuth2(config.clone()), None, &surroundings);
    let (one, other) = (process(), process());
    assert_eq!(told(one.credential().await), "Header Authorization: Bearer t0");
    assert_eq!(told(one.credential().await), "Header Authorization: Bearer t1");
    assert_eq!(told(other.credential().await), "Header Authorization: Bearer t2");
    assert_eq!(told(one.credential().await), "Header Authorization: Bearer t3", "the other's is the newest");
    // At once, the lock lets one after the other.
    let both = join_all([one.credential(), other.credential(), process().credential()]).await;
    let mut both: Vec<String> = both.into_iter().map(told).collect();
    both.sort();
    let expected = ["t4", "t5", "t6"].map(|name| format!("Header Authorization: Bearer {name}"));
    assert_eq!(both, expected);
    assert_eq!(asked.load(Ordering::SeqCst), 7);
    // Another one in the config is what counts from then on.
    let config = OAuth2 { refresh_token: Some(value("configured-anew")), ..config };
    let anew = Keeper::new(&Auth::OAuth2(config), None, &surroundings);
    assert!(told(anew.credential().await).ends_with("refuses: invalid_grant"), "it is sent, not the kept one");
}

#[tokio::test]
async fn without_a_place_for_tokens_a_rotated_one_lasts_as_long_as_the_process() {
    let (url, _) = rotating().await;
    let config = OAuth2 { refresh_token: Some(value("configured-0")), ..machine(&url) };
    let keeper = keeper(&Auth::OAuth2(config));
    for round in 0..3 {
        assert_eq!(told(keeper.credential().await), format!("Header Authorization: Bearer t{round}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_is_no_failure_while_the_token_holds() {
    let source = Source::Broken(CredentialFailure::lasting("not asked"));
    let shown = Shown { sent: vec![(KeyPlace::Header, "a".into(), Secret::new("old".into()))], secrets: Vec::new() };
    let now = Instant::now();
    let ends = Ends { renew: now + Duration::from_secs(50), until: now + Duration::from_secs(60) };
    let mut state = State::default();
    state.land(Ok(Obtained { shown, ends: Some(ends) }), &source).unwrap();
    let fail = |state: &mut State| told(state.land(Err(CredentialFailure::passing("away")), &source));
    assert!(state.ready(&source).is_some(), "not due yet");
    tokio::time::advance(Duration::from_secs(51)).await;
    assert!(state.ready(&source).is_none(), "due");
    assert_eq!(fail(&mut state), "Header a: old");
    assert!(state.ready(&source).is_some(), "not asked for again at once");
    tokio::time::advance(Duration::from_secs(6)).await;
    assert!(state.ready(&source).is_none());
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(fail(&mut state), "away", "over");
}
