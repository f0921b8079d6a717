//! Whether Python stubs compile and hold nothing but declarations, and whether calls written against them type-check.

use std::path::Path;

use serde_json::Value;
use weir_catalog::{Catalog, Entry, stub};
use weir_model::Language;
use weir_testkit::checker;

pub(crate) fn compiles(text: &str) {
    let fault = checker::python(&[text.to_owned()]).remove(0);
    assert_eq!(fault, None, "{text}");
}

/// Lines of a probing program, each with whether it must type-check.
pub(crate) struct Program {
    stub: String,
    namespaces: Vec<String>,
    lines: Vec<(String, bool)>,
    awaited: Vec<String>,
}

impl Program {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let stub = stub::whole(catalog, Language::Python);
        let namespaces = catalog.upstreams().iter().map(|upstream| upstream.identifier.clone()).collect();
        Self { stub, namespaces, lines: Vec::new(), awaited: Vec::new() }
    }

    pub(crate) fn line(&mut self, line: &str, fits: bool) {
        self.lines.push((line.to_owned(), fits));
    }

    /// A call, blocking and awaited.
    pub(crate) fn call(&mut self, catalog: &Catalog, entry: &Entry, arguments: &Value, fits: bool) {
        let written = written(catalog, entry, arguments);
        self.lines.push((format!("{}({written})", entry.path()), fits));
        if fits {
            self.awaited.push(format!("    await {}.aio({written})\n", entry.path()));
        }
    }

    /// A value the tool may answer.
    pub(crate) fn result(&mut self, entry: &Entry, value: &Value) {
        self.lines.push((format!("returned({})({})", entry.path(), python(value)), true));
    }

    fn text(&self) -> String {
        let mut text = format!(
            "from typing import Any, Callable, TypeVar\nfrom stubs import Tool, {}\nR = TypeVar(\"R\")\n\
             def returned(tool: Tool[..., R]) -> Callable[[R], Any]: ...\n",
            self.namespaces.join(", ")
        );
        for (line, fits) in &self.lines {
            text.push_str(line);
            text.push_str(if *fits { "\n" } else { "  # pyright: ignore\n" });
        }
        text.push_str("async def awaited() -> None:\n");
        text.push_str(if self.awaited.is_empty() { "    ...\n" } else { "" });
        self.awaited.iter().for_each(|line| text.push_str(line));
        text
    }

    /// Whether exactly the lines that fit type-check.
    pub(crate) fn type_check(&self, name: &str) -> Result<(), String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-stubs").join(name);
        checker::pyright(&folder, &self.stub, &self.text())
    }

    pub(crate) fn check(&self, name: &str) {
        compiles(&self.stub);
        if let Err(errors) = self.type_check(name) {
            panic!("{name}: {errors}");
        }
    }
}

/// Arguments as a call writes them: by keyword, or as one dict where the stub says so.
fn written(catalog: &Catalog, entry: &Entry, arguments: &Value) -> String {
    let alone =
        stub::render(catalog, &[catalog.resolve_path(entry.path()).unwrap().clone()], Language::Python, 100_000);
    if alone.text.contains(&format!("    def {}(arguments: ", entry.member())) {
        return python(arguments);
    }
    let Value::Object(fields) = arguments else { return python(arguments) };
    let named = fields.iter().map(|(name, value)| {
        let keyword = ["from", "in", "class", "import", "is", "not", "global", "None"].contains(&name.as_str());
        format!("{name}{}={}", if keyword { "_" } else { "" }, python(value))
    });
    named.collect::<Vec<_>>().join(", ")
}

/// A JSON value as a Python expression.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), python(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}
