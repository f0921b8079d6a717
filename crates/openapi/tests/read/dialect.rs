//! Versions, formats and what YAML's words mean.

use weir_openapi::{Method, Server};

use crate::sample::{api, described, only, read, tree};

#[test]
fn c01_every_version_in_json_and_yaml_with_and_without_a_bom() {
    let json = r#"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/x":{"get":{"operationId":"x"}}}}"#;
    let yaml = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/x: {get: {operationId: x}}}\n";
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(json.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let rows: [(&str, Vec<u8>, &str); 13] = [
        ("JSON 3.0", json.into(), "3.0.3"),
        ("JSON with a BOM", [b"\xEF\xBB\xBF", json.as_bytes()].concat(), "3.0.3"),
        ("JSON in UTF-16", utf16, "3.0.3"),
        ("YAML 3.1", yaml.into(), "3.1.0"),
        ("YAML with a BOM", [b"\xEF\xBB\xBF", yaml.as_bytes()].concat(), "3.1.0"),
        ("YAML in braces", "{openapi: 3.0.0, info: {title: T}, paths: {/x: {get: {}}}}".into(), "3.0.0"),
        (
            "JSON with a comma too many",
            r#"{"openapi":"3.0.3","info":{"title":"T"},"paths":{"/x":{"get":{},},},}"#.into(),
            "3.0.3",
        ),
        ("2.0", described("2.0", "get", "", "info: {title: T}").into(), "2.0"),
        ("2.0 as a number", "swagger: 2.0\ninfo: {title: T}\npaths: {/x: {get: {}}}".into(), "2.0"),
        ("3.1 as a number", "openapi: 3.1\ninfo: {title: T}\npaths: {/x: {get: {}}}".into(), "3.1"),
        ("3.2", described("3.2.0", "query", "", "info: {title: T}").into(), "3.2.0"),
        ("newer", described("3.7.1", "get", "", "info: {title: T}").into(), "3.7.1"),
        ("Windows line ends", yaml.replace('\n', "\r\n").into(), "3.1.0"),
    ];
    for (what, bytes, dialect) in rows {
        let read = weir_openapi::read("api.yaml", &bytes, &tree(&[])).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!((read.api.dialect.as_str(), read.api.title.as_str()), (dialect, "T"), "{what}");
        assert_eq!(read.api.operations.len(), 1, "{what}: {:?}", read.api.skipped);
    }
}

#[test]
fn c01_dialects_may_be_mixed() {
    // 3.0's `nullable` in 3.1, 3.1's type lists in 3.0, 2.0's `definitions` in 3.0: what is meant is clear.
    let body = "requestBody:\n  content:\n    application/json:\n      schema:\n        anyOf:\n          - $ref: '#/definitions/Old'\n          - {type: [string, 'null']}\n          - {type: integer, nullable: true, minimum: 1, exclusiveMinimum: true}";
    let more = "definitions:\n  Old: {type: object, properties: {a: {type: string, nullable: true}}}";
    let mut schemas = Vec::new();
    for version in ["3.0.0", "3.1.0", "3.2.0"] {
        let api = api(&described(version, "post", body, more));
        schemas.push(format!("{} {:?}", api.operations[0].input_schema, api.definitions.iter().collect::<Vec<_>>()));
    }
    assert_eq!(
        schemas[0],
        r##"{"type":"object","properties":{"body":{"anyOf":[{"$ref":"#/$defs/Old"},{"type":["string","null"]},{"type":["integer","null"],"exclusiveMinimum":1}]}},"additionalProperties":false} [("Old", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}}}")]"##
    );
    assert!(schemas.iter().all(|schema| *schema == schemas[0]), "{schemas:#?}");
}

