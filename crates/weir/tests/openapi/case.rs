//! Calls that `cases.mjs` made from a description, written as weir takes them, and made in one program.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::home::Home;

/// Operations shown to weir in one command.
const SHOWN_AT_ONCE: usize = 2_000;

#[derive(Deserialize)]
pub(crate) struct Cases {
    pub(crate) api: String,
    /// Of the whole description.
    pub(crate) operations: usize,
    pub(crate) cases: Vec<Case>,
    /// Left out, by reason.
    pub(crate) passed: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    api: String,
    operation: String,
    /// `GET /pets/{id}`
    pub(crate) place: String,
    parameters: Vec<Argument>,
    body: Option<Value>,
}

#[derive(Deserialize)]
struct Argument {
    #[serde(rename = "in")]
    place: String,
    name: String,
    value: Value,
}

/// What became of a call.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    /// The number its request had at a recording server.
    pub(crate) seq: Option<usize>,
    pub(crate) error: Option<String>,
    pub(crate) status: Option<u16>,
}

/// An API whose operations are to be called.
#[derive(Serialize)]
pub(crate) struct Api {
    pub(crate) api: String,
    pub(crate) file: PathBuf,
    /// Operations at most.
    pub(crate) count: usize,
    /// Where swagger-client makes the same calls; nowhere when there is none.
    pub(crate) base: Option<String>,
}

pub(crate) fn of(apis: &[Api]) -> Vec<Cases> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi/cases.mjs");
    let mut node = weir_testkit::node(&script);
    let output = node.env("APIS", json!(apis).to_string()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "cases.mjs: {}", output.status);
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Makes the calls one after the other, through `weir run`.
pub(crate) fn call<'a>(home: &Home, cases: impl Iterator<Item = &'a Case>) -> Vec<Outcome> {
    let cases: Vec<&Case> = cases.collect();
    let schemas = schemas(home, &cases);
    let mut code = String::from("const cases = [\n");
    for case in cases {
        let schema = schemas.get(&case.tool()).unwrap_or_else(|| panic!("weir has no tool {}", case.tool()));
        writeln!(code, "  {},", json!([case.api, case.operation, case.arguments(schema)])).unwrap();
    }
    code.push_str(
        "];\nconst outcomes = [];\nfor (const [api, name, args] of cases) {\n  try {\n    \
         const value = await tools[api][name](args);\n    outcomes.push({seq: value?.seq});\n  } catch (error) {\n    \
         outcomes.push({error: `${error.message} ${JSON.stringify(error.body ?? null)}`, status: error.status});\n  }\n}\n\
         return outcomes;\n",
    );
    serde_json::from_value(home.program("calls.js", &code)).unwrap()
}

/// The names of the fields that each operation takes, as weir shows them.
fn schemas(home: &Home, cases: &[&Case]) -> BTreeMap<String, Value> {
    let mut tools: Vec<String> = cases.iter().map(|case| case.tool()).collect();
    tools.dedup();
    let mut schemas = BTreeMap::new();
    for tools in tools.chunks(SHOWN_AT_ONCE) {
        let args: Vec<&str> = ["show", "--json"].into_iter().chain(tools.iter().map(String::as_str)).collect();
        let mut shown = home.json(&args);
        let shown = shown.as_array_mut().unwrap();
        assert_eq!(shown.len(), tools.len(), "weir shows all that is asked for");
        for (tool, shown) in tools.iter().zip(shown) {
            schemas.insert(tool.clone(), shown["inputSchema"]["properties"].take());
        }
    }
    schemas
}

impl Case {
    fn tool(&self) -> String {
        format!("tools[{}][{}]", json!(self.api), json!(self.operation))
    }

    /// One flat object: each thing under its own name where that is a field, else under its place and its name.
    fn arguments(&self, fields: &Value) -> Map<String, Value> {
        let mut arguments = Map::new();
        let mut put = |place: &str, name: &str, value: &Value| {
            let prefixed = format!("{place}_{name}");
            let field = [name, &prefixed].into_iter().find(|field| fields.get(field).is_some());
            let field =
                field.unwrap_or_else(|| panic!("{}: weir has no field for {place} {name}: {fields}", self.place));
            arguments.insert(field.to_owned(), as_weir_takes_it(value));
        };
        for argument in self.parameters.iter().filter(|argument| argument.place != "body") {
            let place = if argument.place == "formData" { "body" } else { &argument.place };
            put(place, &argument.name, &argument.value);
        }
        let body = self.parameters.iter().find(|argument| argument.place == "body").map(|argument| &argument.value);
        let Some(body) = self.body.as_ref().or(body) else { return arguments };
        let spread = |name: &String| fields.get(name).is_some() || fields.get(format!("body_{name}")).is_some();
        let whole = ["body", "body_body"].into_iter().find(|field| fields.get(field).is_some());
        match (body.as_object(), whole) {
            (Some(object), None) if body.get("$file").is_none() => {
                object.iter().for_each(|(name, value)| put("body", name, value));
            }
            (Some(object), Some(_)) if body.get("$file").is_none() && object.keys().all(spread) => {
                object.iter().for_each(|(name, value)| put("body", name, value));
            }
            // A body that is bytes is base64 text.
            _ if body.get("$file").is_some() => put("body", "body", &body["$file"]["data"]),
            _ => put("body", "body", body),
        }
        arguments
    }
}

/// Files are written with what is known of them.
fn as_weir_takes_it(value: &Value) -> Value {
    match value {
        Value::Object(object) => match object.get("$file") {
            Some(file) => json!({"data": file["data"], "filename": file["name"], "content_type": file["type"]}),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(as_weir_takes_it).collect(),
        _ => value.clone(),
    }
}
