//! What a call returns, as far as the description says it.

use weir_openapi::{MediaKind, StatusRange};

use crate::sample::{described, only};

fn output(version: &str, responses: &str) -> Option<String> {
    let text = format!("responses:\n{responses}");
    only(&described(version, "get", &text, "")).output_schema.map(|schema| schema.to_string())
}

fn json(status: &str, schema: &str) -> String {
    format!("  '{status}': {{content: {{application/json: {{schema: {schema}}}}}}}\n")
}

#[test]
fn c10_the_schema_of_what_succeeds() {
    let (a, b) = ("{type: string}", "{type: integer}");
    let (string, integer) = (r#"{"type":"string"}"#, r#"{"type":"integer"}"#);
    for (responses, expected) in [
        (json("200", a), Some(string.to_owned())),
        (json("200", a) + &json("default", b), Some(string.to_owned())),
        (json("2XX", a) + &json("404", b), Some(string.to_owned())),
        (json("default", a), Some(string.to_owned())),
        (json("200", a) + &json("201", b), Some(format!(r#"{{"anyOf":[{string},{integer}]}}"#))),
        (json("200", a) + &json("201", a), Some(string.to_owned())),
        (json("200", a) + "  '204': {description: ''}\n", Some(format!(r#"{{"anyOf":[{string},{{"type":"null"}}]}}"#))),
        ("  '204': {description: ''}\n".to_owned(), None),
        (json("404", a), None),
        (json("200", "{}"), None),
        ("  '200': {content: {application/json: {}}}\n".to_owned(), None),
        ("  '200': {content: {text/html: {schema: {type: object}}}}\n".to_owned(), Some(string.to_owned())),
        ("  '200': {content: {application/xml: {schema: {type: object}}}}\n".to_owned(), Some(string.to_owned())),
        (
            format!("  '200': {{content: {{text/plain: {{}}, application/vnd.x+json: {{schema: {b}}}}}}}\n"),
            Some(integer.to_owned()),
        ),
        ("  '200': {content: {application/octet-stream: {schema: {type: string, format: binary}}}}\n".to_owned(), None),
        ("  '200': {content: {image/png: {}}}\n".to_owned() + &json("202", b), None),
        (json("200", "{type: string, format: binary}"), None),
        ("  '200': {content: {'*/*': {schema: {type: integer}}}}\n".to_owned(), Some(integer.to_owned())),
        (
            "  '200': {content: {text/event-stream: {schema: {type: integer}}}}\n".to_owned(),
            Some(format!(
                r#"{{"type":"array","items":{{"type":"object","properties":{{"event":{string},"id":{string},"data":{integer}}},"required":["data"]}}}}"#
            )),
        ),
        (
            "  '200': {content: {application/x-ndjson: {schema: {type: integer}}}}\n".to_owned(),
            Some(format!(r#"{{"type":"array","items":{integer}}}"#)),
        ),
        (
            format!(
                "  '200': {{content: {{application/json: {{schema: {a}}}, application/jsonl: {{schema: {b}}}}}}}\n"
            ),
            Some(format!(r#"{{"anyOf":[{string},{{"type":"array","items":{integer}}}]}}"#)),
        ),
    ] {
        assert_eq!(output("3.1.0", &responses), expected, "{responses}");
    }
}

#[test]
fn c10_responses_of_2_0() {
    let integer = Some(r#"{"type":"integer"}"#.to_owned());
    assert_eq!(output("2.0", "  200: {schema: {type: integer}}\n"), integer);
    assert_eq!(output("2.0", "  200: {description: nothing}\n"), None);
    assert_eq!(output("2.0", "  200: {schema: {type: file}}\n"), None);
    let produces = |produces: &str| {
        let text = format!("produces: [{produces}]\nresponses: {{200: {{schema: {{type: integer}}}}}}");
        only(&described("2.0", "get", &text, ""))
    };
    let operation = produces("application/xml, application/json, application/vnd.kubernetes.protobuf");
    assert_eq!(operation.output_schema.map(|schema| schema.to_string()), integer);
    let kinds: Vec<MediaKind> = operation.responses[0].media.iter().map(|media| media.1).collect();
    assert_eq!(kinds, [MediaKind::Text, MediaKind::Json, MediaKind::Binary]);
}

#[test]
fn c10_statuses_are_numbers_classes_and_the_rest() {
    let operation = only(&described(
        "3.0.0",
        "get",
        "responses: {200: {}, '2xx': {}, 5XX: {content: {application/json: {}}}, default: {}, x-more: {}, '99': {}, '700': {}}",
        "",
    ));
    let statuses: Vec<StatusRange> = operation.responses.iter().map(|response| response.status).collect();
    assert_eq!(
        statuses,
        [StatusRange::Exactly(200), StatusRange::Class(2), StatusRange::Class(5), StatusRange::Default]
    );
    assert_eq!(operation.responses[2].media, [("application/json".to_owned(), MediaKind::Json)]);
}
