//! What fails, as a snippet sees it: with its status and body, and without anything having been sent that should not.

use serde_json::json;

use crate::{api, home::Home};

const CAUGHT: &str = "const caught = async (call) => { try { return {value: await call()} } catch (error) { return {message: error.message, ...error} } };\n";

fn caught(home: &Home, call: &str) -> serde_json::Value {
    home.program("caught.js", &format!("{CAUGHT}return await caught(() => {call})"))
}

#[test]
fn a_failure_has_status_code_and_body() {
    let server = api::server();
    let home = api::home(&server, "auth = { bearer = \"t\" }");
    let error = caught(&home, "tickets.tickets_get({id: 'none'})");
    assert_eq!(
        (&error["kind"], &error["status"], &error["code"], &error["retryable"]),
        (&json!("tool_error"), &json!(404), &json!("no_such_ticket"), &json!(false)),
        "{error}"
    );
    assert_eq!(error["body"], json!({"code": "no_such_ticket", "message": "there is none"}), "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("tickets/tickets/get") && message.contains("404"), "{message}");
    let error = caught(&home, "tickets.tickets_get({id: 'teapot'})");
    assert_eq!(
        (&error["status"], &error["code"], &error["retryable"]),
        (&json!(503), &json!("busy"), &json!(true)),
        "{error}"
    );
    assert_eq!(caught(&home, "tickets.tickets_get({id: 'busy'})")["status"], 429);
    // A read that was told when to come back is sent once more; one that was not, a few times.
    let sent = |id: &str| server.seen().iter().filter(|seen| seen.target.ends_with(id)).count();
    assert_eq!((sent("/teapot"), sent("/busy")), (3, 2));
    assert_eq!(caught(&home, "tickets.tickets_delete({id: '1'})"), json!({"value": null}));
    assert_eq!(caught(&home, "tickets.tickets_get({id: '1'})")["value"]["title"], "first");
}

/// H09: where a redirect leads is not followed, and only its host is told.
#[test]
fn h09_a_redirect_is_a_failure_that_names_the_host() {
    let server = api::server();
    let home = api::home(&server, "auth = { bearer = \"t\" }");
    let error = caught(&home, "tickets.tickets_get({id: 'away'})");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("169.254.169.254") && !message.contains("meta-data"), "{error}");
    assert_eq!(server.seen().len(), 1);
}

/// H01: arguments that would be another path are data or refused, through the whole of weir.
#[test]
fn h01_a_path_argument_cannot_leave_its_segment() {
    let server = api::server();
    let home = api::home(&server, "auth = { bearer = \"t\" }");
    for (id, sent) in [
        ("a/b", Some("/v1/tickets/a%2Fb")),
        ("a?b#c", Some("/v1/tickets/a%3Fb%23c")),
        ("%2e%2e", None),
        ("..", None),
        (".", None),
        ("", None),
        ("a\\u0000b", None),
    ] {
        let before = server.seen().len();
        let answer = caught(&home, &format!("tickets.tickets_get({{id: \"{id}\"}})"));
        let seen = server.seen();
        match sent {
            Some(target) => assert_eq!(seen[before].target, target, "{id}"),
            None => {
                assert_eq!(answer["kind"], "invalid_arguments", "{id}: {answer}");
                assert_eq!(seen.len(), before, "{id}");
            }
        }
    }
}

/// H07: an address of this machine is not connected to unless the operator says so, and the error says how.
#[test]
fn h07_private_addresses_are_denied_by_default() {
    let server = api::server();
    let home = api::home(&server, "auth = { bearer = \"t\" }");
    let config = std::fs::read_to_string(home.path("weir.toml")).unwrap();
    home.write("weir.toml", config.replace("allow_private = true", "allow_private = false"));
    let left = home.run(&["run", "--code", "return await tickets.tickets_get({id: '1'})", "--language", "javascript"]);
    assert_ne!(left.code, 0);
    assert!(left.seen().contains("allow_private"), "{}", left.seen());
    assert!(server.seen().is_empty());
}

/// H06: arguments are checked before anything is sent, and one that nobody asked for is an error, never dropped.
#[test]
fn h06_arguments_that_do_not_fit_are_not_sent() {
    let server = api::server();
    let home = api::home(&server, "auth = { bearer = \"t\" }");
    for call in [
        "tickets.tickets_list({status: 'open'})",
        "tickets.tickets_list({state: 'ajar'})",
        "tickets.tickets_list({page: 'first'})",
        "tickets.tickets_create({})",
        "tickets.tickets_create({title: 5})",
        "tickets.tickets_create({title: null})",
        // The server alone says what the id is.
        "tickets.tickets_create({title: 'x', id: '7'})",
    ] {
        let error = caught(&home, call);
        assert_eq!(error["kind"], "invalid_arguments", "{call}: {error}");
    }
    assert!(server.seen().is_empty());
}
