//! The languages' own checkers, asked about stubs and about programs written against them. `Err` holds the first complaints, each
//! with the line it is about.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::json;
use weir_catalog::stub::{PRELUDE, PYTHON_PRELUDE};

use crate::{installed, module};

/// Complaints that are shown.
const SHOWN_MAX: usize = 12;

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

/// The TypeScript compiler, under `strict`, beside weir's own declarations.
///
/// # Errors
/// What it objects to.
///
/// # Panics
/// When it cannot be asked.
pub fn typescript(folder: &Path, program: &str) -> Result<(), String> {
    put(folder, &[("prelude.d.ts", PRELUDE), ("program.ts", program)]);
    let options = ["--strict", "--noEmit", "--target", "es2023", "--lib", "es2023", "--types", "", "--pretty", "false"];
    let files = ["prelude.d.ts", "program.ts"];
    let output = in_node("typescript/bin/tsc", &[&options[..], &files].concat(), folder);
    if output.status.success() {
        return Ok(());
    }
    let about = |told: &str| Some((program, told.split(['(', ',']).nth(1)?.parse().ok()?));
    Err(complaints(&output, ": error ", about))
}

/// Pyright in its strict mode, about a stub in which each function is what the stub's first line says it is, and a program
/// against it. A line that must not type-check ends with `# pyright: ignore`, and is an error when it does.
///
/// # Errors
/// What it objects to.
///
/// # Panics
/// When it cannot be asked.
pub fn pyright(folder: &Path, stub: &str, program: &str) -> Result<(), String> {
    let config = json!({"typeCheckingMode": "strict", "pythonVersion": "3.14", "include": ["program.py", "stubs.pyi"],
        "reportUnnecessaryTypeIgnoreComment": "error", "reportMissingModuleSource": "none", "reportUnusedImport": "none",
        "reportInvalidStringEscapeSequence": "error"});
    let stub = format!("{PYTHON_PRELUDE}decorated = tool\n{}", decorated(stub));
    put(folder, &[("pyrightconfig.json", &config.to_string()), ("stubs.pyi", &stub), ("program.py", program)]);
    let output = in_node("pyright/index.js", &["--project", "."], folder);
    if output.status.success() && String::from_utf8_lossy(&output.stdout).contains("0 errors, 0 warnings") {
        return Ok(());
    }
    let about = |told: &str| {
        let text = if told.contains("program.py:") { program } else { &stub };
        Some((text, told.split(':').nth(1)?.parse().ok()?))
    };
    Err(complaints(&output, " - ", about))
}

/// What CPython finds wrong with each Python stub, all by one interpreter: it does not compile, warnings being errors, or it
/// does something.
///
/// # Panics
/// When it cannot be asked.
pub fn python(stubs: &[String]) -> Vec<Option<String>> {
    let mut python = Command::new(installed("py/bin/python"))
        .args(["-c", DECLARATIONS_ONLY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut stdin = python.stdin.take().expect("it is piped");
    stdin.write_all(json!(stubs).to_string().as_bytes()).expect("python reads");
    drop(stdin);
    let output = python.wait_with_output().expect("python ends");
    assert!(output.status.success(), "the checking script failed");
    serde_json::from_slice(&output.stdout).expect("the checking script answers JSON")
}

fn put(folder: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(folder).expect("a folder for the checker");
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("a file for the checker");
    }
}

fn in_node(script: &str, arguments: &[&str], folder: &Path) -> Output {
    let mut node = Command::new(installed("bin/node"));
    node.arg(module(script)).args(arguments).current_dir(folder).output().expect("node starts")
}

/// The lines that hold `mark`, each with the text and the line's number in it that `about` finds.
fn complaints<'a>(output: &Output, mark: &str, about: impl Fn(&str) -> Option<(&'a str, usize)>) -> String {
    let told = String::from_utf8_lossy(&output.stdout);
    let all: Vec<&str> = told.lines().filter(|line| line.contains(mark)).collect();
    if all.is_empty() {
        return format!("{told}{}", String::from_utf8_lossy(&output.stderr));
    }
    let shown = all.iter().take(SHOWN_MAX).map(|line| {
        let line_of = |(text, number): (&'a str, usize)| text.lines().nth(number.checked_sub(1)?);
        format!("\n{line}\n    {}", about(line).and_then(line_of).unwrap_or_default())
    });
    format!("{} complaints{}", all.len(), shown.collect::<String>())
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
