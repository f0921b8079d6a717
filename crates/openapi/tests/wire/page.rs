//! The next page's arguments.

use serde_json::{Value, json};
use weir_openapi::{Method, Operation, Parameter, Place, StatusRange, Style};

use crate::operation::{answered, media, operation, parameter, query, spread, with_responses};

/// `GET /items` with these query parameters and their schemas.
fn paged(parameters: Value) -> Operation {
    let properties = parameters.as_object().expect("an object").clone();
    let parameters = properties.keys().map(|name| query(name)).collect();
    let schema = json!({"type": "object", "properties": properties});
    let responses = with_responses(&[(StatusRange::Default, &["application/json"])]).responses;
    Operation { input_schema: schema.to_string().into(), responses, ..operation("/items", parameters) }
}

fn next(operation: &Operation, arguments: Value, link: &str, body: &str) -> String {
    let mut headers = vec![("content-type", "application/json")];
    if !link.is_empty() {
        headers.push(("link", link));
    }
    let reply = answered(operation, arguments, (200, &headers, body.as_bytes())).expect("a good answer");
    let warnings: String = reply.warnings.iter().map(|warning| format!(" ! {warning}")).collect();
    format!("{}{warnings}", reply.reply.next.unwrap_or("-".to_owned()))
}

fn integer() -> Value {
    json!({"type": "integer"})
}

fn string() -> Value {
    json!({"type": "string"})
}

