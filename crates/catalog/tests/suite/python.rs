//! Asks CPython whether Python stubs compile and hold nothing but declarations, and pyright whether calls written
//! against them type-check in its strict mode.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use weir_catalog::{Catalog, Entry, stub};
use weir_model::Language;

/// Something `cargo xtask tools` installs.
fn tool(path: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(path);
    assert!(file.exists(), "{} is absent: run `cargo xtask tools`", file.display());
    file
}

/// Reads a list of texts and answers what is wrong with each: it does not compile, or it is more than declarations.
const DECLARATIONS_ONLY: &str = r#"
import ast, json, sys, warnings

warnings.simplefilter("error")

def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, (str, type(...)))

def wrong(text):
    compile(text, "stub", "exec", dont_inherit=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    if len(inner.body) != 1 or not is_docstring(inner.body[0]):
                        return f"line {inner.lineno}: a function does something"
                elif not is_docstring(inner) and not (isinstance(inner, ast.AnnAssign) and inner.value is None):
                    return f"line {inner.lineno}: {ast.unparse(inner)}"
        elif isinstance(node, ast.Assign):
            if not isinstance(node.value, ast.Call) or ast.unparse(node.value.func) != "TypedDict":
                return f"line {node.lineno}: {ast.unparse(node)}"
        elif not isinstance(node, ast.AnnAssign):
            return f"line {node.lineno}: {ast.unparse(node)}"
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func) != "TypedDict":
            return f"line {call.lineno}: {ast.unparse(call)}"

def answer(text):
    try:
        return wrong(text)
    except (SyntaxError, ValueError, Warning) as error:
        return f"{type(error).__name__}: {error}"

print(json.dumps([answer(text) for text in json.load(sys.stdin)]))
"#;

/// What is wrong with each text, all by one interpreter.
pub(crate) fn faults(texts: &[String]) -> Vec<Option<String>> {
    let mut python = Command::new(tool("py/bin/python"))
        .args(["-c", DECLARATIONS_ONLY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    python.stdin.take().unwrap().write_all(json!(texts).to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the checking script failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn compiles(text: &str) {
    let fault = faults(&[text.to_owned()]).remove(0);
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

    /// Whether exactly the lines that fit type-check; `Err` is pyright's first complaints with their lines.
    pub(crate) fn type_check(&self, name: &str) -> Result<(), String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-stubs").join(name);
        fs::create_dir_all(&folder).unwrap();
        // A line that must not type-check and does is an error as well.
        let config = json!({"typeCheckingMode": "strict", "pythonVersion": "3.14", "include": ["program.py", "stubs.pyi"],
            "reportUnnecessaryTypeIgnoreComment": "error", "reportMissingModuleSource": "none", "reportUnusedImport": "none", "reportInvalidStringEscapeSequence": "error"});
        fs::write(folder.join("pyrightconfig.json"), config.to_string()).unwrap();
        fs::write(
            folder.join("stubs.pyi"),
            format!("{}decorated = tool\n{}", stub::PYTHON_PRELUDE, decorated(&self.stub)),
        )
        .unwrap();
        let program = self.text();
        fs::write(folder.join("program.py"), &program).unwrap();
        let output = Command::new(tool("bin/node"))
            .arg(tool("npm/node_modules/pyright/index.js"))
            .args(["--project", "."])
            .current_dir(&folder)
            .output()
            .expect("node starts");
        let told = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && told.contains("0 errors, 0 warnings") {
            return Ok(());
        }
        let stub = fs::read_to_string(folder.join("stubs.pyi")).unwrap();
        let errors: Vec<&str> = told.lines().filter(|line| line.contains(" - ")).collect();
        let shown = errors.iter().take(12).map(|error| {
            let text = if error.contains("program.py:") { &program } else { &stub };
            let line = error.split(':').nth(1).and_then(|line| line.parse::<usize>().ok());
            format!("{error}\n    {}", line.and_then(|line| text.lines().nth(line - 1)).unwrap_or_default())
        });
        let shown = shown.collect::<Vec<_>>().join("\n");
        Err(format!("{} errors\n{shown}\n{}", errors.len(), if errors.is_empty() { &told } else { "" }))
    }

    pub(crate) fn check(&self, name: &str) {
        compiles(&self.stub);
        if let Err(errors) = self.type_check(name) {
            panic!("{name}: {errors}");
        }
    }
}

/// The stub with what its first line says of every function; no tool of the fixtures is called like the decorator.
fn decorated(stub: &str) -> String {
    stub.lines()
        .map(|line| match line.strip_prefix("    def ") {
            Some(rest) => format!("    @decorated\n    @staticmethod\n    def {rest}\n"),
            None => format!("{line}\n"),
        })
        .collect()
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
