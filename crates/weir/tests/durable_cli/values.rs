//! Values that are too large for a model, by the page.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{gateway::Gateway, home::Home};

/// A value over every budget; its handle.
fn kept(home: &Home) -> String {
    let shown =
        home.json(&["run", "--as-model", "--code", "return Array.from({length: 20000}, (_, n) => 'line ü ' + n)"]);
    shown["handle"].as_str().unwrap_or_else(|| panic!("no handle: {shown}")).to_owned()
}

#[test]
fn a_stored_value_is_read_whole_and_by_the_page() {
    let home = Home::new();
    let handle = kept(&home);
    let whole = home.done(&["results", &handle]);
    let lines: Vec<String> = serde_json::from_str(&whole).unwrap();
    assert_eq!((lines.len(), lines[19_999].as_str()), (20_000, "line ü 19999"));

    let page = home.run(&["results", &handle, "--offset", "2", "--bytes", "4"]);
    assert_eq!((page.out.as_str(), page.code), ("line", 0));
    assert!(page.err.contains(&format!("4 of {} bytes; the rest with --offset 6", whole.len())), "{}", page.err);

    let told = home.json(&["results", &handle, "--json", "--bytes", "6"]);
    assert_eq!((&told["text"], &told["mime"]), (&"[\"line".into(), &"application/json".into()));
    // A page may end within a character.
    let told = home.json(&["results", &handle, "--json", "--offset", "7", "--bytes", "1"]);
    let bytes = STANDARD.decode(told["base64"].as_str().unwrap()).unwrap();
    assert_eq!((bytes.as_slice(), told.get("text")), (&whole.as_bytes()[7..8], None::<&Value>));
}

#[test]
fn a_stored_value_over_http() {
    let home = Home::new();
    let handle = kept(&home);
    let gateway = Gateway::start(&home);
    let (mut offset, mut whole) = (0, Vec::new());
    loop {
        let page = gateway.get(&format!("/v1/results/{handle}?bytes=100000&offset={offset}"));
        assert_eq!(page.status, 200);
        whole.extend_from_slice(&page.body);
        match page.header("weir-next-offset") {
            Some(next) => offset = next.parse().unwrap(),
            None => break,
        }
    }
    assert_eq!(serde_json::from_slice::<Vec<String>>(&whole).unwrap().len(), 20_000);
}
