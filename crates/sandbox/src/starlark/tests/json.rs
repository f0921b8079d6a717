//! Values to JSON and back.

use proptest::prelude::*;
use starlark::values::Heap;

use super::{
    super::{
        json_in,
        json_out::{self, Form},
    },
    harness::{check, logs},
};

#[test]
fn every_kind_of_value_has_one_mapping() {
    check(
        "result = [None, True, 1, 2.5, -0.0, 100.0, 1e22, \"é\\n\\\"\"]",
        r#"[null,true,1,2.5,-0.0,100.0,1e+22,"é\n\""]"#,
    );
    check(
        "result = [(1,), set([1, 2]), range(3), b\"abc\", struct(a = 1), {}]",
        r#"[[1],[1,2],[0,1,2],"YWJj",{"a":1},{}]"#,
    );
    check("result = {\"x\": 1, 2: 2, 1.5: 3, None: 4, True: 5}", r#"{"x":1,"2":2,"1.5":3,"null":4,"true":5}"#);
    check("result = 2 * 1 << 70", "2361183241434822606848");
    check("R = record(a = int)\nR(a = 1).a", "1");
}

#[test]
fn what_json_cannot_say() {
    check("result = {\"a\": [1, float(\"nan\"), float(\"inf\")]}", r#"{"a":[1,null,null]}"#);
    assert_eq!(
        logs("result = {\"a\": [1, float(\"nan\"), float(\"inf\")]}"),
        ["Warn: result.a[1] is NaN, which JSON cannot say: returned as null"]
    );
    let refused = "! result_not_serializable: the returned value cannot be said in JSON: result";
    check(
        "result = {\"a b\": [lambda: 1]}",
        &format!("{refused}[\"a b\"][0] is a function, which JSON cannot say: call it"),
    );
    check("result = github.get_issue", &format!("{refused} is a tool, which JSON cannot say: call it"));
    check("result = {1: 2, \"1\": 3}", &format!("{refused} has two keys that are both \"1\" in JSON"));
    check("result = {None: 2, \"null\": 3}", &format!("{refused} has two keys that are both \"null\" in JSON"));
    check("result = {(1, 2): 3}", &format!("{refused} has a key of type tuple: only text can be one in JSON"));
    check(
        "l = []\nl.append(l)\nresult = l",
        &format!("{}…{} is nested more than 128 levels deep", refused.trim_end_matches("result"), "[0]".repeat(12)),
    );
}

#[test]
fn a_result_has_a_size() {
    check(
        "x = \"a\" * 1000000\nresult = [x for _ in range(40)]",
        "! result_too_large: the returned value is larger than 33554432 bytes of JSON: return less of it",
    );
}

#[test]
fn texts_are_read_strictly() {
    for (text, problem) in [
        ("", "byte 0: the text ends too early"),
        ("[1,]", "byte 3: a value was expected"),
        ("01", "byte 2: a number cannot begin with 0"),
        ("1.", "byte 2: a digit was expected"),
        ("-", "byte 1: a digit was expected"),
        ("1e999", "byte 5: a number beyond what a float can hold"),
        ("{\"a\":1 \"b\"}", "byte 7: a comma or } was expected"),
        ("{a:1}", "byte 1: a key was expected"),
        ("\"a\nb\"", "byte 2: a control character in a string"),
        ("\"\\ud800\"", "byte 0: an escape no string can have"),
        ("\"\\", "byte 3: the text ends too early"),
        ("NaN", "byte 0: a value was expected"),
        ("1 2", "byte 2: something follows the value"),
    ] {
        let told = Heap::temp(|heap| {
            json_in::parse(text, heap).map(|value| value.to_repr()).map_err(|error| error.to_string())
        });
        assert_eq!(told, Err(format!("not valid JSON at {problem}")), "for {text:?}");
    }
    for deep in [128, 129, 100_000] {
        let text = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
        assert_eq!(Heap::temp(|heap| json_in::parse(&text, heap).is_ok()), deep <= 128);
    }
    assert!(Heap::temp(|heap| json_in::parse(&"9".repeat(5_000), heap).is_err()));
}

/// Text of what was read from `text`.
fn there_and_back(text: &str) -> Option<String> {
    Heap::temp(|heap| {
        let value = json_in::parse(text, heap).ok()?;
        let form = Form { root: "value", bytes_max: u64::MAX, strict: true };
        json_out::write(value, heap, form).ok().map(|written| written.json)
    })
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_survives_the_way_in_and_out(value in any_json()) {
        let text = value.to_string();
        prop_assert_eq!(there_and_back(&text), Some(text));
    }

    #[test]
    fn what_is_read_is_what_everybody_reads(text in "[\\[\\]{}:,\"0-9.eE+\\-tfnrualse \\\\]{0,24}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        let ours = Heap::temp(|heap| json_in::parse(&text, heap).is_ok());
        prop_assert_eq!(ours, theirs, "for {}", text);
    }

    #[test]
    fn integers_of_any_size_stay_exact(digits in "-?[1-9][0-9]{0,200}") {
        prop_assert_eq!(there_and_back(&digits), Some(digits));
    }
}
