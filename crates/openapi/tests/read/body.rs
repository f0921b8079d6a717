//! Bodies: media types in order, fields that are bytes, forms of 2.0.

use weir_openapi::{Body, BodyFields, MediaKind, Operation};

use crate::sample::{api, definition, described, only, post};

fn body(operation: &Operation) -> &Body {
    operation.body.as_ref().expect("a body")
}

fn media(operation: &Operation) -> Vec<String> {
    body(operation).media.iter().map(|media| format!("{} {:?}", media.name, media.kind)).collect()
}

fn content(media: &str) -> String {
    format!("requestBody: {{required: true, content: {{{media}}}}}")
}

const OBJECT: &str = "{schema: {type: object, properties: {a: {type: string}}}}";
const TEXT: &str = "{schema: {type: string}}";

#[test]
fn c06_media_types_in_order_of_preference() {
    for (offered, expected) in [
        (format!("text/plain: {OBJECT}, application/json: {OBJECT}"), vec!["application/json Json"]),
        (
            format!(
                "multipart/form-data: {OBJECT}, application/x-www-form-urlencoded: {OBJECT}, application/vnd.x+json: {OBJECT}, application/json: {OBJECT}"
            ),
            vec![
                "application/json Json",
                "application/vnd.x+json Json",
                "application/x-www-form-urlencoded Form",
                "multipart/form-data Multipart",
            ],
        ),
        (format!("application/json: {OBJECT}, application/xml: {OBJECT}"), vec!["application/json Json"]),
        (format!("application/json: {TEXT}, text/plain: {TEXT}"), vec!["application/json Json", "text/plain Text"]),
        (format!("'*/*': {OBJECT}"), vec!["application/json Json"]),
        (format!("'text/*': {TEXT}"), vec!["text/plain Text"]),
        (format!("'image/*': {TEXT}"), vec!["application/octet-stream Binary"]),
        (format!("'application/json; charset=utf-8': {OBJECT}"), vec!["application/json; charset=utf-8 Json"]),
        (format!("application/xml: {OBJECT}"), vec!["application/xml Text"]),
        ("application/x-ndjson: {schema: {type: integer}}".to_owned(), vec!["application/x-ndjson JsonLines"]),
    ] {
        assert_eq!(media(&post(&content(&offered))), expected, "{offered}");
    }
}

#[test]
fn c06_several_media_types_of_one_schema_are_chosen_by_a_field() {
    let operation = post(&content(&format!("application/json: {OBJECT}, application/merge-patch+json: {OBJECT}")));
    assert_eq!(body(&operation).media_field.as_deref(), Some("content_type"));
    assert_eq!(
        &*operation.input_schema,
        r#"{"type":"object","properties":{"a":{"type":"string"},"content_type":{"type":"string","enum":["application/json","application/merge-patch+json"],"description":"The media type of the body; application/json unless told."}},"additionalProperties":false}"#
    );
}

#[test]
fn c06_several_schemas_are_a_choice_in_one_field() {
    let operation =
        post(&content(&format!("application/json: {OBJECT}, text/plain: {TEXT}, application/octet-stream: {{}}")));
    assert_eq!(media(&operation), ["application/json Json", "text/plain Text", "application/octet-stream Binary"]);
    assert!(
        operation.input_schema.starts_with(
            r##"{"type":"object","properties":{"body":{"anyOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"type":"string"},{"$ref":"#/$defs/Bytes"}]},"content_type":"##
        ),
        "{}",
        operation.input_schema
    );
}

