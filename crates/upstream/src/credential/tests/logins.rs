//! What is kept of a person's login, as keepers of one or several processes use it.

use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use tempfile::TempDir;

use super::{tokens::endpoint, *};
use crate::{
    Login,
    oauth::{key_in_file, log_in},
};

const HOUR: u64 = 3_600;

fn place() -> (TempDir, Surroundings) {
    let directory = tempfile::tempdir().unwrap();
    let tokens = directory.path().join("tokens");
    key_in_file(&tokens);
    (directory, Surroundings { tokens: Some(tokens), ..surroundings() })
}

fn process(surroundings: &Surroundings) -> Keeper {
    Keeper::new(&Auth::Login(Login::default()), None, surroundings)
}

async fn shown(keeper: &Keeper) -> String {
    told(keeper.credential().await).replace("Header Authorization: Bearer ", "")
}

/// Gives `t0`, `t1`, … for the refresh token that came before.
async fn renewing() -> (String, Arc<std::sync::atomic::AtomicUsize>) {
    endpoint(|nth, _, form| {
        let expected = if nth == 0 { "refresh-of-first".to_owned() } else { format!("refresh-of-t{}", nth - 1) };
        let resource = "resource=https%3A%2F%2Fapi.example%2Fv1";
        assert_eq!(form, format!("client_id=cid&grant_type=refresh_token&refresh_token={expected}&{resource}"));
        let answer = format!(r#"{{"access_token":"t{nth}","expires_in":{HOUR},"refresh_token":"refresh-of-t{nth}"}}"#);
        (200, answer)
    })
    .await
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_all_processes_have_the_new_one() {
    let (_directory, surroundings) = place();
    let (url, asked) = renewing().await;
    log_in(&surroundings, &url, "first", 0, HOUR).await;
    let (one, other) = (process(&surroundings), process(&surroundings));
    assert_eq!((shown(&one).await, shown(&other).await), ("first".into(), "first".into()));
    assert_eq!(one.described(), "login, present");
    let all = join_all((0..50).map(|_| async {
        one.refused();
        shown(&one).await
    }));
    assert!(all.await.iter().all(|token| token == "t0"));
    other.refused();
    assert_eq!(shown(&other).await, "t0", "somebody has renewed it already");
    assert_eq!(shown(&process(&surroundings)).await, "t0");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn h19_processes_that_find_a_token_ended_at_once_renew_it_once() {
    let (_directory, surroundings) = place();
    let (url, asked) = renewing().await;
    log_in(&surroundings, &url, "first", HOUR, HOUR).await;
    let processes: Vec<Keeper> = (0..8).map(|_| process(&surroundings)).collect();
    let all = join_all(processes.iter().flat_map(|keeper| (0..5).map(move |_| shown(keeper)))).await;
    assert!(all.iter().all(|token| token == "t0"), "{all:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_login_that_its_server_has_ended_is_over_until_the_next() {
    let (_directory, surroundings) = place();
    let (url, asked) = endpoint(|_, _, _| (400, r#"{"error":"invalid_grant"}"#.into())).await;
    log_in(&surroundings, &url, "first", HOUR, HOUR).await;
    let keeper = process(&surroundings);
    let failure = keeper.credential().await.unwrap_err();
    assert_eq!(failure.cause, "its login has ended: run `weir login up`");
    assert!(failure.detail.unwrap().ends_with("refuses: invalid_grant"));
    assert_eq!(shown(&process(&surroundings)).await, "its login has ended: run `weir login up`");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "what has ended is not asked for again");
    log_in(&surroundings, &url, "next", 0, HOUR).await;
    assert_eq!(shown(&keeper).await, "next");
}

#[tokio::test]
async fn a_login_and_its_end_elsewhere_are_seen_at_once() {
    let (_directory, surroundings) = place();
    let keeper = process(&surroundings);
    assert_eq!(shown(&keeper).await, "not logged in: run `weir login up`");
    log_in(&surroundings, "https://as.example/token", "first", 0, HOUR).await;
    assert_eq!(shown(&keeper).await, "first");
    log_in(&surroundings, "https://as.example/token", "second", 0, HOUR).await;
    assert_eq!(shown(&keeper).await, "second");
    for entry in std::fs::read_dir(surroundings.tokens.as_ref().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "token") {
            std::fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(shown(&keeper).await, "not logged in: run `weir login up`");
}

#[tokio::test]
async fn h18_a_login_is_of_one_principal_upstream_resource_and_client() {
    let (_directory, surroundings) = place();
    log_in(&surroundings, "https://as.example/token", "first", 0, HOUR).await;
    let others = [
        Surroundings { principal: PrincipalId::new("other"), ..surroundings.clone() },
        Surroundings { upstream: UpstreamName::new("other").unwrap(), ..surroundings.clone() },
        Surroundings { resource: Some("https://api.example/v2".into()), ..surroundings.clone() },
    ];
    for other in &others {
        let told = shown(&process(other)).await;
        assert_eq!(told, format!("not logged in: run `weir login {}`", other.upstream));
    }
    let client = Login { client_id: Some("another".into()), ..Login::default() };
    let keeper = Keeper::new(&Auth::Login(client), None, &surroundings);
    assert_eq!(shown(&keeper).await, "not logged in: run `weir login up`");
    let keeper = process(&surroundings);
    for (url, expected) in [
        ("https://api.example/v1/x", true),
        ("https://api.example/other", true),
        ("https://api.example:8443/v1/x", false),
        ("http://api.example/v1/x", false),
        ("https://evil.example/v1/x", false),
    ] {
        let shown = keeper.credential_for(&Url::parse(url).unwrap()).await;
        assert_eq!(shown.is_ok(), expected, "{url}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_ends_no_token_that_still_holds() {
    let (_directory, surroundings) = place();
    let (url, asked) = endpoint(|_, _, _| (503, String::new())).await;
    // A minute before its end it is due, and still good.
    log_in(&surroundings, &url, "first", HOUR - 50, HOUR).await;
    let keeper = process(&surroundings);
    assert_eq!((shown(&keeper).await, shown(&keeper).await), ("first".into(), "first".into()));
    assert_eq!(asked.load(Ordering::SeqCst), 1, "not asked by each call");
    log_in(&surroundings, &url, "first", HOUR, HOUR).await;
    let failure = process(&surroundings).credential().await.unwrap_err();
    assert!(failure.passing && failure.cause.ends_with("answered with HTTP status 503"), "{failure:?}");
}
