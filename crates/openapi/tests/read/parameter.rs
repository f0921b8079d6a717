//! Parameters: merged, styled, and those that are nobody's but the host's.

use weir_openapi::{Place, Style};

use crate::{
    reserved::RESERVED,
    sample::{api, described, only},
};

fn shown(operation: &weir_openapi::Operation) -> Vec<String> {
    let one = |p: &weir_openapi::Parameter| {
        let mut words = vec![format!("{}={:?}:{} {:?}", p.field, p.place, p.name, p.style)];
        words.extend(p.explode.then(|| "explode".to_owned()));
        words.extend(p.required.then(|| "required".to_owned()));
        words.extend(p.allow_reserved.then(|| "reserved".to_owned()));
        words.extend(p.allow_empty.then(|| "empty".to_owned()));
        words.extend(p.content.clone());
        words.join(" ")
    };
    operation.parameters.iter().map(one).collect()
}

#[test]
fn c03_parameters_of_the_path_are_merged_and_overridden_by_name_and_place() {
    let operation = only(
        r"
openapi: 3.0.0
paths:
  /x/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: a, in: query, schema: {type: string}}
      - {name: X-Trace, in: header, schema: {type: string}}
      - {name: a, in: cookie, schema: {type: string}}
    get:
      parameters:
        - {name: a, in: query, required: true, schema: {type: integer}}
        - {name: x-trace, in: header, schema: {type: boolean}}
        - {name: b, in: query, schema: {type: string}}
",
    );
    assert_eq!(
        shown(&operation),
        [
            "id=Path:id Simple required",
            "query_a=Query:a Form explode required",
            "x-trace=Header:x-trace Simple",
            "cookie_a=Cookie:a Form explode",
            "b=Query:b Form explode",
        ]
    );
    assert!(operation.input_schema.contains(r#""query_a":{"type":"integer"}"#), "{}", operation.input_schema);
}

#[test]
fn c03_a_path_and_its_parameters_need_not_agree() {
    let api = api(r"
openapi: 3.0.0
paths:
  /x/{id}/{rest+}/{n:[0-9]+}:
    get:
      parameters:
        - {name: gone, in: path, required: true, schema: {type: string}}
        - {name: n, in: path, schema: {type: integer}}
");
    assert_eq!(
        shown(&api.operations[0]),
        ["n=Path:n Simple required", "id=Path:id Simple required", "rest=Path:rest Simple required"]
    );
    assert_eq!(api.operations[0].path.segments.len(), 4);
    assert_eq!(
        api.warnings,
        [
            "the path parameter `gone` is not in `/x/{id}/{rest+}/{n:[0-9]+}`: it is left out",
            "the parameter `id` of `/x/{id}/{rest+}/{n:[0-9]+}` is not declared",
            "the parameter `rest` of `/x/{id}/{rest+}/{n:[0-9]+}` is not declared",
        ]
    );
}

#[test]
fn a_query_in_a_path_key_is_an_argument_with_one_value() {
    let api = api(
        "openapi: 3.1.0\npaths:\n  /a?beta=true: {get: {operationId: new}}\n  /a: {get: {operationId: old}}\n  /a?x={y}: {get: {}}\n",
    );
    assert_eq!(shown(&api.operations[0]), ["beta=Query:beta Form explode required empty"]);
    assert_eq!(api.operations[0].path.text, "/a");
    assert!(api.operations[0].input_schema.contains(r#""beta":{"const":"true"}"#));
    assert_eq!(api.skipped[0].reason, "its path has a query in it that is more than constant words");
}

#[test]
fn c05_defaults_of_styles_are_those_of_the_place() {
    let parameter = |text: &str| {
        let version = if text.contains("collectionFormat") || text.contains("schema: {") { "3.0.0" } else { "2.0" };
        let path = if text.contains("in: path") { "/x/{a}" } else { "/x" };
        let text = format!(
            "openapi: {version}\nswagger: '2.0'\npaths:\n  {path}:\n    get:\n      parameters: [{{name: a, {text}}}]\n"
        );
        shown(&only(&text))[0].split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    };
    for (text, expected) in [
        ("in: query, schema: {type: array}", "Form explode"),
        ("in: query, explode: false, schema: {type: array}", "Form"),
        ("in: query, style: spaceDelimited, schema: {type: array}", "SpaceDelimited"),
        ("in: query, style: pipeDelimited, explode: true, schema: {type: array}", "PipeDelimited explode"),
        ("in: query, style: deepObject, explode: true, schema: {type: object}", "DeepObject explode"),
        ("in: query, style: matrix, schema: {type: array}", "Form explode"),
        (
            "in: query, allowReserved: true, allowEmptyValue: true, schema: {type: string}",
            "Form explode reserved empty",
        ),
        ("in: query, content: {application/json: {schema: {type: object}}}", "Form explode application/json"),
        ("in: path, schema: {type: array}", "Simple required"),
        ("in: path, style: label, schema: {type: array}", "Label required"),
        ("in: path, style: matrix, explode: true, schema: {type: array}", "Matrix explode required"),
        ("in: path, style: form, schema: {type: array}", "Simple required"),
        ("in: header, explode: true, schema: {type: object}", "Simple explode"),
        ("in: cookie, schema: {type: array}", "Form explode"),
        ("in: query, type: array, items: {type: string}", "Form"),
        ("in: query, type: array, collectionFormat: multi, items: {type: string}", "Form explode"),
        ("in: query, type: array, collectionFormat: ssv, items: {type: string}", "SpaceDelimited"),
        ("in: query, type: array, collectionFormat: tsv, items: {type: string}", "TabDelimited"),
        ("in: query, type: array, collectionFormat: pipes, items: {type: string}", "PipeDelimited"),
        ("in: path, type: array, collectionFormat: csv, items: {type: string}", "Simple required"),
        ("in: header, type: array, items: {type: string}", "Simple"),
    ] {
        assert_eq!(parameter(text), expected, "{text}");
    }
}

#[test]
fn c07_headers_of_the_host_are_no_arguments() {
    let all: String = RESERVED
        .iter()
        .chain(&["Range", "X-Trace", "If-Match"])
        .map(|name| format!("- {{name: {name}, in: header, required: true, schema: {{type: string}}}}\n"))
        .collect();
    let api = api(&described("3.0.0", "get", &format!("parameters:\n{all}"), ""));
    let names: Vec<&str> = api.operations[0].parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["Range", "X-Trace", "If-Match"]);
    assert_eq!(api.warnings.len(), RESERVED.len());
    assert_eq!(api.warnings[0], "the header `Authorization` is weir's to set: it is no argument");
}

#[test]
fn c07_names_that_no_header_can_have() {
    let api = api(r#"
openapi: 3.0.0
paths:
  /a: {get: {operationId: a, parameters: [{name: "X:\r\nEvil", in: header, schema: {}}, {name: 'a;b', in: cookie, schema: {}}, {name: 'a&b', in: query, schema: {}}]}}
  /b: {get: {operationId: b, parameters: [{name: "X Y", in: header, required: true, schema: {}}]}}
"#);
    assert_eq!(shown(&api.operations[0]), ["a&b=Query:a&b Form explode"]);
    assert_eq!(api.skipped[0].reason, "its parameter `X Y` cannot be the name of a header or a cookie");
    assert_eq!(api.warnings[0], r"`X:\r\nEvil` cannot be the name of a header or a cookie: it is left out");
}

#[test]
fn c09_schemes_and_requirements() {
    let api = api(r"
openapi: 3.1.0
security: [{bearer: []}]
paths:
  /inherits: {get: {}}
  /both: {get: {security: [{key: [], basic: []}, {oauth: [read, write]}]}}
  /optional: {get: {security: [{}, {key: []}]}}
  /none: {get: {security: []}}
components:
  securitySchemes:
    bearer: {type: http, scheme: Bearer}
    basic: {type: http, scheme: basic}
    digest: {type: http, scheme: digest}
    key: {type: apiKey, in: query, name: api_key}
    oauth: {type: oauth2, flows: {implicit: {scopes: {read: r}}, clientCredentials: {tokenUrl: 'https://a/token', scopes: {read: r, write: w}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://a/.well-known/openid-configuration'}
    tls: {type: mutualTLS}
    chain: {$ref: '#/components/securitySchemes/key'}
    broken: {type: apiKey, in: body}
");
    let schemes: Vec<String> = api.schemes.iter().map(|(name, scheme)| format!("{name}: {scheme:?}")).collect();
    assert_eq!(
        schemes,
        [
            "basic: Basic",
            "bearer: Bearer",
            r#"broken: Other("apiKey in no known place")"#,
            r#"chain: ApiKey { place: Query, name: "api_key" }"#,
            r#"digest: Other("http digest")"#,
            r#"key: ApiKey { place: Query, name: "api_key" }"#,
            r#"oauth: OAuth2 { token_url: Some("https://a/token"), scopes: ["read", "write"] }"#,
            "oidc: OAuth2 { token_url: None, scopes: [] }",
            r#"tls: Other("mutualTLS")"#,
        ]
    );
    let security: Vec<Vec<Vec<String>>> = api
        .operations
        .iter()
        .map(|operation| {
            let one = |needed: &weir_openapi::Requirement| format!("{}{:?}", needed.scheme, needed.scopes);
            operation.security.iter().map(|all| all.iter().map(one).collect()).collect()
        })
        .collect();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        security,
        [
            vec![words(&["bearer[]"])],
            vec![words(&["key[]", "basic[]"]), words(&[r#"oauth["read", "write"]"#])],
            vec![words(&[]), words(&["key[]"])],
            vec![words(&[])],
        ]
    );
}

#[test]
fn c09_schemes_of_2_0() {
    let more = "securityDefinitions:\n  b: {type: basic}\n  k: {type: apiKey, in: header, name: X-Key}\n  o: {type: oauth2, flow: application, tokenUrl: 'https://a/t', scopes: {s: d}}\nsecurity: [{k: []}]";
    let api = api(&described("2.0", "get", "", more));
    assert_eq!(
        format!("{:?}", api.schemes),
        r#"{"b": Basic, "k": ApiKey { place: Header, name: "X-Key" }, "o": OAuth2 { token_url: Some("https://a/t"), scopes: ["s"] }}"#
    );
    assert_eq!(api.operations[0].security[0][0].scheme, "k");
}

#[test]
fn c09_a_parameter_that_is_the_credential_is_no_argument() {
    let parameters = "parameters:\n- {name: x-key, in: header, required: true, schema: {type: string}}\n- {name: api_key, in: query, schema: {type: string}}\n- {name: q, in: query, schema: {type: string}}\n";
    let more = "components: {securitySchemes: {h: {type: apiKey, in: header, name: X-Key}, q: {type: apiKey, in: query, name: api_key}}}";
    let fields = |security: &str| {
        let operation = only(&described("3.0.0", "get", &format!("{parameters}{security}"), more));
        operation.parameters.into_iter().map(|parameter| parameter.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(""), ["q"]);
    assert_eq!(fields("security: [{h: []}]"), ["api_key", "q"]);
    assert_eq!(fields("security: [{h: []}, {q: []}]"), ["q"]);
}

#[test]
fn places_and_styles_are_what_the_names_say() {
    let operation =
        only("openapi: 3.0.0\npaths: {/x: {get: {parameters: [{name: a, in: query, style: deepObject, schema: {}}]}}}");
    assert_eq!((operation.parameters[0].place, operation.parameters[0].style), (Place::Query, Style::DeepObject));
}

#[test]
fn a_list_of_parameters_may_be_kept_elsewhere() {
    let operation = only(&described(
        "3.0.0",
        "get",
        "parameters: {$ref: '#/x-lists/page'}",
        "x-lists: {page: [{name: page, in: query, content: {'*/*': {}}}]}",
    ));
    assert_eq!(shown(&operation), ["page=Query:page Form explode application/json"]);
}

#[test]
fn c09_a_token_beside_its_scheme_is_no_argument() {
    let parameters = "parameters:\n- {name: token, in: query, required: true, description: 'Authentication token. Requires scope: `a`', schema: {type: string}}\n- {name: token, in: header, required: true, description: The token to revoke., schema: {type: string}}\n";
    let more = "components: {securitySchemes: {o: {type: oauth2}, k: {type: apiKey, in: header, name: K}}}";
    let fields = |security: &str| {
        let operation = only(&described("3.0.0", "get", &format!("{parameters}{security}"), more));
        operation.parameters.into_iter().map(|parameter| parameter.field).collect::<Vec<_>>()
    };
    assert_eq!(fields("security: [{o: [a]}]"), ["token"]);
    assert_eq!(fields("security: [{k: []}]"), ["query_token", "header_token"]);
    assert_eq!(fields(""), ["query_token", "header_token"]);
}
