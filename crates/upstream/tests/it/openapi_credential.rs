//! Credentials of an API between arguments that want their place and answers that repeat them.

use serde_json::{Value, json};
use weir_model::{FailureKind, Part};
use weir_upstream::{Auth, KeyPlace, UpstreamConfig};

use crate::{
    api::{Described, FakeApi, status as answered, upstream_of, value},
    support::*,
};

/// One operation, `search`, with these parameters.
fn described(server: &str, parameters: Value) -> Described {
    let search = json!({ "operationId": "search", "parameters": parameters, "responses": {} });
    Described::new(&json!({
        "openapi": "3.0.3",
        "info": { "title": "T", "version": "1" },
        "servers": [{ "url": server }],
        "paths": { "/search": { "get": search } }
    }))
}

fn with_key(described: &Described, place: KeyPlace, name: &str) -> UpstreamConfig {
    let auth = Auth::Key { place, name: name.to_owned(), value: value("the-key") };
    UpstreamConfig { auth: Some(auth), ..upstream_of(described.api()) }
}

/// Many descriptions name an API's key among the parameters, and in no security scheme.
#[tokio::test]
async fn c09_what_the_config_gives_is_no_argument() {
    let text = json!({ "type": "string" });
    for (place, written, name, expected) in [
        (KeyPlace::Query, "query", "api_key", "GET /search?q=x&api_key=the-key"),
        (KeyPlace::Header, "header", "X-Api-Key", "GET /search?q=x"),
        (KeyPlace::Cookie, "cookie", "sid", "GET /search?q=x"),
    ] {
        let api = FakeApi::echoing().await;
        let parameters = json!([
            { "name": name, "in": written, "required": true, "schema": text },
            { "name": "q", "in": "query", "schema": text },
        ]);
        let described = described(&api.url(), parameters);
        let fleet = started(with_key(&described, place, name)).await;
        let found = ready(&fleet).await;
        let schema = &found.tools[0].input_schema;
        assert_eq!(&**schema, r#"{"type":"object","properties":{"q":{"type":"string"}},"additionalProperties":false}"#);
        call(&fleet, "search", r#"{"q":"x"}"#).await.unwrap();
        let failure = call(&fleet, "search", &json!({ name: "mine", "q": "x" }).to_string()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::InvalidArguments);
        let asked = api.asked();
        assert_eq!((asked.len(), asked[0].line.as_str()), (1, expected));
        assert_eq!(asked[0].header("x-api-key") == "the-key", place == KeyPlace::Header);
        assert_eq!(asked[0].header("cookie"), if place == KeyPlace::Cookie { "sid=the-key" } else { "-" });
        fleet.shutdown().await;
    }
}

/// A key of an object that is spread has whatever name the snippet gives it; with two values of one name, servers differ in which they
/// take, and a snippet could act as somebody else.
#[tokio::test]
async fn h03_no_argument_stands_beside_the_credential() {
    for (place, written, name) in [(KeyPlace::Query, "query", "api_key"), (KeyPlace::Cookie, "cookie", "sid")] {
        let api = FakeApi::echoing().await;
        let parameters = json!([{ "name": "filter", "in": written, "style": "form", "explode": true, "schema": { "type": "object" } }]);
        let described = described(&api.url(), parameters);
        let fleet = started(with_key(&described, place, name)).await;
        call(&fleet, "search", r#"{"filter":{"other":"x"}}"#).await.unwrap();
        for taken in [name.to_owned(), name.to_uppercase()] {
            let arguments = json!({ "filter": { "a": "b", taken: "mine" } }).to_string();
            let failure = call(&fleet, "search", &arguments).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Denied);
            let expected = format!("an argument of it is named \"{name}\", as the credential that weir adds");
            assert!(failure.message.contains(&expected), "{}", failure.message);
        }
        assert_eq!(api.lines().len(), 1, "nothing was sent");
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn t14_a_credential_in_a_header_comes_back_nowhere() {
    let secret = "s3cr-t.token";
    let mime = format!("application/x-{secret}");
    let pages = format!("<https://{secret}.test/?page=2>; rel=\"next\"");
    // Cut in its middle, were it not taken out before.
    let away = format!("https://{}.{}.{secret}.test/", "x".repeat(45), "y".repeat(45));
    for (status, headers) in [
        (200, vec![("content-type", mime.as_str())]),
        (200, vec![("content-type", "application/json"), ("link", &pages)]),
        (302, vec![("location", &away)]),
    ] {
        let headers: Vec<(String, String)> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let api = FakeApi::answering(move |_| {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            answered(status, &headers, "[1]")
        })
        .await;
        let described =
            described(&api.url(), json!([{ "name": "page", "in": "query", "schema": { "type": "integer" } }]));
        let auth = Some(Auth::Bearer(value(secret)));
        let fleet = started(UpstreamConfig { auth, ..upstream_of(described.api()) }).await;
        let outcome = call(&fleet, "search", "{}").await;
        let text = format!("{outcome:?}");
        assert!(!text.contains("s3cr"), "{text}");
        if let Ok(reply) = &outcome
            && let [Part::Blob { mime, .. }] = reply.parts.as_slice()
        {
            assert_eq!(mime, "application/x-[redacted]");
        }
        fleet.shutdown().await;
    }
}

/// An item of a stream is quoted when it is no JSON: what a credential has of quotes is escaped twice then.
#[tokio::test]
async fn t14_a_credential_in_a_stream_comes_back_nowhere() {
    let secret = "s3cr\"t/+\u{e9}&";
    let inside = serde_json::to_string(secret).unwrap();
    let dotnet = "s3cr\\u0022t/\\u002B\\u00E9\\u0026";
    let stream = format!(
        "data: plain {secret}\n\ndata: {{\"a\":{inside}}}\n\ndata: {{\"a\":\"{dotnet}\"}}\n\nid: {secret}\ndata: 1\n\n"
    );
    let api = FakeApi::answering(move |_| answered(200, &[("content-type", "text/event-stream")], &stream)).await;
    let described = described(&api.url(), json!([]));
    let auth = Some(Auth::Basic { user: value("ann"), password: value(secret) });
    let fleet = started(UpstreamConfig { auth, ..upstream_of(described.api()) }).await;
    let reply = call(&fleet, "search", "{}").await.unwrap();
    let [Part::Json(list)] = reply.parts.as_slice() else { panic!("{reply:?}") };
    assert_eq!(
        list,
        r#"[{"data":"plain [redacted]"},{"data":{"a":"[redacted]"}},{"data":{"a":"[redacted]"}},{"id":"[redacted]","data":1}]"#
    );
    fleet.shutdown().await;
}
