//! The floors: which crate may use which, read from cargo's own metadata, and the few words only one crate may write.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{place, step};

/// Each crate, lowest floor first, with the crates of ours it may use. What is missing here may be used by nothing.
const ARROWS: &[(&str, &[&str])] = &[
    ("weir-model", &[]),
    ("weir-catalog", &["weir-model"]),
    ("weir-openapi", &["weir-model"]),
    ("weir-bridge", &["weir-model", "weir-catalog"]),
    ("weir-upstream", &["weir-model", "weir-catalog", "weir-openapi", "weir-bridge"]),
    ("weir-sandbox", &["weir-model", "weir-catalog", "weir-bridge"]),
    ("weir-store", &["weir-model", "weir-catalog", "weir-bridge"]),
    ("weir", &["weir-model", "weir-catalog", "weir-bridge", "weir-upstream", "weir-sandbox", "weir-store"]),
    ("weir-testkit", &["weir-model", "weir-catalog", "weir-bridge"]),
    ("xtask", &[]),
];
/// Packages that only these crates may use in what ships.
const ALONE: &[(&str, &[&str])] = &[
    ("rmcp", &["weir"]),
    ("wasmtime", &["weir-sandbox"]),
    ("reqwest", &["weir-upstream"]),
    ("rusqlite", &["weir-store"]),
    ("tokio-postgres", &["weir-store"]),
];

/// Packages the pure crates must not use: they do no IO.
const IO: &[&str] = &["tokio", "rustix", "reqwest", "axum", "wasmtime", "rmcp"];
const PURE: &[&str] = &["weir-model", "weir-catalog", "weir-openapi"];

pub(crate) fn check() -> Result<()> {
    let mut faults = arrows(&dependencies()?);
    for file in sources()? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let shown = file.strip_prefix(place::root()).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        faults.extend(words(&shown, &text));
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{}", faults.join("\n"));
}

struct Dependency {
    from: String,
    to: String,
    shipped: bool,
}

fn dependencies() -> Result<Vec<Dependency>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let text = step::quiet(
        Command::new(cargo)
            .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
            .current_dir(place::root()),
    )?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata answered no JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let mut found = Vec::new();
    for package in packages {
        let from = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            found.push(Dependency {
                from: from.to_owned(),
                to: dependency["name"].as_str().unwrap_or_default().to_owned(),
                shipped: dependency["kind"].as_str() != Some("dev"),
            });
        }
    }
    Ok(found)
}

fn arrows(dependencies: &[Dependency]) -> Vec<String> {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut faults = Vec::new();
    for Dependency { from, to, shipped } in dependencies {
        let Some(below) = allowed.get(from.as_str()) else {
            faults.push(format!("{from} stands on no floor: give it one in xtask/src/floors.rs"));
            continue;
        };
        // Tests may stand a crate on real neighbours; what ships may not.
        if *shipped && allowed.contains_key(to.as_str()) && !below.contains(&to.as_str()) {
            faults.push(format!("{from} uses {to}: that arrow runs upward or sideways"));
        }
        for (package, users) in ALONE {
            if to == package && *shipped && !users.contains(&from.as_str()) {
                faults.push(format!("{from} uses {package}, which only {} may", users.join(" and ")));
            }
        }
        if *shipped && PURE.contains(&from.as_str()) && IO.contains(&to.as_str()) {
            faults.push(format!("{from} uses {to}, and does no IO"));
        }
    }
    faults
}

