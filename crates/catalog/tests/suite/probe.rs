//! Asks the native TypeScript compiler whether stubs and calls written against them type-check under `strict`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use weir_catalog::stub::PRELUDE;

/// Node and the compiler, where `cargo xtask tools` puts them.
fn compiler() -> (PathBuf, PathBuf) {
    let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    let (node, compiler) = (tools.join("bin/node"), tools.join("npm/node_modules/typescript/bin/tsc"));
    for file in [&node, &compiler] {
        assert!(file.exists(), "{} is absent: run `cargo xtask check`", file.display());
    }
    (node, compiler)
}

/// Type-checks a program beside the prelude; `Err` is the compiler's own output.
pub(crate) fn type_check(name: &str, program: &str) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stubs").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("prelude.d.ts"), PRELUDE).unwrap();
    fs::write(folder.join("program.ts"), program).unwrap();
    let options = ["--strict", "--noEmit", "--target", "es2023", "--lib", "es2023", "--types", "", "--pretty", "false"];
    let (node, compiler) = compiler();
    let output = Command::new(node)
        .arg(compiler)
        .args(options)
        .args(["prelude.d.ts", "program.ts"])
        .current_dir(&folder)
        .output()
        .expect("node starts");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stdout).into_owned()) }
}

/// The compiler's first complaints with the lines they are about.
pub(crate) fn check(name: &str, program: &str) {
    let Err(errors) = type_check(name, program) else { return };
    let lines: Vec<&str> = program.lines().collect();
    let shown = errors.lines().take(12).map(|error| {
        let at = error.split(['(', ',']).nth(1).and_then(|line| line.parse::<usize>().ok());
        format!("{error}\n    {}", at.and_then(|at| lines.get(at - 1)).unwrap_or(&""))
    });
    panic!("{name}: {} lines of errors\n{}", errors.lines().count(), shown.collect::<Vec<_>>().join("\n"));
}