#[test]
fn c11_links_and_urls_are_read_back_into_arguments() {
    let operation = paged(json!({
        "page": integer(), "per_page": {"type": ["integer", "null"], "default": 30}, "state": {"enum": ["open", "closed"]},
        "labels": {"type": "array", "items": string()}, "draft": {"type": "boolean"}, "after": string(),
    }));
    let now = json!({"per_page": 2, "state": "open"});
    for (link, expected) in [
        (
            r#"<https://api.test/v1/items?per_page=2&state=open&page=2>; rel="next", <https://api.test/v1/items?page=9>; rel="last""#,
            r#"{"page":2,"per_page":2,"state":"open"}"#,
        ),
        ("</v1/items?per_page=2&state=open&page=2>; rel=next", r#"{"page":2,"per_page":2,"state":"open"}"#),
        ("<?per_page=2&state=open&after=Y%2Bx%3D%3D>; rel=next", r#"{"after":"Y+x==","per_page":2,"state":"open"}"#),
        // What the URL leaves out, the next page leaves out.
        ("<?page=2&labels=a&labels=b%26c&draft=true>; rel=next", r#"{"draft":true,"labels":["a","b&c"],"page":2}"#),
        ("<?page=2&unknown=1>; rel=next", r#"{"page":2}"#),
        // Never a type or a value that the parameter does not take.
        ("<?page=two>; rel=next", "-"),
        ("<?page=2&state=merged>; rel=next", "-"),
        ("<?page=2&draft=yes>; rel=next", "-"),
        // Never this page again.
        ("<?state=open&per_page=2>; rel=next", "-"),
        ("<>; rel=next", "-"),
        (r#"<?page=1>; rel="prev""#, "-"),
    ] {
        assert_eq!(next(&operation, now.clone(), link, "[]"), expected, "{link}");
    }
    for body in [
        json!({"next": "/v1/items?page=2"}),
        json!({"next": {"href": "https://api.test/v1/items?page=2"}}),
        json!({"links": {"next": "?page=2"}}),
        json!({"_links": {"next": {"href": "?page=2"}}}),
        json!({"links": [{"rel": "self", "href": "?page=1"}, {"rel": "next", "href": "?page=2"}]}),
        json!({"next_page_url": "?page=2"}),
        json!({"nextLink": "https://api.test/v1/items?page=2"}),
        json!({"@odata.nextLink": "https://api.test/v1/items?page=2"}),
        json!({"paging": {"next": "?page=2"}}),
        json!({"paging": {"next": {"after": "x", "link": "?page=2"}}}),
        json!({"links": {"pages": {"next": "?page=2"}}}),
        json!({"meta": {"next_page_url": "?page=2"}}),
        json!({"next_page": {"offset": "x", "uri": "?page=2"}}),
    ] {
        assert_eq!(next(&operation, json!({}), "", &body.to_string()), r#"{"page":2}"#, "{body}");
    }
}

#[test]
fn c11_cursors_go_to_the_parameter_that_takes_them() {
    for (name, body) in [
        ("cursor", json!({"next_cursor": "c"})),
        ("cursor", json!({"response_metadata": {"next_cursor": "c"}})),
        ("pageToken", json!({"nextPageToken": "c", "items": []})),
        ("page_token", json!({"next_page_token": "c"})),
        ("next_token", json!({"meta": {"next_token": "c"}})),
        ("NextToken", json!({"NextToken": "c"})),
        ("continue", json!({"metadata": {"continue": "c"}})),
        ("marker", json!({"entries": [], "next_marker": "c"})),
        ("after", json!({"pageInfo": {"endCursor": "c", "hasNextPage": true}})),
        ("after", json!({"paging": {"cursors": {"after": "c"}}})),
        ("after", json!({"paging": {"next": {"after": "c"}}})),
        ("page[after]", json!({"meta": {"page": {"after": "c"}}})),
        ("start_cursor", json!({"next_cursor": "c", "has_more": true})),
        ("starting_after", json!({"has_more": true, "data": [{"id": "a"}, {"id": "c"}]})),
        ("after", json!({"has_more": true, "last_id": "c", "data": [{"id": "x"}]})),
        ("bookmark", json!({"bookmark": "c"})),
        ("cursor", json!({"next": "c"})),
        ("cursor", json!({"next_page": "c"})),
    ] {
        let operation = paged(json!({ "limit": integer(), name: string() }));
        let expected = format!(r#"{{"limit":2,"{name}":"c"}}"#);
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let told = next(&operation, json!({"limit": 2}), "", &body.to_string());
        assert_eq!(serde_json::from_str::<Value>(&told).ok(), Some(expected), "{name} {body}: {told}");
    }
    let cursor = paged(json!({"cursor": string(), "limit": integer()}));
    for (arguments, body) in [
        (json!({}), json!({"next_cursor": null})),
        (json!({}), json!({"next_cursor": ""})),
        (json!({}), json!({"next_cursor": {"a": 1}})),
        (json!({}), json!({"next_cursor": "c", "has_more": false})),
        (json!({"cursor": "c"}), json!({"next_cursor": "c"})),
        (json!({}), json!({"next": "https://evil.test/x"})),
        (json!({}), json!({"next_cursor": "c".repeat(20_000)})),
    ] {
        assert!(next(&cursor, arguments, "", &body.to_string()).starts_with('-'), "{body}");
    }
    let numeric = paged(json!({"cursor": integer()}));
    assert_eq!(next(&numeric, json!({}), "", r#"{"next_cursor":"abc"}"#), "-");
    assert_eq!(next(&numeric, json!({}), "", r#"{"next_cursor":"17"}"#), r#"{"cursor":17}"#);
    // A body's field takes one too.
    let schema = json!({"type": "object", "properties": {"start_cursor": string(), "q": string()}});
    let search = Operation {
        input_schema: schema.to_string().into(),
        ..spread(media("application/json"), &["q", "start_cursor"])
    };
    assert_eq!(next(&search, json!({"q": "x"}), "", r#"{"next_cursor":"c"}"#), r#"{"q":"x","start_cursor":"c"}"#);
}

#[test]
fn c11_numbers_and_offsets_while_pages_are_full() {
    let page = paged(json!({"page": integer(), "per_page": {"type": "integer", "default": 2}}));
    for (arguments, body, expected) in [
        (json!({}), "[1,2]", r#"{"page":2}"#),
        (json!({"page": 4}), "[1,2]", r#"{"page":5}"#),
        (json!({"page": "4"}), "[1,2]", r#"{"page":5}"#),
        (json!({}), "[1]", "-"),
        (json!({}), "[]", "-"),
        (json!({"per_page": 3}), "[1,2]", "-"),
        (json!({"per_page": 0}), "[]", "-"),
        (json!({}), r#"{"total_count":9,"items":[1,2]}"#, r#"{"page":2}"#),
        (json!({"page": 2}), r#"{"total":4,"items":[1,2]}"#, "-"),
        (json!({"page": 2}), r#"{"total_pages":3,"items":[1]}"#, r#"{"page":3}"#),
        (json!({"page": 3}), r#"{"meta":{"total_pages":3},"items":[1,2]}"#, "-"),
        (json!({}), r#"{"current_page":6,"data":[1,2]}"#, r#"{"page":7}"#),
        (json!({}), r#"{"next":3,"data":[1]}"#, r#"{"page":3}"#),
        (json!({}), r#"{"next_page":3,"data":[1]}"#, r#"{"page":3}"#),
        (json!({"page": 1}), r#"{"last":true,"content":[1,2]}"#, "-"),
        (json!({}), r#"{"a":[1,2],"b":[1,2]}"#, "-"),
        (json!({"page": u64::MAX}), "[1,2]", "-"),
    ] {
        assert_eq!(next(&page, arguments.clone(), "", body), expected, "{arguments} {body}");
    }
    assert_eq!(next(&page, json!({}), r#"<?page=1>; rel="first""#, "[1,2]"), "-", "a Link header without next ends it");
    // A text is no number to count on from, whatever its name.
    let dates = paged(json!({"start": string(), "limit": {"type": "integer", "default": 2}}));
    assert_eq!(next(&dates, json!({"start": "2026-01-01"}), "", "[1,2]"), "-");
    assert_eq!(next(&dates, json!({}), "", "[1,2]"), "-");
    assert_eq!(next(&dates, json!({"start": "4"}), "", "[1,2]"), r#"{"start":"6"}"#);
    assert_eq!(next(&page, json!({"page": "first"}), "", "[1,2]"), "-");
    let either = paged(json!({"page": {"type": ["string", "integer"]}, "limit": {"type": "integer", "default": 2}}));
    assert_eq!(next(&either, json!({}), "", "[1,2]"), r#"{"page":2}"#);
    let from_zero = paged(json!({"page": {"type": "integer", "minimum": 0}, "size": integer()}));
    assert_eq!(next(&from_zero, json!({"size": 2}), "", "[1,2]"), r#"{"page":1,"size":2}"#);
    assert_eq!(next(&from_zero, json!({}), "", "[1,2]"), "-", "nobody knows whether it is full");
    let offset = paged(json!({"offset": integer(), "limit": {"type": "integer", "default": 2}}));
    for (arguments, body, expected) in [
        (json!({}), r#"{"data":[1,2]}"#, r#"{"offset":2}"#),
        (json!({"offset": 4}), "[1,2]", r#"{"offset":6}"#),
        (json!({"offset": 4}), r#"{"total":6,"entries":[1,2]}"#, "-"),
        (json!({"offset": 4}), r#"{"next_offset":9,"entries":[1]}"#, r#"{"offset":9}"#),
        (json!({"offset": 4}), r#"{"offset":4,"entries":[1]}"#, "-"),
    ] {
        assert_eq!(next(&offset, arguments.clone(), "", body), expected, "{arguments} {body}");
    }
    assert_eq!(next(&paged(json!({"q": string()})), json!({}), "", "[1,2]"), "-");
    let delete = Operation { method: Method::Delete, ..page };
    assert_eq!(next(&delete, json!({}), "<?page=2>; rel=next", "[1,2]"), "-");
}

#[test]
fn h20_a_next_page_is_never_elsewhere() {
    let operation = paged(json!({"page": integer(), "q": string()}));
    let told = |host: &str| {
        format!("- ! the answer says that the next page is at another host, {host}: weir does not go there")
    };
    for (url, host) in [
        ("https://evil/?page=2", "evil"),
        ("https://evil/v1/items?page=2", "evil"),
        ("//evil/v1/items?page=2", "evil"),
        ("http://api.test/v1/items?page=2", "api.test"),
        ("https://api.test:8443/v1/items?page=2", "api.test"),
        ("https://api.test@evil/v1/items?page=2", "evil"),
        ("\\\\evil\\v1\\items?page=2", "evil"),
        ("javascript:alert(1)", "no host at all"),
        ("file:///etc/passwd?page=2", "no host at all"),
        ("data:,?page=2", "no host at all"),
    ] {
        assert_eq!(next(&operation, json!({"q": "x"}), &format!("<{url}>; rel=next"), "{}"), told(host), "{url}");
    }
    assert!(next(&operation, json!({}), "", r#"{"next":"https://evil/?page=2"}"#).starts_with(&told("evil")));
    // At another path of the same host only paging parameters are taken, and for this operation's own path.
    for (url, expected) in [
        ("/v1/admin?page=2&q=stolen", r#"{"page":2,"q":"x"}"#),
        ("https://api.test/v1/items/../admin?page=2", r#"{"page":2,"q":"x"}"#),
        ("/repositories/17/items?page=2", r#"{"page":2,"q":"x"}"#),
        ("/v1/admin?q=stolen", r#"{"page":2,"q":"x"}"#),
    ] {
        assert_eq!(next(&operation, json!({"q": "x"}), &format!("<{url}>; rel=next"), "[1]"), expected, "{url}");
    }
    // What it leads to is this operation's URL and no other.
    let in_path = Operation {
        input_schema: r#"{"properties":{"page":{"type":"integer"}}}"#.into(),
        ..crate::operation::operation("/a/{id}", vec![parameter(Place::Path, "id"), query("page")])
    };
    let answer = next(&in_path, json!({"id": "x"}), "</v1/a/y?page=2&id=z>; rel=next", "{}");
    assert_eq!(answer, r#"{"id":"x","page":2}"#);
}

#[test]
fn arguments_keep_their_shape() {
    let styled = |style: Style| Parameter { style, explode: false, ..query("ids") };
    for (style, written) in [(Style::Form, "1,2"), (Style::PipeDelimited, "1%7C2"), (Style::SpaceDelimited, "1%202")] {
        let schema = json!({"properties": {"ids": {"type": "array", "items": integer()}, "page": integer()}});
        let operation = Operation {
            input_schema: schema.to_string().into(),
            ..operation("/items", vec![styled(style), query("page"), parameter(Place::Header, "X-A")])
        };
        let link = format!("<?ids={written}&page=2>; rel=next");
        let kept = r#"{"X-A":"h","ids":[1,2],"page":2}"#;
        assert_eq!(next(&operation, json!({"X-A": "h", "ids": [1, 2]}), &link, "[]"), kept);
        assert_eq!(next(&operation, json!({"X-A": "h"}), &link, "[]"), kept, "read back from the URL");
    }
    let deep = Parameter { style: Style::DeepObject, ..query("page") };
    let schema = json!({"properties": {"page": {"properties": {"number": integer()}}}});
    let operation = Operation { input_schema: schema.to_string().into(), ..operation("/items", vec![deep]) };
    let link = "<?page[number]=2&page%5Bsize%5D=10>; rel=next";
    let kept = r#"{"page":{"number":2,"size":10}}"#;
    assert_eq!(next(&operation, json!({"page": {"size": 10}}), link, "[]"), kept);
    assert_eq!(next(&operation, json!({"page": {"size": "10"}}), link, "[]"), kept.replace("10", "\"10\""));
    assert_eq!(next(&operation, json!({}), link, "[]"), "-", "nobody knows what a size is");
    assert_eq!(next(&operation, json!({}), "<?page[number][a]=2>; rel=next", "[]"), "-");
    // A shared definition is not at hand: then the type is that of the argument so far.
    let schema = json!({"properties": {"page": {"$ref": "#/$defs/Page"}}});
    let operation = Operation {
        input_schema: schema.to_string().into(),
        ..crate::operation::operation("/items", vec![query("page")])
    };
    assert_eq!(next(&operation, json!({"page": 1}), "<?page=2>; rel=next", "[]"), r#"{"page":2}"#);
    assert_eq!(next(&operation, json!({"page": "1"}), "<?page=2>; rel=next", "[]"), r#"{"page":"2"}"#);
    assert_eq!(next(&operation, json!({}), "<?page=2>; rel=next", "[]"), "-");
    let local = json!({"properties": {"page": {"$ref": "#/$defs/Page"}}, "$defs": {"Page": {"anyOf": [{"type": "null"}, integer()]}}});
    let operation = Operation { input_schema: local.to_string().into(), ..operation };
    assert_eq!(next(&operation, json!({}), "<?page=2>; rel=next", "[]"), r#"{"page":2}"#);
    // Canonical: sorted at every level.
    let filter = Operation {
        input_schema: r#"{"properties":{"page":{"type":"integer"}}}"#.into(),
        ..crate::operation::operation("/items", vec![query("f"), query("page")])
    };
    let link = "<?page=2>; rel=next";
    assert_eq!(
        next(&filter, json!({"f": {"b": 1, "a": [{"z": 1, "y": 2}]}}), link, "[]"),
        r#"{"f":{"a":[{"y":2,"z":1}],"b":1},"page":2}"#
    );
}