#[test]
fn c06_text_and_xml_are_strings_and_other_types_are_bytes() {
    for (media, schema) in [
        (format!("application/xml: {OBJECT}"), r#"{"type":"string"}"#),
        ("text/plain: {}".to_owned(), r#"{"type":"string"}"#),
        ("text/csv: {schema: {type: string, maxLength: 9}}".to_owned(), r#"{"type":"string","maxLength":9}"#),
        (
            "application/octet-stream: {schema: {type: string, format: binary}}".to_owned(),
            r##"{"$ref":"#/$defs/Bytes"}"##,
        ),
        ("image/png: {}".to_owned(), r##"{"$ref":"#/$defs/Bytes"}"##),
        (
            "application/x-ndjson: {schema: {type: integer}}".to_owned(),
            r#"{"type":"array","items":{"type":"integer"}}"#,
        ),
        ("multipart/form-data: {}".to_owned(), r#"{"type":"object"}"#),
    ] {
        let operation = post(&content(&media));
        let expected = format!(
            r#"{{"type":"object","properties":{{"body":{schema}}},"required":["body"],"additionalProperties":false}}"#
        );
        assert_eq!(*operation.input_schema, *expected, "{media}");
        assert_eq!(body(&operation).fields, BodyFields::Whole("body".to_owned()));
    }
}

#[test]
fn c06_fields_of_multipart_that_are_files() {
    let text = described(
        "3.1.0",
        "post",
        r"
requestBody:
  required: true
  content:
    multipart/form-data:
      schema:
        type: object
        properties:
          file: {type: string, format: binary, description: The file.}
          files: {type: array, items: {type: string, format: binary}}
          media: {type: string, contentMediaType: image/png}
          encoded: {type: string, contentMediaType: image/png, contentEncoding: base64}
          either: {anyOf: [{type: string, format: binary}, {type: array, items: {$ref: '#/components/schemas/File'}}]}
          named: {$ref: '#/components/schemas/File'}
          maybe: {type: [string, 'null'], format: binary}
          name: {type: string}
          meta: {type: object, properties: {a: {type: string}}}
      encoding:
        meta: {contentType: application/vnd.meta+json}
        name: {contentType: 'text/*', style: form, explode: true}
        file: {contentType: 'image/png, image/jpeg', headers: {X: {}}}
",
        "components: {schemas: {File: {type: string, format: binary}}}",
    );
    let api = api(&text);
    let operation = &api.operations[0];
    let encodings: Vec<String> = body(operation).media[0]
        .encodings
        .iter()
        .map(|(name, encoding)| {
            format!(
                "{name}: {:?} {:?} {:?} {}",
                encoding.content_type, encoding.style, encoding.explode, encoding.binary
            )
        })
        .collect();
    assert_eq!(
        encodings,
        [
            "either: None None None true",
            "file: None None None true",
            "files: None None None true",
            "maybe: None None None true",
            "media: None None None true",
            r#"meta: Some("application/vnd.meta+json") None None false"#,
            "name: None Some(Form) Some(true) false",
            "named: None None None true",
        ]
    );
    assert_eq!(
        &*operation.input_schema,
        r##"{"type":"object","properties":{"file":{"$ref":"#/$defs/Bytes","description":"The file."},"files":{"type":"array","items":{"$ref":"#/$defs/Bytes"}},"media":{"$ref":"#/$defs/Bytes"},"encoded":{"type":"string","contentMediaType":"image/png","contentEncoding":"base64"},"either":{"anyOf":[{"$ref":"#/$defs/Bytes"},{"type":"array","items":{"$ref":"#/$defs/Bytes"}}]},"named":{"$ref":"#/$defs/Bytes"},"maybe":{"$ref":"#/$defs/Bytes"},"name":{"type":"string"},"meta":{"type":"object","properties":{"a":{"type":"string"}}}},"additionalProperties":false}"##
    );
    let bytes: serde_json::Value = serde_json::from_str(definition(&api, "Bytes")).expect("JSON");
    assert_eq!(bytes["anyOf"][1]["required"], serde_json::json!(["data"]));
    assert_eq!(api.definitions.len(), 1);
}

#[test]
fn c06_a_component_called_bytes_keeps_its_name() {
    let text = described(
        "3.0.0",
        "post",
        "requestBody: {content: {application/octet-stream: {}}}\nresponses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Bytes'}}}}}",
        "components: {schemas: {Bytes: {type: integer}}}",
    );
    let api = api(&text);
    assert!(api.operations[0].input_schema.contains("#/$defs/Bytes2"));
    assert_eq!(definition(&api, "Bytes"), r#"{"type":"integer"}"#);
}

#[test]
fn c06_forms_and_bodies_of_2_0() {
    let form = |consumes: &str, parameters: &str| {
        only(&described("2.0", "post", &format!("consumes: [{consumes}]\nparameters: [{parameters}]"), ""))
    };
    let urlencoded = form(
        "application/x-www-form-urlencoded, multipart/form-data",
        "{name: a, in: formData, type: string, required: true, description: An a.}, {name: b, in: formData, type: array, items: {type: integer}, collectionFormat: multi}, {name: a, in: query, type: string}",
    );
    assert_eq!(media(&urlencoded), ["application/x-www-form-urlencoded Form", "multipart/form-data Multipart"]);
    assert_eq!(
        &*urlencoded.input_schema,
        r#"{"type":"object","properties":{"query_a":{"type":"string"},"body_a":{"type":"string","description":"An a."},"b":{"type":"array","items":{"type":"integer"}},"content_type":{"type":"string","enum":["application/x-www-form-urlencoded","multipart/form-data"],"description":"The media type of the body; application/x-www-form-urlencoded unless told."}},"required":["body_a"],"additionalProperties":false}"#
    );
    assert_eq!(body(&urlencoded).media[0].encodings["b"].explode, Some(true));

    let upload = form("application/x-www-form-urlencoded", "{name: f, in: formData, type: file, required: true}");
    assert_eq!(media(&upload), ["multipart/form-data Multipart"]);
    assert!(body(&upload).media[0].encodings["f"].binary);
    assert!(upload.input_schema.contains(r##""f":{"$ref":"#/$defs/Bytes"}"##), "{}", upload.input_schema);

    let json = form(
        "",
        "{name: pet, in: body, required: true, description: A pet., schema: {type: array, items: {type: string}}}",
    );
    assert_eq!(media(&json), ["application/json Json"]);
    assert_eq!(
        &*json.input_schema,
        r#"{"type":"object","properties":{"body":{"type":"array","items":{"type":"string"},"description":"A pet."}},"required":["body"],"additionalProperties":false}"#
    );
}

#[test]
fn c06_patches_are_selectable() {
    let operation = only(&described(
        "2.0",
        "patch",
        "consumes: [application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json]\nparameters: [{name: body, in: body, required: true, schema: {type: object}}]",
        "",
    ));
    assert_eq!(body(&operation).media.len(), 3);
    // A JSON Patch is a list, whatever is said of the object that it changes.
    assert!(
        operation
            .input_schema
            .contains(r#""body":{"anyOf":[{"type":"object"},{"type":"array","items":{"type":"object"}}]}"#)
    );
    assert!(operation.input_schema.contains(r#""enum":["application/merge-patch+json","application/strategic-merge-patch+json","application/json-patch+json"]"#));
}

#[test]
fn a_body_where_none_is_sent_is_left_out() {
    let content = "requestBody: {content: {application/json: {schema: {type: string}}}}";
    for (version, method, has_body) in [
        ("3.0.0", "get", false),
        ("3.1.0", "get", true),
        ("3.0.0", "head", false),
        ("3.1.0", "trace", false),
        ("3.0.0", "delete", true),
    ] {
        assert_eq!(only(&described(version, method, content, "")).body.is_some(), has_body, "{version} {method}");
    }
    assert_eq!(body(&post("requestBody: {content: {'application/json': {}}}")).media[0].kind, MediaKind::Json);
    assert!(post("requestBody: {content: {}}").body.is_none());
}

#[test]
fn c06_files_of_a_multipart_body_that_is_one_of_several() {
    let text = described(
        "3.1.0",
        "post",
        "requestBody: {required: true, content: {application/json: {schema: {type: string}}, multipart/form-data: {schema: {$ref: '#/components/schemas/Upload'}}}}",
        "components: {schemas: {Upload: {type: object, properties: {f: {type: string, format: binary}}}}}",
    );
    let operation = only(&text);
    assert!(
        operation.input_schema.contains(
            r##""body":{"anyOf":[{"type":"string"},{"type":"object","properties":{"f":{"$ref":"#/$defs/Bytes"}}}]}"##
        ),
        "{}",
        operation.input_schema
    );
}
