//! c11: pages by a Link header, walked through in every language.

use serde_json::json;

use crate::api;

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
