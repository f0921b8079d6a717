//! Results too large for an answer, read as resources.

use serde_json::{Value, json};
use weir_bridge::port::{Handles, Stored, StoredKind};
use weir_model::PrincipalId;
use weir_store::{Location, Store};

use super::{
    place::Place,
    stdio::{Client, modern, text},
};

#[test]
fn a_result_too_large_to_show_is_read_as_a_resource() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let code = "return Array.from({length: 30000}, (_, n) => 'row number ' + n + ' of a long list')";
    let answer = client.call(1, "execute", json!({"code": code}));
    let uri = text(&answer).split_whitespace().find(|word| word.starts_with("weir://results/h_")).unwrap().to_owned();
    let read = |client: &mut Client, id: u64, uri: &str| {
        client.ask(&json!({"jsonrpc": "2.0", "id": id, "method": "resources/read", "params": {"uri": uri}}))
    };
    let (mut whole, mut next) = (String::new(), Some(uri.clone()));
    let mut parts = 0;
    while let Some(uri) = next {
        let part = read(&mut client, 10 + parts, &uri)["result"]["contents"].clone();
        whole += part[0]["text"].as_str().unwrap_or_else(|| panic!("{part}"));
        next = part[0]["_meta"]["weir/part"]["next"].as_str().map(str::to_owned);
        parts += 1;
    }
    assert!(parts > 1, "{parts} parts");
    let rows: Vec<String> = serde_json::from_str(&whole).unwrap();
    assert_eq!((rows.len(), rows[29_999].as_str()), (30_000, "row number 29999 of a long list"));

    let small = read(&mut client, 50, &format!("{uri}?offset=0&length=20"));
    assert_eq!(small["result"]["contents"][0]["text"], r#"["row number 0 of a "#, "{small}");
    for missing in ["weir://results/h_00000000000000000000000000000000", "weir://results/", "file:///etc/passwd"] {
        assert_eq!(read(&mut client, 60, missing)["error"]["code"], -32002, "{missing}");
    }
    assert_eq!(read(&mut client, 61, &format!("{uri}?page=2"))["error"]["code"], -32602);
    let templates = client.ask(&json!({"jsonrpc": "2.0", "id": 70, "method": "resources/templates/list"}));
    assert_eq!(templates["result"]["resourceTemplates"][0]["uriTemplate"], "weir://results/{handle}{?offset,length}");
    let listed = client.ask(&json!({"jsonrpc": "2.0", "id": 71, "method": "resources/list"}));
    let shown = &listed["result"]["resources"][0];
    assert_eq!((&shown["uri"], &shown["mimeType"]), (&json!(uri), &json!("application/json")), "{listed}");
    assert_eq!((shown["size"].as_u64(), &listed["result"]["nextCursor"]), (Some(whole.len() as u64), &Value::Null));
    let modern_missing = modern(
        json!({"jsonrpc": "2.0", "id": 72, "method": "resources/read", "params": {"uri": "weir://results/h_0"}}),
    );
    assert_eq!(client.ask(&modern_missing)["error"]["code"], -32602, "the code of 2026-07-28");
}

/// G03: the list is paged, newest first, and of one's own results only; to somebody who knows its name, another one's result is as
/// absent as one that never was.
#[test]
fn g03_the_list_of_results_is_paged_and_ones_own() {
    const KEPT: usize = 40;
    let place = Place::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (own, foreign) = runtime.block_on(async {
        let file = place.config().with_file_name("weir.db");
        let store = Store::open(Location::Sqlite(file)).await.unwrap();
        let (me, somebody) = (PrincipalId::new("local"), PrincipalId::new("somebody"));
        let stored = |n: usize| Stored { kind: StoredKind::Binary("image/png".into()), bytes: vec![1; n].into() };
        let foreign = store.put(&somebody, stored(7)).await.unwrap();
        let mut own = Vec::new();
        for n in 1..=KEPT {
            own.insert(0, (format!("weir://results/{}", store.put(&me, stored(n)).await.unwrap()), n as u64));
        }
        (own, foreign)
    });
    let mut client = Client::legacy(&place);
    for era in [(|request| request) as fn(Value) -> Value, modern] {
        let mut ask = |method: &str, params: Value| {
            client.ask(&era(json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})))
        };
        let (mut listed, mut pages, mut cursor) = (Vec::new(), Vec::new(), Value::Null);
        loop {
            let params = if cursor.is_null() { json!({}) } else { json!({"cursor": cursor}) };
            let page = ask("resources/list", params)["result"].take();
            let shown = page["resources"].as_array().unwrap_or_else(|| panic!("{page}"));
            pages.push(shown.len());
            listed
                .extend(shown.iter().map(|it| (it["uri"].as_str().unwrap().to_owned(), it["size"].as_u64().unwrap())));
            cursor = page["nextCursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!((pages, &listed), (vec![32, 8], &own));
        let code = ask("resources/read", json!({"uri": "weir://results/h_0"}))["error"]["code"].clone();
        let read = ask("resources/read", json!({"uri": format!("weir://results/{foreign}")}));
        assert_eq!(read["error"]["code"], code, "{read}");
        // Not even its place in the order of things is told.
        for unknown in [foreign.as_str(), "h_0"] {
            assert_eq!(
                ask("resources/list", json!({"cursor": unknown}))["result"]["resources"],
                json!([]),
                "{unknown}"
            );
        }
        assert_eq!(ask("resources/list", json!({"cursor": "2"}))["error"]["code"], -32602);
    }
}