#[test]
fn c01_what_is_new_in_3_2() {
    let text = described("3.2.0", "query", "requestBody: {content: {application/json: {schema: {type: string}}}}", "");
    assert_eq!(only(&text).method, Method::Query);
    let api = api(
        "openapi: 3.2.0\npaths:\n  /x:\n    get: {operationId: a}\n    additionalOperations:\n      COPY: {operationId: b}\n",
    );
    assert_eq!(api.operations.len(), 1);
    assert_eq!(api.skipped[0].place, "COPY /x");
    assert_eq!(api.skipped[0].reason, "weir does not know the method `COPY`");
    let whole = only(&described(
        "3.2.0",
        "get",
        "parameters:\n  - {name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object}}}}",
        "",
    ));
    assert_eq!(whole.parameters[0].content.as_deref(), Some("application/x-www-form-urlencoded"));
    let stream = "responses: {'200': {content: {application/jsonl: {itemSchema: {type: integer}}}}}";
    let stream = only(&described("3.2.0", "get", stream, ""));
    assert_eq!(stream.output_schema.as_deref(), Some(r#"{"type":"array","items":{"type":"integer"}}"#));
}

#[test]
fn c08_servers_of_an_operation_a_path_or_the_document() {
    let root = "servers: [{url: 'https://root.example/v1'}]";
    let text = |path: &str, operation: &str| {
        format!(
            "openapi: 3.0.0\n{root}\npaths:\n  /x:\n    {path}\n    get:\n      operationId: x\n      {operation}\n"
        )
    };
    let urls = |text: &str| only(text).servers.into_iter().map(|server| server.url).collect::<Vec<_>>();
    let (path, own) =
        ("servers: [{url: https://path.example}]", "servers: [{url: /own}, {url: 'https://own.example'}]");
    assert_eq!(urls(&text("", "")), ["https://root.example/v1"]);
    assert_eq!(urls(&text(path, "")), ["https://path.example"]);
    assert_eq!(urls(&text(path, own)), ["/own", "https://own.example"]);
    assert_eq!(urls("openapi: 3.0.0\npaths: {/x: {get: {}}}"), Vec::<String>::new());
}

#[test]
fn c08_variables_with_enum_and_default() {
    let servers = "servers:\n- url: 'https://{region}.example:{port}/{base}'\n  variables:\n    region: {enum: [eu, us], default: us}\n    port: {default: 8443}\n    base: {enum: [v1]}";
    let servers = only(&described("3.0.0", "get", "", servers)).servers;
    let Server { url, variables } = &servers[0];
    assert_eq!(url, "https://{region}.example:{port}/{base}");
    let shown: Vec<_> = variables.iter().map(|(n, v)| format!("{n}={} of {:?}", v.default, v.allowed)).collect();
    assert_eq!(shown, [r#"base=v1 of ["v1"]"#, "port=8443 of []", r#"region=us of ["eu", "us"]"#]);
}

#[test]
fn c08_host_base_path_and_schemes_of_2_0() {
    for (more, operation, expected) in [
        (
            "host: a.example\nbasePath: /v1\nschemes: [http, https]",
            "",
            vec!["https://a.example/v1", "http://a.example/v1"],
        ),
        ("host: a.example", "", vec!["https://a.example"]),
        ("host: 'a.example:8080'\nbasePath: v1/\nschemes: [http]", "", vec!["http://a.example:8080/v1"]),
        ("host: a.example\nschemes: [https]", "schemes: [http]", vec!["http://a.example"]),
        ("basePath: /v1", "", vec!["/v1"]),
        ("host: a.example\nschemes: [wss]", "", vec!["https://a.example"]),
        ("", "", vec![]),
    ] {
        let servers = only(&described("2.0", "get", operation, more)).servers;
        assert_eq!(servers.iter().map(|server| server.url.as_str()).collect::<Vec<_>>(), expected, "{more}");
    }
}

#[test]
fn h11_words_of_yaml_are_json_types_and_nothing_else() {
    let rows = [
        ("no", r#""no""#),
        ("on", r#""on""#),
        ("Yes", r#""Yes""#),
        ("true", "true"),
        ("2024-01-01", r#""2024-01-01""#),
        ("12:30:45", r#""12:30:45""#),
        ("0123", r#""0123""#),
        ("0o17", "15"),
        ("0x1F", "31"),
        ("1_000", r#""1_000""#),
        ("9223372036854775807", "9223372036854775807"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        (".nan", r#"".nan""#),
        (".inf", r#"".inf""#),
        ("1e999", r#""1e999""#),
        ("~", "null"),
        ("", "null"),
        ("'~'", r#""~""#),
        ("!!str 12", r#""12""#),
        ("!!int '12'", "12"),
        ("!!python/object/apply:os.system [ls]", r#"["ls"]"#),
        ("!secret x", r#""x""#),
        ("!!binary aGk=", r#""aGk=""#),
        ("!!float '.nan'", r#"".nan""#),
        ("!!timestamp 2024-01-01", r#""2024-01-01""#),
    ];
    for (yaml, json) in rows {
        let parameter = format!("parameters:\n- name: a\n  in: query\n  schema:\n    default: {yaml}");
        let schema = only(&described("3.1.0", "get", &parameter, "")).input_schema;
        let expected =
            format!(r#"{{"type":"object","properties":{{"a":{{"default":{json}}}}},"additionalProperties":false}}"#);
        assert_eq!(*schema, *expected, "{yaml}");
    }
}

#[test]
fn h11_keys_stay_as_they_are_written() {
    let responses = "responses:\n  200: {description: a, content: {text/plain: {}}}\n  2XX: {description: b}\n  no: {description: c}\n  default: {description: d}";
    let operation = only(&described("3.0.0", "get", responses, ""));
    assert_eq!(operation.responses.len(), 3);
}

#[test]
fn h11_of_duplicate_keys_the_last_counts_and_somebody_is_told() {
    for text in [
        "openapi: 3.0.0\npaths:\n  /x:\n    get: {operationId: a, operationId: b}\n",
        r#"{"openapi":"3.0.0","paths":{"/x":{"get":{"operationId":"a","operationId":"b"}}}}"#,
    ] {
        let api = api(text);
        assert_eq!(&*api.operations[0].name, "b");
        assert_eq!(api.warnings, ["api.yaml: `operationId` is there twice in one object: the last counts"]);
    }
    let many: String = (0..100).map(|n| format!("    k{n}: {n}\n")).collect();
    let text = format!("openapi: 3.0.0\nx-a:\n{many}    k7: again\npaths: {{/x: {{get: {{}}}}}}\n");
    assert_eq!(api(&text).warnings, ["api.yaml: `k7` is there twice in one object: the last counts"]);
}

#[test]
fn anchors_aliases_and_merges_are_copies() {
    let text = "openapi: 3.1.0\nx-page: &page {name: page, in: query, schema: {type: integer}}\nx-base: &base {summary: Base, deprecated: true}\npaths:\n  /x:\n    get:\n      <<: *base\n      summary: Own\n      parameters: [*page]\n";
    let operation = only(text);
    assert_eq!(operation.title.as_deref(), Some("Own"));
    assert!(operation.deprecated);
    assert_eq!(operation.parameters[0].name, "page");
    assert!(read(text).is_ok_and(|read| read.api.warnings.is_empty()));
}
