//! The naming law: safe, injective, stable, and the same by identifier and by raw name.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;

fn by_name(raw: &[&str], identifiers: fn(&[&str]) -> Vec<String>) -> HashMap<String, String> {
    raw.iter().map(|&name| name.to_owned()).zip(identifiers(raw)).collect()
}

#[test]
fn names_are_kept_or_spelled_readably() {
    for (raw, identifier) in [
        ("list_issues", "list_issues"),
        ("listIssues", "listIssues"),
        ("list-issues", "list_issues"),
        ("API-get-user", "API_get_user"),
        ("a.b.c", "a_b_c"),
        ("../x", "x"),
        ("3d render", "_3d_render"),
        ("delete", "delete_"),
        ("then", "then_"),
        ("load", "load_"),
        ("list", "list"),
        ("print", "print"),
        ("from", "from_"),
        ("constructor", "constructor_"),
        ("__proto__", "proto"),
        ("search", "search"),
        ("_", "_"),
        ("a__b", "a__b"),
        ("ᵒpen", "pen"),
    ] {
        assert_eq!(members(&[raw]), [identifier], "{raw:?}");
    }
    for (raw, start) in
        [("", "tool_"), ("🦀", "tool_"), ("获取", "tool_"), (&*"x".repeat(300), "xxxx"), ("__", "tool_")]
    {
        let identifier = &members(&[raw])[0];
        assert!(identifier.starts_with(start) && identifier.len() <= IDENTIFIER_CHARS_MAX, "{raw:?}: {identifier}");
    }
    for (raw, identifier) in [("git", "git"), ("time", "time"), ("fetch", "fetch"), ("calendar", "calendar")] {
        assert_eq!(namespaces(&[raw]), [identifier], "{raw:?}");
    }
    for raw in "tools list print json result Any ToolError ValueError struct attempt fail load parallel asyncio crypto \
        DOMException DisposableStack AsyncDisposableStack SuppressedError InternalError"
        .split_whitespace()
    {
        assert_eq!(namespaces(&[raw]), [format!("{raw}_")], "{raw:?}");
    }
}

/// Somebody who knows the hash names a tool like another's spelling: they still stay apart.
#[test]
fn a_prepared_collision_takes_nothing() {
    let mut raw = vec!["a-b".to_owned(), "a.b".to_owned(), "a_b".to_owned()];
    for _ in 0..5 {
        let names: Vec<&str> = raw.iter().map(String::as_str).collect();
        let taken = by_name(&names, members)["a-b"].clone();
        raw.push(taken);
    }
    let names: Vec<&str> = raw.iter().map(String::as_str).collect();
    let given = members(&names);
    assert_eq!(given.iter().collect::<HashSet<_>>().len(), raw.len(), "{given:?}");
    assert_eq!(given[2..], raw[2..], "safe names keep themselves");
}

fn raw_names() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        "[ab][-_. /]?[ab]?",
        "\\PC{0,5}",
        "[a-z]{1,3}",
        prop::sample::select(vec!["then", "class", "tools", "__proto__", "constructor", "a_b_", "None", "", "1"])
            .prop_map(String::from),
    ];
    prop::collection::hash_set(name, 0..30).prop_map(|names| names.into_iter().collect())
}

proptest! {
    #[test]
    fn the_naming_law(raw in raw_names(), more in raw_names()) {
        for identifiers in [members, namespaces] {
            let names: Vec<&str> = raw.iter().map(String::as_str).collect();
            let given = by_name(&names, identifiers);
            // Injective, safe, and never another tool's raw name.
            prop_assert_eq!(given.values().collect::<HashSet<_>>().len(), names.len());
            for (name, identifier) in &given {
                prop_assert!(is_identifier(identifier) && identifier.len() <= IDENTIFIER_CHARS_MAX);
                prop_assert!(!identifier.starts_with("__") && !reserved::is_member_reserved(identifier));
                prop_assert!(identifier == name || !given.contains_key(identifier));
            }
            // The same in any order.
            let reversed: Vec<&str> = names.iter().rev().copied().collect();
            prop_assert_eq!(&given, &by_name(&reversed, identifiers));
            // What keeps its own name keeps it whatever is added.
            let larger: HashSet<&str> = names.iter().copied().chain(more.iter().map(String::as_str)).collect();
            let larger = by_name(&larger.into_iter().collect::<Vec<_>>(), identifiers);
            for (name, identifier) in given.iter().filter(|(name, identifier)| name == identifier) {
                prop_assert_eq!(&larger[name], identifier);
            }
        }
    }
}