/// Every Rust file of ours.
pub(crate) fn sources() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(&place::root().join("crates"), &mut found)?;
    collect(&place::root().join("xtask/src"), &mut found)?;
    collect(&place::root().join("patches"), &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", directory.display()))?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// What a file's own text may not hold, by where it lies.
fn words(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let code = || text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    // This file spells the words it looks for.
    if file == "xtask/src/floors.rs" {
        return faults;
    }
    // Below this line a file holds its own tests, with made-up credentials.
    let tests_from = text.lines().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(usize::MAX);
    let is_test = file.ends_with("/tests.rs") || file.contains("/tests/");
    let announced = file.starts_with("crates/sandbox/") && first_line(text).contains("unsafe_code");
    for (number, line) in code() {
        let at = format!("{file}:{}", number + 1);
        if !announced
            && (line.contains("unsafe {")
                || line.contains("unsafe fn")
                || line.contains("unsafe impl")
                || line.contains("unsafe extern"))
        {
            faults.push(format!("{at}: unsafe code: only in crates/sandbox, in a file whose first line says so"));
        }
        if !announced && line.contains("unsafe_code") && !file.ends_with("Cargo.toml") {
            faults.push(format!(
                "{at}: the lint unsafe_code may be lifted only on the first line of a file of crates/sandbox"
            ));
        }
        let holder = file.starts_with("crates/upstream/") || file == "crates/model/src/secret.rs";
        let test = is_test || number > tests_from;
        if !holder && !test && line.contains(".expose()") {
            faults.push(format!("{at}: only weir-upstream sees a credential in clear"));
        }
        if line.contains("#[allow(") || line.contains("#![allow(") {
            faults.push(format!("{at}: use #[expect(…, reason = \"…\")] in place of allow"));
        }
    }
    if first_line(text).is_empty() || !(text.starts_with("//!") || text.starts_with("#![")) {
        faults.push(format!("{file}: a file opens with //! lines: what it owns, what it must never do"));
    }
    faults
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(from: &str, to: &str, shipped: bool) -> Vec<String> {
        arrows(&[Dependency { from: from.into(), to: to.into(), shipped }])
    }

    #[test]
    fn arrows_run_downward_only() {
        let rows = [
            ("weir-bridge", "weir-catalog", true, true),
            ("weir-catalog", "weir-bridge", true, false),
            ("weir-upstream", "weir-sandbox", true, false),
            ("weir-bridge", "weir-testkit", false, true),
            ("weir-bridge", "weir-store", false, true),
            ("weir-bridge", "weir-store", true, false),
            ("weir-bridge", "weir-testkit", true, false),
            ("weir-model", "tokio", true, false),
            ("weir-upstream", "rmcp", true, false),
            ("weir-upstream", "rmcp", false, true),
            ("weir", "rmcp", true, true),
            ("weir-news", "serde", true, false),
        ];
        for (from, to, shipped, fine) in rows {
            assert_eq!(uses(from, to, shipped).is_empty(), fine, "{from} -> {to}, shipped: {shipped}");
        }
    }

    #[test]
    fn words_have_their_place() {
        let rows = [
            ("crates/model/src/a.rs", "//! x\nfn f() {}", true),
            ("crates/model/src/a.rs", "fn f() {}", false),
            ("crates/bridge/src/a.rs", "//! x\nfn f() { unsafe { g() } }", false),
            ("crates/sandbox/src/a.rs", "//! x\nfn f() { unsafe { g() } }", false),
            (
                "crates/sandbox/src/a.rs",
                "#![expect(unsafe_code, reason = \"y\")]\n//! x\nfn f() { unsafe { g() } }",
                true,
            ),
            ("crates/bridge/src/a.rs", "#![expect(unsafe_code, reason = \"y\")]\n//! x", false),
            ("crates/weir/src/a.rs", "//! x\nfn f(s: Secret) { s.expose(); }", false),
            ("crates/weir/src/a.rs", "//! x\n#[cfg(test)]\nmod tests { fn f(s: Secret) { s.expose(); } }", true),
            ("crates/upstream/src/a.rs", "//! x\nfn f(s: Secret) { s.expose(); }", true),
            ("crates/weir/src/a.rs", "//! x\n// never call .expose() here", true),
            ("crates/weir/src/a.rs", "//! x\n#[allow(dead_code)]\nfn f() {}", false),
        ];
        for (file, text, fine) in rows {
            let faults = words(file, text);
            assert_eq!(faults.is_empty(), fine, "{file}: {faults:?}");
        }
    }
}
