//! Results too large for an answer, read as resources.

use serde_json::json;

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
    assert_eq!(listed["result"]["resources"], json!([]), "{listed}");
    let modern_missing = modern(
        json!({"jsonrpc": "2.0", "id": 72, "method": "resources/read", "params": {"uri": "weir://results/h_0"}}),
    );
    assert_eq!(client.ask(&modern_missing)["error"]["code"], -32602, "the code of 2026-07-28");
}
