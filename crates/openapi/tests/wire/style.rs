//! Styles: OpenAPI's own table of examples (3.0.4 and 3.1.1), and RFC 6570's where the two agree.

use serde_json::{Value, json};
use weir_openapi::{Operation, Parameter, Place, Style};

use crate::operation::{operation, parameter, query, request, styled, target};

fn check(place: Place, style: Style, explode: bool, value: Value, expected: &str) {
    let color = styled(place, "color", style, explode);
    let path = if place == Place::Path { "/x{color}" } else { "/x" };
    let written = target(&operation(path, vec![color]), json!({ "color": value }));
    assert_eq!(written, expected, "{place:?} {style:?} {explode} {value}");
}

#[test]
fn c05_the_table_of_style_examples() {
    let (list, map) = (json!(["blue", "black", "brown"]), json!({"R": 100, "G": 200, "B": 150}));
    let (empty, text) = (json!(""), json!("blue"));
    use Style::{DeepObject, Form, Label, Matrix, PipeDelimited, Simple, SpaceDelimited, TabDelimited};
    for (style, explode, value, expected) in [
        (Matrix, false, &empty, "/x;color"),
        (Matrix, false, &text, "/x;color=blue"),
        (Matrix, false, &list, "/x;color=blue,black,brown"),
        (Matrix, false, &map, "/x;color=R,100,G,200,B,150"),
        (Matrix, true, &empty, "/x;color"),
        (Matrix, true, &text, "/x;color=blue"),
        (Matrix, true, &list, "/x;color=blue;color=black;color=brown"),
        (Matrix, true, &map, "/x;R=100;G=200;B=150"),
        (Label, false, &text, "/x.blue"),
        (Label, false, &list, "/x.blue,black,brown"),
        (Label, false, &map, "/x.R,100,G,200,B,150"),
        (Label, true, &text, "/x.blue"),
        (Label, true, &list, "/x.blue.black.brown"),
        (Label, true, &map, "/x.R=100.G=200.B=150"),
        (Simple, false, &text, "/xblue"),
        (Simple, false, &list, "/xblue,black,brown"),
        (Simple, false, &map, "/xR,100,G,200,B,150"),
        (Simple, true, &text, "/xblue"),
        (Simple, true, &list, "/xblue,black,brown"),
        (Simple, true, &map, "/xR=100,G=200,B=150"),
    ] {
        check(Place::Path, style, explode, value.clone(), expected);
    }
    for (style, explode, value, expected) in [
        (Form, false, &empty, "/x?color="),
        (Form, false, &text, "/x?color=blue"),
        (Form, false, &list, "/x?color=blue,black,brown"),
        (Form, false, &map, "/x?color=R,100,G,200,B,150"),
        (Form, true, &empty, "/x?color="),
        (Form, true, &text, "/x?color=blue"),
        (Form, true, &list, "/x?color=blue&color=black&color=brown"),
        (Form, true, &map, "/x?R=100&G=200&B=150"),
        (SpaceDelimited, false, &list, "/x?color=blue%20black%20brown"),
        (SpaceDelimited, false, &map, "/x?color=R%20100%20G%20200%20B%20150"),
        (PipeDelimited, false, &list, "/x?color=blue%7Cblack%7Cbrown"),
        (PipeDelimited, false, &map, "/x?color=R%7C100%7CG%7C200%7CB%7C150"),
        (TabDelimited, false, &list, "/x?color=blue%09black%09brown"),
        (DeepObject, true, &map, "/x?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
        // Not in the table: what is least bad.
        (SpaceDelimited, true, &list, "/x?color=blue&color=black&color=brown"),
        (DeepObject, false, &map, "/x?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
        (DeepObject, true, &text, "/x?color=blue"),
        (DeepObject, true, &list, "/x?color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown"),
    ] {
        check(Place::Query, style, explode, value.clone(), expected);
    }
}

#[test]
fn c05_rfc_6570_where_openapi_agrees() {
    let keys = json!({"semi": ";", "dot": ".", "comma": ","});
    let list = json!(["red", "green", "blue"]);
    use Style::{Form, Label, Matrix, Simple};
    for (style, explode, value, expected) in [
        (Simple, false, json!("value"), "/xvalue"),
        (Simple, false, json!("Hello World!"), "/xHello%20World%21"),
        (Simple, false, json!("50%"), "/x50%25"),
        (Simple, false, json!("http://example.com/home/"), "/xhttp%3A%2F%2Fexample.com%2Fhome%2F"),
        (Simple, false, json!("me/too"), "/xme%2Ftoo"),
        (Simple, false, keys.clone(), "/xsemi,%3B,dot,.,comma,%2C"),
        (Simple, true, keys.clone(), "/xsemi=%3B,dot=.,comma=%2C"),
        (Label, false, json!("50%"), "/x.50%25"),
        (Label, false, list.clone(), "/x.red,green,blue"),
        (Label, true, list.clone(), "/x.red.green.blue"),
        (Label, false, keys.clone(), "/x.semi,%3B,dot,.,comma,%2C"),
        (Label, true, keys.clone(), "/x.semi=%3B.dot=..comma=%2C"),
        (Matrix, false, json!(1024), "/x;color=1024"),
        (Matrix, false, list.clone(), "/x;color=red,green,blue"),
        (Matrix, true, list.clone(), "/x;color=red;color=green;color=blue"),
        (Matrix, false, keys.clone(), "/x;color=semi,%3B,dot,.,comma,%2C"),
        (Matrix, true, keys.clone(), "/x;semi=%3B;dot=.;comma=%2C"),
    ] {
        check(Place::Path, style, explode, value, expected);
    }
    for (explode, value, expected) in [
        (false, json!("Hello World!"), "/x?color=Hello%20World%21"),
        (false, list.clone(), "/x?color=red,green,blue"),
        (true, list, "/x?color=red&color=green&color=blue"),
        (false, keys.clone(), "/x?color=semi,%3B,dot,.,comma,%2C"),
        (true, keys, "/x?semi=%3B&dot=.&comma=%2C"),
        (true, json!([]), "/x"),
        (false, json!({}), "/x"),
    ] {
        check(Place::Query, Form, explode, value, expected);
    }
}

#[test]
fn c05_types_nulls_and_what_is_nested() {
    use Style::{DeepObject, Form};
    for (style, explode, value, expected) in [
        (Form, true, json!(null), "/x"),
        (Form, true, json!(true), "/x?color=true"),
        (Form, true, json!(3.0), "/x?color=3"),
        (Form, true, json!(-0.5), "/x?color=-0.5"),
        (Form, true, json!([1, null, 2]), "/x?color=1&color=2"),
        (Form, false, json!([null]), "/x"),
        (Form, true, json!({"a": null, "b": 1}), "/x?b=1"),
        (Form, false, json!(["a,b", "c"]), "/x?color=a%2Cb,c"),
        // A list of objects is JSON text, item by item.
        (Form, true, json!([{"a": 1}, {"a": 2}]), "/x?color=%7B%22a%22%3A1%7D&color=%7B%22a%22%3A2%7D"),
        (Form, true, json!({"a": [1]}), "/x?a=%5B1%5D"),
        // In `deepObject`, further brackets.
        (DeepObject, true, json!({"a": {"b": 1}}), "/x?color%5Ba%5D%5Bb%5D=1"),
        (DeepObject, true, json!({"a": ["x", "y"]}), "/x?color%5Ba%5D%5B0%5D=x&color%5Ba%5D%5B1%5D=y"),
        (DeepObject, true, json!([{"a": 1}]), "/x?color%5B0%5D%5Ba%5D=1"),
        (DeepObject, true, json!({"a": null, "b": {}, "c": []}), "/x"),
    ] {
        check(Place::Query, style, explode, value, expected);
    }
}

#[test]
fn c05_allow_reserved_allow_empty_and_content() {
    let reserved = Parameter { allow_reserved: true, ..query("q") };
    let listed = Parameter { explode: false, ..reserved.clone() };
    let empty = Parameter { allow_empty: true, ..query("q") };
    let json_text = Parameter { content: Some("application/json".to_owned()), ..query("q") };
    let plain_text = Parameter { content: Some("text/plain".to_owned()), ..query("q") };
    for (parameter, value, expected) in [
        (&reserved, json!("/a/b:c?d=e@f!$(*),g"), "/x?q=/a/b:c?d=e@f!$(*),g"),
        // What could end the value for some reader stays encoded.
        (&reserved, json!("a&b+c#d;e[f]'g%20"), "/x?q=a%26b%2Bc%23d%3Be%5Bf%5D%27g%2520"),
        (&listed, json!(["a/b", "c,d"]), "/x?q=a/b,c%2Cd"),
        (&empty, json!(""), "/x?q"),
        (&empty, json!([]), "/x?q"),
        (&empty, json!("v"), "/x?q=v"),
        (&json_text, json!({"a": [1, "b&c"]}), "/x?q=%7B%22a%22%3A%5B1%2C%22b%26c%22%5D%7D"),
        (&json_text, json!("s"), "/x?q=%22s%22"),
        (&plain_text, json!("s t"), "/x?q=s%20t"),
    ] {
        assert_eq!(target(&operation("/x", vec![parameter.clone()]), json!({ "q": value })), expected);
    }
    let in_path = Parameter { content: Some("application/json".to_owned()), ..parameter(Place::Path, "p") };
    assert_eq!(target(&operation("/{p}/y", vec![in_path]), json!({"p": {"a": "/"}})), "/%7B%22a%22%3A%22%2F%22%7D/y");
}

#[test]
fn c05_the_whole_query_from_one_value() {
    let form =
        Parameter { content: Some("application/x-www-form-urlencoded".into()), ..parameter(Place::QueryString, "q") };
    let text = Parameter { content: Some("application/json".into()), ..parameter(Place::QueryString, "q") };
    for (parameter, value, expected) in [
        (&form, json!({"a b": "c&d", "e": [1, 2], "f": null}), "/x?a+b=c%26d&e=1&e=2"),
        (&form, json!({}), "/x"),
        (&form, json!("a=b"), "argument `q`: it must be an object: its fields are the query"),
        (&text, json!({"a": 1}), "/x?%7B%22a%22%3A1%7D"),
    ] {
        assert_eq!(target(&operation("/x", vec![parameter.clone()]), json!({ "q": value })), expected);
    }
}

#[test]
fn absent_required_and_unknown_arguments() {
    let needed = Parameter { required: true, field: "query_q".to_owned(), ..query("q") };
    let operation: Operation = operation("/a/{p}", vec![parameter(Place::Path, "p"), needed, query("o")]);
    for (arguments, expected) in [
        (json!({"p": "1", "query_q": 2}), "/a/1?q=2"),
        (json!({"p": "1", "query_q": 2, "o": null}), "/a/1?q=2"),
        (json!({"p": "1"}), "argument `query_q`: it is required and missing"),
        (json!({"p": null, "query_q": 2}), "argument `p`: it is required and missing"),
        (json!({"p": "1", "query_q": 2, "x": null}), "argument `x`: the operation takes no argument of that name"),
    ] {
        assert_eq!(target(&operation, arguments), expected);
    }
}

#[test]
fn a_small_argument_cannot_become_a_huge_request() {
    let long = "n".repeat(4_000);
    let many = operation("/x", vec![query(&long)]);
    let error = request(&many, json!({ long.as_str(): vec![1; 1_000_000] })).unwrap_err();
    assert!(error.ends_with("it makes more than a request can hold"), "{error}");
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!({ &long[..1_000]: deep, "b": 1 });
    }
    let nested = operation("/x", vec![styled(Place::Query, "q", Style::DeepObject, true)]);
    let error = request(&nested, json!({ "q": deep })).unwrap_err();
    assert_eq!(error, "argument `q`: it makes more than a request can hold");
    let error = request(&operation("/x", vec![query("q")]), json!({ "q": " ".repeat(60_000) })).unwrap_err();
    assert_eq!(error, "the arguments make a URL of 180024 bytes, and at most 65536 can be sent: ask for less at once");
}
