//! The languages' own checkers, where `cargo xtask tools` puts them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use starlark::syntax::{AstModule, Dialect};
use weir_catalog::stub::{PRELUDE, PYTHON_PRELUDE};

/// Lines of a checker that are shown.
const SHOWN_MAX: usize = 12;

fn tool(path: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(path);
    assert!(file.exists(), "{} is absent: run `cargo xtask tools`", file.display());
    file
}

fn folder(kind: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi-stubs").join(kind).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The first complaints with the lines they are about.
fn complaints(output: &Output, text: &str, line: impl Fn(&str) -> Option<usize>) -> String {
    let told = String::from_utf8_lossy(&output.stdout);
    let shown = told.lines().filter(|told| told.contains("error")).take(SHOWN_MAX).map(|told| {
        let about = line(told).and_then(|line| text.lines().nth(line - 1)).unwrap_or_default();
        format!("{told}\n    {about}")
    });
    let shown = shown.collect::<Vec<_>>().join("\n");
    format!("{} lines\n{shown}\n{}", told.lines().count(), String::from_utf8_lossy(&output.stderr))
}

/// Under `strict`, beside weir's own declarations.
pub(crate) fn typescript(name: &str, text: &str) -> Result<(), String> {
    let folder = folder("typescript", name);
    fs::write(folder.join("prelude.d.ts"), PRELUDE).unwrap();
    fs::write(folder.join("program.ts"), text).unwrap();
    let options = ["--strict", "--noEmit", "--target", "es2023", "--lib", "es2023", "--types", "", "--pretty", "false"];
    let output = Command::new(tool("bin/node"))
        .arg(tool("npm/node_modules/typescript/bin/tsc"))
        .args(options)
        .args(["prelude.d.ts", "program.ts"])
        .current_dir(&folder)
        .output()
        .expect("node starts");
    let line = |told: &str| told.split(['(', ',']).nth(1)?.parse().ok();
    if output.status.success() { Ok(()) } else { Err(complaints(&output, text, line)) }
}

/// Compiled by CPython, warnings being errors.
pub(crate) fn python(text: &str) -> Result<(), String> {
    let script = "import sys, warnings; warnings.simplefilter('error'); \
                  compile(sys.stdin.buffer.read().decode(), 'stub', 'exec', dont_inherit=True)";
    let mut python = Command::new(tool("py/bin/python"))
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// In pyright's strict mode, each function being what the first line of a stub says it is.
pub(crate) fn pyright(name: &str, text: &str) -> Result<(), String> {
    let folder = folder("python", name);
    let config = r#"{"typeCheckingMode": "strict", "pythonVersion": "3.14", "include": ["stubs.pyi"],
        "reportMissingModuleSource": "none", "reportUnusedImport": "none", "reportInvalidStringEscapeSequence": "error"}"#;
    fs::write(folder.join("pyrightconfig.json"), config).unwrap();
    let decorated = text.lines().map(|line| match line.strip_prefix("    def ") {
        Some(rest) => format!("    @decorated\n    @staticmethod\n    def {rest}\n"),
        None => format!("{line}\n"),
    });
    let stubs = format!("{PYTHON_PRELUDE}decorated = tool\n{}", decorated.collect::<String>());
    fs::write(folder.join("stubs.pyi"), &stubs).unwrap();
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
    Err(complaints(&output, &stubs, |told| told.split(':').nth(1)?.parse().ok()))
}

pub(crate) fn starlark(text: &str) -> Result<(), String> {
    AstModule::parse("stub.star", text.to_owned(), &Dialect::Extended).map(drop).map_err(|error| error.to_string())
}
