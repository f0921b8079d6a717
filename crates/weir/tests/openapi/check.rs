//! What `weir check`, `weir show` and `weir search` say of an API.

use serde_json::json;

use crate::{api, server::Server};

/// What is said of the upstreams. Times differ, so do the ports of a test, and another test may have read the description before.
fn of_upstreams(text: &str, server: &Server) -> String {
    let text = text.replace(&server.address().to_string(), "ADDRESS").replace(" (read before)", "");
    let lines = text.lines().skip_while(|line| !line.starts_with("tickets")).take_while(|line| !line.is_empty());
    lines.map(timeless).collect::<Vec<_>>().join("\n")
}

/// However many columns a time takes.
fn timeless(line: &str) -> String {
    let Some((before, after)) = line.split_once(" ms ") else { return line.to_owned() };
    let before = before.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
    format!("{before}  N ms {after}")
}

#[test]
fn check_tells_what_is_loaded_and_what_is_not() {
    let server = api::server();
    let home =
        api::home(&server, "auth = { bearer = \"${TOKEN}\" }\nexclude = [\"tag:debug\"]").with("TOKEN", "canary-4711");
    let left = home.run(&["check"]);
    assert_eq!(left.code, 0, "{}", left.seen());
    assert!(!left.seen().contains("canary"), "{}", left.seen());
    insta::assert_snapshot!(of_upstreams(&left.out, &server), @r"
    tickets    ready   OpenAPI 3.0.3    5 tools,     253 tokens  N ms  Tickets 7
               operations  5 loaded, 1 left out by the configuration, 1 cannot be used
                 GET /broken/{id}: one of its parameters refers to `#/components/parameters/Gone`, which does not exist
               credential  bearer from the config, present
    ");
    let told = home.json(&["check", "--json"]);
    let told = &told["upstreams"][0];
    let operations = &told["operations"];
    assert_eq!(
        (&operations["loaded"], &operations["left_out"], &operations["skipped_count"], &operations["from_cache"]),
        (&json!(5), &json!(1), &json!(1), &json!(true)),
        "{told}"
    );
    assert_eq!(operations["skipped"][0]["place"], "GET /broken/{id}");
    assert_eq!((&told["state"], &told["protocol"]), (&json!("ready"), &json!("OpenAPI 3.0.3")));
    assert_eq!(told["credentials"][0]["configured"], true, "{told}");
    assert!(!told.to_string().contains("canary"));
    // The second look read nothing again, and nothing was asked of the API itself.
    assert!(server.seen().is_empty());
}

/// What somebody should know who relies on it: arguments that are not checked here, and rules that name no tool.
#[test]
fn check_tells_what_is_unchecked_and_which_rules_name_no_tool() {
    let server = api::server();
    let rules = "auth = { bearer = \"t\" }\n[policy.tools]\n\"tickets.tickets_delet\" = \"deny\"\n\
                 \"tickets/tickets/create\" = \"ask\"\n[policy.effects]\n\"tickets/nothing-like-it\" = \"read\"";
    let home = api::home(&server, rules);
    home.write(
        "tickets.json",
        api::DESCRIPTION.replace(r#"{"type": "integer"}}"#, r#"{"type": "string", "pattern": "(?<=a)b"}}"#),
    );
    let left = home.run(&["check"]);
    assert_eq!(left.code, 0, "{}", left.seen());
    insta::assert_snapshot!(of_upstreams(&left.out, &server), @r"
    tickets    ready   OpenAPI 3.0.3    6 tools,     281 tokens  N ms  Tickets 7
               operations  6 loaded, 1 cannot be used
                 GET /broken/{id}: one of its parameters refers to `#/components/parameters/Gone`, which does not exist
               credential  bearer from the config, present
               arguments   not or partly checked for 1 tool: tickets.tickets_list; weir check --json says why
               warning: a rule names tickets/nothing-like-it, which this upstream does not offer: it has no effect
               warning: a rule names tickets/tickets_delet, which this upstream does not offer: it has no effect; did you mean tickets.tickets_delete, tickets.tickets_get, tickets.tickets_list?
    ");
    let told = home.json(&["check", "--json"]);
    let told = &told["upstreams"][0];
    assert_eq!(told["checked_in_part"][0]["tool"], "tickets.tickets_list", "{told}");
    assert!(told["checked_in_part"][0]["reason"].as_str().unwrap().contains("not checked"), "{told}");
    assert_eq!(
        told["rules_without_tool"],
        json!([
            {"tool": "tickets/nothing-like-it", "nearest": []},
            {
                "tool": "tickets/tickets_delet",
                "nearest": ["tickets.tickets_delete", "tickets.tickets_get", "tickets.tickets_list"],
            },
        ])
    );
    assert_eq!(told["warnings"], json!([]));
    let shown = home.done(&["show", "tickets.tickets_list"]);
    assert!(shown.contains("?state ?page\n  arguments are not checked here: the schema does not compile"), "{shown}");
}

#[test]
fn check_names_the_credentials_that_are_missing() {
    let server = api::server();
    let told = api::home(&server, "").json(&["check", "--json"]);
    let credentials = &told["upstreams"][0]["credentials"];
    assert_eq!((&credentials[0]["scheme"], &credentials[0]["configured"]), (&json!("token"), &json!(false)), "{told}");
}

#[test]
fn show_tells_stub_request_and_effect() {
    let server = api::server();
    let home = api::home(&server, "");
    let shown = home.done(&["show", "tickets.tickets_list", "tickets/tickets/delete", "tickets.old"]);
    insta::assert_snapshot!(shown.replace(&server.address().to_string(), "ADDRESS"), @r#"
    declare namespace tickets {
      /** List tickets */
      function tickets_list(args?: {
        state?: "open" | "closed";
        page?: number;
      }): Promise<Ticket[]>;
      /** Delete a ticket [destructive] */
      function tickets_delete(args: {
        id: string;
      }): Promise<any>;
      /** List tickets the old way [deprecated] */
      function old(args?: {}): Promise<any>;
      interface Ticket {
        id?: string;
        title: string;
        state?: "open" | "closed" | null;
        blocks?: Ticket[];
      }
    }

    tickets.tickets_list  read  GET http://ADDRESS/v1/tickets ?state ?page
    tickets.tickets_delete  destructive  DELETE http://ADDRESS/v1/tickets/{id}
    tickets.old  read  GET http://ADDRESS/v1/old  deprecated
    "#);
    let described = home.json(&["show", "--json", "tickets.tickets_create"]);
    let described = &described[0];
    assert_eq!((&described["effect"], &described["name"]), (&json!("write"), &json!("tickets/create")));
    assert!(described["request"].as_str().unwrap().starts_with("POST http"), "{described}");
    // What it refers to is with it.
    let reference = described["inputSchema"]["properties"]["blocks"]["items"]["$ref"].as_str().unwrap();
    let name = reference.strip_prefix("#/$defs/").unwrap();
    assert!(described["inputSchema"]["$defs"][name]["properties"]["title"].is_object(), "{described}");
}

/// c13: a deprecated operation is found by who asks for it.
#[test]
fn c13_deprecated_operations_are_found_on_request() {
    let server = api::server();
    let found = |more: &str, query: &str| {
        api::home(&server, more).done(&["search", query, "--limit", "20"]).contains("tickets.old")
    };
    assert!(!found("", "list tickets the old way"));
    assert!(found("", "deprecated list tickets"));
    assert!(found("deprecated = true", "list tickets the old way"));
}

/// c15: operations are chosen by tag, path, method and id.
#[test]
fn c15_operations_are_chosen_by_tag_path_method_and_id() {
    let server = api::server();
    for (more, expected) in [
        ("include = [\"tag:debug\"]", 1),
        ("include = [\"path:/tickets*\"]", 4),
        ("include = [\"DELETE\", \"old\"]", 2),
        ("include = [\"tickets/*\"]\nexclude = [\"POST\"]", 3),
        ("exclude = [\"path:/tickets/?id?\", \"tag:debug\", \"old\"]", 2),
    ] {
        let told = api::home(&server, more).json(&["check", "--json"]);
        assert_eq!(told["upstreams"][0]["tools"], expected, "{more}: {told}");
    }
}

#[test]
fn a_description_that_is_none_is_said_to_be() {
    let server = api::server();
    for (bytes, expected) in [
        (&b"<!doctype html><html></html>"[..], "HTML"),
        (br#"{"asyncapi": "2.0.0"}"#, "AsyncAPI"),
        (br#"{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}, "item": []}"#, "Postman"),
        (b"{", "tickets.json"),
    ] {
        let home = api::home(&server, "");
        home.write("tickets.json", bytes);
        let left = home.run(&["check"]);
        assert_eq!(left.code, 3, "{}", left.seen());
        assert!(left.out.contains("absent") && left.out.contains(expected), "{expected}: {}", left.seen());
    }
    let home = api::home(&server, "");
    home.write("weir.toml", "[upstream.tickets]\nopenapi = \"gone.json\"\n");
    let left = home.run(&["check"]);
    assert_eq!(left.code, 2, "{}", left.seen());
    insta::assert_snapshot!(left.err, @r#"
    error: `openapi` names gone.json, which cannot be read: there is no such file
     --> weir.toml:2:11
      |
    2 | openapi = "gone.json"
      |           ^^^^^^^^^^^
      hint: write a path, from the folder of this file, or an https URL

    the configuration has a problem; nothing was started
    "#);
}
