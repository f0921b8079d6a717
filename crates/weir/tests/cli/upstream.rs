//! Upstreams that are there, and upstreams that are not.

use super::{Terminal, shop};

#[test]
fn the_shop_is_searched_and_shown() {
    let terminal = Terminal::with_shop();
    insta::assert_snapshot!(terminal.session(&[
        &["search", "cancel an order", "--limit", "1"],
        &["search", "zymurgy quux"],
        &["show", "shop.create_mail_draft"],
        &["show", "shop.create_male_draft"],
    ]), @r"
    $ weir search 'cancel an order' --limit 1
    weir: using weir.toml
    shop.cancel_order({order_id: string, reason: string}): {id: string, customer_id: string, …} — Cancel an order that is not shipped yet, and void its invoice [destructive]
    [exit 0]
    $ weir search 'zymurgy quux'
    weir: using weir.toml
    [weir] nothing suitable; say in plain words what the tool does and to what, or name one of: shop (12 tools)
    [exit 0]
    $ weir show shop.create_mail_draft
    weir: using weir.toml
    declare namespace shop {
      /** Create a draft of a mail to a customer. It is not sent: a person looks at it first. [write] */
      function create_mail_draft(args: {
        /** One mail address. */
        to: string;
        /** 1–200 characters */
        subject: string;
        /** 1–20000 characters */
        body: string;
      }): Promise<{
        /** `dft_` and four digits. */
        id: string;
        to: string;
        subject: string;
        body: string;
      }>;
    }

    shop.create_mail_draft  write
    [exit 0]
    $ weir show shop.create_male_draft
    weir: using weir.toml
    error: there is no tool shop.create_male_draft; the nearest are shop.create_mail_draft, shop.delete_mail_draft, shop.cancel_order
    [exit 1]
    ");
}

#[test]
fn data_commands_speak_json() {
    let terminal = Terminal::with_shop();
    let hits = json(&terminal.run(&["search", "cancel an order", "mail", "--json"]).out);
    assert_eq!(hits[0]["tools"][0]["tool"], "shop.cancel_order");
    assert_eq!(hits[0]["tools"][0]["effect"], "destructive");
    assert_eq!(hits[1]["query"], "mail");
    let shown = json(&terminal.run(&["show", "shop.get_order", "--json"]).out);
    assert_eq!(shown[0]["inputSchema"]["required"], serde_json::json!(["order_id"]));
    let checked = json(&terminal.run(&["check", "--json"]).out);
    assert_eq!(checked["upstreams"][0]["state"], "ready");
    assert_eq!(checked["upstreams"][0]["protocol"], "2026-07-28");
    assert_eq!(checked["upstreams"][0]["tools"], 12);
    assert_eq!(checked["sandbox"]["ready"], true);
    assert!(checked["surface_tokens"].as_u64().unwrap() <= 600);
}

#[test]
fn a_dead_upstream_harms_no_other() {
    let terminal = Terminal::new().with("weir.toml", shop() + "[upstream.dead]\ncommand = \"/nonexistent/server\"\n");
    let found = terminal.run(&["search", "list invoices", "--limit", "1"]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.contains("shop.list_invoices"), "{}", found.out);
    assert!(found.err.contains("`dead` is not available"), "{}", found.err);
    let checked = terminal.run(&["check"]);
    assert_eq!(checked.code, 3);
    assert!(checked.out.contains("absent") && checked.out.contains("ready"), "{}", checked.out);
    let ran = terminal.run(&["run", "--code", "return (await shop.list_customers({})).customers.length"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "12\n"), "{}", ran.err);
}

#[test]
fn without_any_upstream_there_is_nothing_to_search() {
    let terminal = Terminal::new().with("weir.toml", "[upstream.dead]\ncommand = \"/nonexistent/server\"\n");
    insta::assert_snapshot!(terminal.session(&[&["search", "x"], &["show", "dead.x"]]), @r#"
    $ weir search x
    weir: using weir.toml
    warning: `dead` is not available: its command cannot be started ("/nonexistent/server": there is no such program; install it, or give its full path)
    error: no upstream is available
      hint: weir check tells more
    [exit 3]
    $ weir show dead.x
    weir: using weir.toml
    warning: `dead` is not available: its command cannot be started ("/nonexistent/server": there is no such program; install it, or give its full path)
    error: no upstream is available
      hint: weir check tells more
    [exit 3]
    "#);
}

#[test]
fn a_noisy_name_is_no_terminal_command() {
    let config = r#"{"mcpServers": {"x\u001b[2Jy": {"command": "true"}}}"#;
    let left = Terminal::new().with(".mcp.json", config).run(&["check"]);
    assert!(!left.err.contains('\u{1b}') && !left.out.contains('\u{1b}'), "{:?}", left.err);
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
