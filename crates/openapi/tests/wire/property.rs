//! Properties: of any template and any arguments, of any answer.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use weir_model::{FailureKind, Part, limits};
use weir_openapi::{
    Answer, Base, Body, BodyFields, Method, Operation, Parameter, Piece, Place, StatusRange, Style, build, reply,
};

use crate::{
    operation::{BASE, base, header, media, object, operation, parameter, query, styled, with_responses},
    reader,
};

/// Text with more than its share of what URLs, headers and forms are made of.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z0-9]{1,4}",
        4 => "[/\\\\?#@:;&=+%,.~!$'()*\\[\\]{}|^<>\" -]{1,3}",
        2 => prop::sample::select(vec!["..", ".", "%2e", "%2F", "%00", "\r\n", "\0", "//evil.test", "\u{7f}", "\u{202e}", "ü", "😀", "%", "..;/", "http://evil.test/"]).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// Segments of a template: text and placeholders `p0`, `p1`, ….
fn template() -> impl Strategy<Value = Vec<Vec<Result<String, usize>>>> {
    let piece = prop_oneof!["[a-zA-Z0-9._~!$&'()*+,;=:@ %|ü-]{1,6}".prop_map(Ok), (0_usize..3).prop_map(Err),];
    prop::collection::vec(prop::collection::vec(piece, 1..4), 1..5)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        hostile().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((hostile(), inner), 0..4).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn style() -> impl Strategy<Value = Style> {
    use Style::{DeepObject, Form, Label, Matrix, PipeDelimited, Simple, SpaceDelimited, TabDelimited};
    prop::sample::select(vec![Simple, Label, Matrix, Form, SpaceDelimited, PipeDelimited, DeepObject, TabDelimited])
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

proptest! {
    #[test]
    fn h01_h02_any_template_and_any_text_stay_in_their_place(
        segments in template(),
        texts in prop::collection::vec(hostile(), 3),
        asked in hostile(),
    ) {
        let written: Vec<String> = segments
            .iter()
            .map(|pieces| pieces.iter().map(|p| p.clone().unwrap_or_else(|i| format!("{{p{i}}}"))).collect())
            .collect();
        let mut parameters: Vec<Parameter> = (0..3).map(|i| parameter(Place::Path, &format!("p{i}"))).collect();
        parameters.push(query("q"));
        let operation = operation(&format!("/{}", written.join("/")), parameters);
        let arguments = object(json!({"p0": texts[0], "p1": texts[1], "p2": texts[2], "q": asked}));
        let Ok(request) = build(&operation, &base(), &arguments) else { return Ok(()) };

        prop_assert!(request.url.is_ascii());
        let (origin, path, query) = reader::taken_apart(&request.url);
        prop_assert_eq!(origin, "https://api.test");
        let inside = path.strip_prefix("/v1/").expect("the base's path");
        let got: Vec<&str> = inside.split('/').collect();
        prop_assert_eq!(got.len(), segments.len());
        for (got, pieces) in got.iter().zip(&operation.path.segments) {
            // Escapes a template wrote itself are its own; the rest of it, and all of the arguments, is read back.
            let expected: Vec<u8> = pieces
                .iter()
                .flat_map(|piece| match piece {
                    Piece::Text(text) => reader::bytes(&escaped_only(text), false),
                    Piece::Parameter(index) => texts[*index].clone().into_bytes(),
                })
                .collect();
            let decoded = reader::bytes(got, false);
            prop_assert_eq!(&decoded, &expected);
            prop_assert!(!matches!(decoded.as_slice(), b"" | b"." | b".."));
        }
        prop_assert_eq!(reader::pairs(query.unwrap_or_default(), true), [("q".to_owned(), asked)]);
    }

    #[test]
    fn h03_any_object_in_a_query_is_read_back(
        members in prop::collection::vec((hostile(), scalar()), 0..6),
        reserved in any::<bool>(),
        deep in any::<bool>(),
    ) {
        let members: Map<String, Value> = members.into_iter().collect();
        let shape = if deep { Style::DeepObject } else { Style::Form };
        let parameter = Parameter { allow_reserved: reserved, ..styled(Place::Query, "name&of", shape, true) };
        let arguments = object(json!({"name&of": members}));
        let Ok(request) = build(&operation("/x", vec![parameter]), &base(), &arguments) else {
            let nul = |text: &str| text.contains('\0');
            prop_assert!(members.iter().any(|(key, value)| nul(key) || value.as_str().is_some_and(nul)));
            return Ok(());
        };
        let (_, path, query) = reader::taken_apart(&request.url);
        prop_assert_eq!(path, "/v1/x");
        let got = reader::pairs(query.unwrap_or_default(), true);
        let expected: Vec<(String, String)> = members
            .iter()
            .map(|(key, value)| (if deep { format!("name&of[{key}]") } else { key.clone() }, text(value)))
            .collect();
        prop_assert_eq!(got.len(), expected.len());
        for ((name, got), (key, wanted)) in got.iter().zip(&expected) {
            prop_assert_eq!(name, key);
            let same = got == wanted || got.parse::<f64>().ok().zip(wanted.parse::<f64>().ok()).is_some_and(|(a, b)| a == b);
            prop_assert!(same, "{} for {}", got, wanted);
        }
    }

    #[test]
    fn any_argument_anywhere_is_refused_or_stays_in_its_place(
        style in style(),
        explode in any::<bool>(),
        flags in (any::<bool>(), any::<bool>()),
        value in value(),
    ) {
        for place in [Place::Path, Place::Query, Place::Header, Place::Cookie] {
            let one = Parameter { allow_reserved: flags.0, allow_empty: flags.1, ..styled(place, "it", style, explode) };
            let path = if place == Place::Path { "/a/{it}/b" } else { "/a/b" };
            let Ok(request) = build(&operation(path, vec![one]), &base(), &object(json!({"it": value}))) else { continue };
            prop_assert!(request.url.starts_with(BASE));
            prop_assert!(request.url.is_ascii() && !request.url.contains(['#', '\\', ' ', '"', '<', '>', '\'']));
            let (_, path_written, _) = reader::taken_apart(&request.url);
            prop_assert_eq!(path_written.split('/').count(), path.split('/').count() + 1);
            for (name, value) in &request.headers {
                prop_assert!(matches!(name.as_str(), "accept" | "it" | "cookie"));
                prop_assert!(value.is_ascii() && !value.chars().any(|c| c.is_control() && c != '\t'));
                prop_assert!(name == "cookie" || !value.contains('\r'));
            }
        }
    }

    #[test]
    fn h05_any_multipart_body_is_read_back(fields in prop::collection::vec((hostile(), hostile()), 1..5)) {
        let members: Map<String, Value> = fields.into_iter().map(|(name, text)| (name, text.into())).collect();
        let body = Body {
            required: true,
            fields: BodyFields::Whole("body".into()),
            media: vec![media("multipart/form-data")],
            media_field: None,
        };
        let operation = Operation { method: Method::Post, body: Some(body), ..operation("/x", Vec::new()) };
        let Ok(request) = build(&operation, &base(), &object(json!({"body": members}))) else {
            prop_assert!(members.keys().any(|name| name.contains('\0')));
            return Ok(());
        };
        let parts = reader::parts(&header(&request, "content-type"), request.body.as_deref().expect("a body"));
        prop_assert_eq!(parts.len(), members.len());
        for ((head, content), (name, text)) in parts.iter().zip(&members) {
            let name = name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22");
            prop_assert_eq!(head, &format!("Content-Disposition: form-data; name=\"{name}\""));
            prop_assert_eq!(content.as_slice(), text.as_str().expect("text").as_bytes());
        }
    }

    #[test]
    fn any_form_is_read_back(members in prop::collection::vec((hostile(), hostile()), 0..6)) {
        let members: Map<String, Value> = members.into_iter().map(|(name, text)| (name, text.into())).collect();
        let body = Body {
            required: true,
            fields: BodyFields::Whole("body".into()),
            media: vec![media("application/x-www-form-urlencoded")],
            media_field: None,
        };
        let operation = Operation { method: Method::Post, body: Some(body), ..operation("/x", Vec::new()) };
        let Ok(request) = build(&operation, &base(), &object(json!({"body": members}))) else {
            prop_assert!(members.iter().any(|(name, text)| name.contains('\0') || text.as_str().expect("text").contains('\0')));
            return Ok(());
        };
        let written = String::from_utf8(request.body.expect("a body")).expect("ASCII");
        let expected: Vec<(String, String)> = members.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        prop_assert_eq!(reader::pairs(&written, true), expected);
    }

    #[test]
    fn any_base_is_refused_or_a_base_again(text in hostile(), prefix in prop::sample::select(vec!["", "https://", "http://api.test", "https://api.test/"])) {
        let Ok(base) = Base::parse(&format!("{prefix}{text}")) else { return Ok(()) };
        prop_assert!(!base.as_str().ends_with('/'));
        prop_assert!(!base.as_str().contains(['?', '#', '@', '\\', ' ']) || base.as_str().find('@') > base.as_str()[8..].find('/'));
        prop_assert_eq!(Base::parse(base.as_str()), Ok(base.clone()));
        // A request to it goes to it.
        let request = build(&operation("/x", Vec::new()), &base, &Map::new()).expect("a plain request");
        prop_assert_eq!(request.url, format!("{}/x", base.as_str()));
    }

    #[test]
    fn any_answer_is_a_bounded_value_or_a_failure(
        status in prop_oneof![Just(200_u16), Just(404), any::<u16>()],
        content_type in prop_oneof![
            prop::sample::select(vec!["application/json", "text/event-stream", "application/x-ndjson", "text/html", "text/plain; charset=utf-16", "image/png", "text/plain; charset=\"", ""]).prop_map(str::to_owned),
            hostile(),
        ],
        headers in prop::collection::vec((prop::sample::select(vec!["link", "retry-after", "date", "location", "retry-after-ms", "x-ratelimit-reset"]), hostile()), 0..4),
        body in prop_oneof![
            value().prop_map(|value| value.to_string().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(prop::sample::select(vec!["data:", "\n", "\r", "{", "}", "[DONE]", "id:", "\"", "1", ",", "\"next\":", "\"/v1/x?page=2\""]), 0..30).prop_map(|parts| parts.concat().into_bytes()),
        ],
    ) {
        let declared = with_responses(&[(StatusRange::Default, &["application/json", "text/event-stream"])]);
        let schema = json!({"properties": {"page": {"type": "integer"}, "cursor": {"type": "string"}}});
        let operation = Operation {
            input_schema: schema.to_string().into(),
            responses: declared.responses,
            ..operation("/x", vec![query("page"), query("cursor")])
        };
        let arguments = object(json!({"page": 1}));
        let request = build(&operation, &base(), &arguments).expect("a request");
        let mut headers: Vec<(String, String)> = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.push(("content-type".to_owned(), content_type));
        let answer = Answer { status, headers: &headers, body: &body };
        match reply(&operation, &base(), &arguments, &request, answer) {
            Ok(reply) => {
                for part in &reply.reply.parts {
                    match part {
                        Part::Json(text) => {
                            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
                            prop_assert!(text.len() <= 10 * body.len() + 100);
                        }
                        Part::Text(text) => prop_assert!(text.len() <= 3 * body.len() + 3),
                        Part::Blob { mime, bytes } => {
                            prop_assert_eq!(bytes, &body);
                            prop_assert!(mime.is_ascii() && !mime.contains(['\r', '\n']));
                        }
                    }
                }
                prop_assert!(reply.warnings.iter().all(|warning| warning.chars().count() < 400));
                if let Some(next) = &reply.reply.next {
                    let next: Map<String, Value> = serde_json::from_str(next).expect("an object");
                    prop_assert_ne!(&next, &arguments);
                    let there = build(&operation, &base(), &next).expect("the next request");
                    let beginning = format!("{BASE}/x?");
                    prop_assert!(there.url.starts_with(&beginning));
                }
            }
            Err(failure) => {
                prop_assert!(failure.message.chars().count() <= limits::ERROR_MESSAGE_CHARS_MAX + 1);
                prop_assert!(failure.body.as_ref().is_none_or(|body| body.len() <= limits::ERROR_BODY_BYTES_MAX));
                prop_assert!(failure.retry_after.is_none_or(|wait| wait <= limits::RETRY_AFTER_TOLD_MAX));
                prop_assert!(failure.kind != FailureKind::Internal);
            }
        }
    }
}

/// A template's own escapes as they are; a `%` that begins none is text.
fn escaped_only(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let digits = rest[at + 1..].bytes().take(2).filter(u8::is_ascii_hexdigit).count();
        out.push_str(&rest[..at]);
        out.push_str(if digits == 2 { "%" } else { "%25" });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out
}
