//! Queries: a name and a value, each one unit.

use serde_json::json;
use weir_openapi::{Parameter, Place, Style};

use crate::{
    operation::{operation, query, request, styled, target},
    reader,
};

#[test]
fn h03_a_query_argument_cannot_add_a_parameter() {
    for (value, expected) in [
        ("a&admin=true", "/x?q=a%26admin%3Dtrue"),
        ("a+b", "/x?q=a%2Bb"),
        ("a b", "/x?q=a%20b"),
        ("a;admin=1", "/x?q=a%3Badmin%3D1"),
        ("#f", "/x?q=%23f"),
        ("a%26b", "/x?q=a%2526b"),
        ("\r\nHost: x", "/x?q=%0D%0AHost%3A%20x"),
        ("a\0", "argument `q`: it holds a NUL character"),
    ] {
        assert_eq!(target(&operation("/x", vec![query("q")]), json!({ "q": value })), expected);
    }
    // Nor through a name, or the keys of an object.
    assert_eq!(target(&operation("/x", vec![query("a&b=[]")]), json!({"a&b=[]": 1})), "/x?a%26b%3D%5B%5D=1");
    let spread = operation("/x", vec![query("filter"), query("limit")]);
    assert_eq!(target(&spread, json!({"filter": {"a&limit": "1=2"}})), "/x?a%26limit=1%3D2");
    assert_eq!(
        target(&spread, json!({"filter": {"limit": 1000}, "limit": 1})),
        "argument `filter`: its key `limit` is the name of another parameter"
    );
    let deep = operation("/x", vec![styled(Place::Query, "f", Style::DeepObject, true)]);
    let url = request(&deep, json!({"f": {"a]&admin[": "x&y"}})).unwrap().url;
    let (_, _, written) = reader::taken_apart(&url);
    assert_eq!(reader::pairs(written.unwrap(), true), [("f[a]&admin[]".to_owned(), "x&y".to_owned())]);
}

#[test]
fn parameters_keep_the_order_of_the_description() {
    let operation = operation("/x", vec![query("b"), query("a"), Parameter { field: "query_c".into(), ..query("c") }]);
    assert_eq!(target(&operation, json!({"a": 1, "query_c": [2, 3], "b": 4})), "/x?b=4&a=1&c=2&c=3");
}
