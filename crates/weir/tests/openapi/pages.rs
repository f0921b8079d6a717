//! c11: pages by a Link header, walked through in every language.

use serde_json::json;

use crate::{
    api,
    server::{Answer, Server},
};

#[test]
fn c11_pages_are_walked_through_in_every_language() {
    for (file, code) in [
        (
            "pages.ts",
            "const ids: string[] = [];\nfor await (const page of tickets.tickets_list.pages({state: 'open'}, {max: 5})) for (const ticket of page) ids.push(ticket.id!);\nreturn ids",
        ),
        ("pages.py", "[ticket['id'] for page in tickets.tickets_list.pages(state='open') for ticket in page]"),
        (
            "pages.star",
            "ids = []\nfor page in tickets.tickets_list.pages(state = 'open'):\n    for ticket in page:\n        ids.append(ticket['id'])\nresult = ids",
        ),
    ] {
        let server = api::server();
        let home = api::home(&server, "auth = { bearer = \"t\" }");
        assert_eq!(home.program(file, code), json!(["1a", "1b", "2a", "2b", "3a", "3b"]), "{file}");
        let targets: Vec<_> = server.seen().into_iter().map(|seen| seen.target).collect();
        assert_eq!(
            targets,
            ["/v1/tickets?state=open", "/v1/tickets?state=open&page=2", "/v1/tickets?state=open&page=3"],
            "{file}"
        );
    }
}

#[test]
fn pages_end_where_they_are_told_to() {
    let server = api::server();
    let home = api::home(&server, "auth = { bearer = \"t\" }");
    let code =
        "let pages = 0; for await (const page of tickets.tickets_list.pages({}, {max: 2})) pages += 1; return pages";
    assert_eq!(home.program("two.js", code), 2);
    assert_eq!(server.seen().len(), 2);
}

/// A run's story tells which calls were pages, and what was odd about an answer.
#[test]
fn pages_and_what_is_odd_of_them_are_in_the_story_of_a_run() {
    let server = Server::start(|_, _| Answer::json(200, r#"[{"id":"without a title"}]"#));
    let home = api::home(&server, "auth = { bearer = \"t\" }");
    home.write(
        "all.js",
        "for await (const page of tickets.tickets_list.pages({})) { }\nawait tickets.tickets_list({})",
    );
    let kept = ["--set", "store.path=weir.db"];
    home.done(&[&["run", "all.js"], &kept[..]].concat());
    let runs = home.json(&[&["runs", "--json"], &kept[..]].concat());
    let show = ["runs", "show", runs[0]["run"].as_str().unwrap()];
    let story = home.done(&[&show[..], &kept].concat());
    let from = story.find("What it did").unwrap();
    let shown: Vec<_> = story[from..].lines().take_while(|line| !line.is_empty()).collect();
    for part in ["tickets/tickets/list.pages  read, line 1", "tickets/tickets/list  read, line 2", "warning: "] {
        assert!(shown.iter().any(|line| line.contains(part)), "{part} is not in {shown:#?}");
    }
    let told = home.json(&[&show[..], &["--json"], &kept].concat());
    let steps = told["steps"].as_array().unwrap();
    assert_eq!((&steps[0]["paged"], &steps[1]["paged"]), (&json!(true), &json!(null)), "{told}");
    for step in steps {
        assert!(step["warnings"][0].as_str().unwrap().contains("title"), "{step}");
    }
}
