//! Descriptions for tests: made from a few lines, or unpacked from the fixtures.

use std::{collections::BTreeMap, fs, io::Read as _, path::PathBuf, sync::Arc};

use weir_openapi::{Api, Description, Files, Operation, Unreadable};

/// The files of a tree, by path.
pub(crate) struct Tree(pub(crate) BTreeMap<String, Vec<u8>>);

impl Files for Tree {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        self.0.get(path).map(|bytes| bytes.as_slice().into()).ok_or_else(|| "there is no such file".to_owned())
    }
}

pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
    Tree(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
}

pub(crate) fn read(text: &str) -> Result<Description, Unreadable> {
    weir_openapi::read("api.yaml", text.as_bytes(), &tree(&[]))
}

pub(crate) fn api(text: &str) -> Api {
    read(text).unwrap_or_else(|error| panic!("{error}\n{text}")).api
}

/// The only operation of a description.
pub(crate) fn only(text: &str) -> Operation {
    let api = api(text);
    assert_eq!(api.operations.len(), 1, "skipped: {:?}", api.skipped);
    api.operations.into_iter().next().expect("one operation")
}

/// A 3.1 description of one operation, `POST /x`, of these lines of YAML.
pub(crate) fn post(operation: &str) -> Operation {
    only(&described("3.1.0", "post", operation, ""))
}

/// A description of one operation on `/x`; `more` stands at the document's top.
pub(crate) fn described(version: &str, method: &str, operation: &str, more: &str) -> String {
    let key = if version.starts_with('2') { "swagger" } else { "openapi" };
    let indented: String = operation.lines().map(|line| format!("      {line}\n")).collect();
    format!("{key}: '{version}'\n{more}\npaths:\n  /x:\n    {method}:\n      operationId: x\n{indented}")
}

pub(crate) fn fixture_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/openapi")
}

/// The bytes of a fixture, unpacked.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let bytes = fs::read(fixture_dir().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    if !name.ends_with(".gz") {
        return bytes;
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).expect("a gzip file");
    unpacked
}

/// Names of all fixtures, in order.
pub(crate) fn fixtures() -> Vec<String> {
    let mut names = Vec::new();
    for (dir, prefix) in [(fixture_dir(), ""), (fixture_dir().join("oas-examples"), "oas-examples/")] {
        for entry in fs::read_dir(dir).expect("the fixtures") {
            let name = entry.expect("an entry").file_name().into_string().expect("a plain name");
            if [".json", ".json.gz", ".yaml", ".yml", ".yaml.gz"].iter().any(|ending| name.ends_with(ending)) {
                names.push(format!("{prefix}{name}"));
            }
        }
    }
    names.sort();
    names
}

/// All references in a schema's text.
pub(crate) fn references(schema: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![serde_json::from_str::<serde_json::Value>(schema).unwrap_or_else(|e| panic!("{e}: {schema}"))];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Array(items) => open.extend(items),
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("$ref", serde_json::Value::String(reference)) => found.push(reference),
                        ("enum" | "const" | "default", _) => {}
                        (_, value) => open.push(value),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The text of a definition.
pub(crate) fn definition<'a>(api: &'a Api, name: &str) -> &'a str {
    let number = api.definitions.number(name).unwrap_or_else(|| panic!("no definition {name}"));
    api.definitions.schema(number)
}
