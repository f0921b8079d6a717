//! A message to a real listener: what arrives, and what is said when it does not.

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use tokio::sync::mpsc;
use weir_model::Secret;
use weir_upstream::post_json;

use crate::support::PATIENCE;

/// Answers `/ok` with 204, `/moved` with a redirect to it, `/no` with 500, and `/never` not at all.
async fn listener() -> (String, mpsc::Receiver<String>) {
    let (sender, receiver) = mpsc::channel(8);
    let told = move |headers: HeaderMap, body: String| {
        let sender = sender.clone();
        async move {
            sender.send(format!("{} {body}", headers["content-type"].to_str().unwrap())).await.unwrap();
            StatusCode::NO_CONTENT
        }
    };
    let router = Router::new()
        .route("/ok", post(told))
        .route("/moved", post(|| async { (StatusCode::TEMPORARY_REDIRECT, [("location", "/ok")]) }))
        .route("/no", post(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/never", post(std::future::pending::<StatusCode>));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, receiver)
}

#[tokio::test]
async fn a_message_arrives_or_the_reason_is_told_without_the_address() {
    let (address, mut arrived) = listener().await;
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, deadline, expected) in [
        (format!("{address}/ok?key=sesame"), PATIENCE, "posted"),
        (format!("{address}/moved?key=sesame"), PATIENCE, "it answered with HTTP status 307"),
        (format!("{address}/no?key=sesame"), PATIENCE, "it answered with HTTP status 500"),
        (format!("{address}/never?key=sesame"), Duration::from_millis(50), "it did not answer within 50ms"),
        (format!("http://{unused}/?key=sesame"), PATIENCE, "it cannot be reached: Connection refused (os error 111)"),
        ("ftp://host/?key=sesame".to_owned(), PATIENCE, "its address is no http or https URL"),
        ("sesame".to_owned(), PATIENCE, "its address is no http or https URL"),
    ] {
        let posted = post_json(&Secret::new(url.clone()), r#"{"a":1}"#.to_owned(), deadline).await;
        let said = posted.map_or_else(|why| why.to_string(), |()| "posted".to_owned());
        assert_eq!(said, expected, "{url}");
    }
    assert_eq!(arrived.recv().await.unwrap(), r#"application/json {"a":1}"#);
    assert!(arrived.try_recv().is_err(), "only one came, and no redirect was followed");
}
