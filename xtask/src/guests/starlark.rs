//! Starlark's sources, in the worker without a guest: the published package, unpacked to where `patches/starlark` looks for it.
//!
//! `patches/starlark/Cargo.toml` says why the package is not used as it is. Cargo fetches it and compares its checksum; what
//! its manifest asks for must be what ours asks for, but for the one feature.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{
    digest::{self, Stamp},
    place, step,
};

/// Part of the hash: raise it when the recipe below changes.
const RECIPE: &str = "starlark 1";

/// Below `target/`. Cargo shows this path to a person who builds before it is there: it says what to run.
const FOLDER: &str = "made-by-cargo-xtask-guests";

/// What the published manifest turns on, and ours must not.
const LEFT_OUT: (&str, &str) = ("serde_json", "arbitrary_precision");

pub(super) fn build() -> Result<()> {
    let patch = place::root().join("patches/starlark");
    let ours = patch.join("Cargo.toml");
    let fetched = patch.join("published/Cargo.toml");
    let inputs = [ours.clone(), fetched.clone(), patch.join("published/Cargo.lock")];
    let folder = place::target().join(FOLDER);
    let product = folder.join("starlark");
    let stamp = Stamp::new(folder.join("starlark.stamp"), digest::of(RECIPE, &inputs)?);
    if stamp.is_current() && product.join("src/lib.rs").is_file() {
        return Ok(());
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    stamp.clear()?;
    step::say("fetching the sources of starlark");
    // Whatever other platforms need is not downloaded.
    let published = package(&fetched, &["--locked", "--filter-platform=host-tuple"])
        .context("cargo could not fetch starlark; its registry must be within reach")?;
    compare(&published, &package(&ours, &["--no-deps"])?)?;
    let manifest =
        PathBuf::from(published["manifest_path"].as_str().context("cargo does not say where starlark lies")?);
    let fresh = folder.join("starlark.fresh");
    for old in [&fresh, &product] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("cannot clear {}", old.display()))?;
        }
    }
    copy(&manifest.with_file_name("src"), &fresh.join("src"))?;
    // `cargo fmt --all` looks at every package that lies in the repository.
    fs::write(fresh.join("rustfmt.toml"), "disable_all_formatting = true\n").context("the folder was just made")?;
    fs::rename(&fresh, &product).with_context(|| format!("cannot place {}", product.display()))?;
    stamp.set()
}

/// What cargo knows of starlark, as one manifest defines or uses it.
fn package(manifest: &Path, more: &[&str]) -> Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let text = step::quiet(
        Command::new(cargo)
            .args(["metadata", "--format-version=1"])
            .args(more)
            .arg("--manifest-path")
            .arg(manifest)
            .current_dir(place::root()),
    )?;
    let mut metadata: Value = serde_json::from_str(&text).context("cargo metadata answered no JSON")?;
    let packages = metadata["packages"].as_array_mut().context("cargo metadata names no packages")?;
    let found = packages.iter_mut().find(|package| package["name"] == "starlark").map(Value::take);
    found.with_context(|| format!("{} does not name starlark", manifest.display()))
}

/// Whether our manifest is the published one without the feature: a release may change what it asks for.
fn compare(published: &Value, ours: &Value) -> Result<()> {
    for field in ["version", "edition", "features"] {
        ensure!(
            published[field] == ours[field],
            "starlark as published has the {field} {}, patches/starlark/Cargo.toml has {}",
            published[field],
            ours[field]
        );
    }
    let (library, feature) = LEFT_OUT;
    let mut theirs = dependencies(published);
    let features = theirs.get_mut(library).and_then(|found| found["features"].as_array_mut());
    let at = features.as_ref().and_then(|features| features.iter().position(|name| name == feature));
    let (Some(features), Some(at)) = (features, at) else {
        bail!("starlark as published asks for {library}/{feature} no more: use it, and delete patches/starlark");
    };
    features.remove(at);
    let ours = dependencies(ours);
    let differing: BTreeSet<_> =
        theirs.keys().chain(ours.keys()).filter(|name| theirs.get(*name) != ours.get(*name)).collect();
    ensure!(differing.is_empty(), "patches/starlark/Cargo.toml and the published manifest differ in: {differing:?}");
    Ok(())
}

/// What ships, by name and target.
fn dependencies(package: &Value) -> BTreeMap<String, Value> {
    let all = package["dependencies"].as_array().into_iter().flatten();
    all.filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| {
            let name = dependency["name"].as_str().unwrap_or_default();
            let target = dependency["target"].as_str().map(|target| format!(" for {target}")).unwrap_or_default();
            (format!("{name}{target}"), dependency.clone())
        })
        .collect()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry.with_context(|| format!("cannot list {}", from.display()))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).with_context(|| format!("cannot copy {}", source.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn starlark(version: &str, dependencies: Value) -> Value {
        json!({ "version": version, "edition": "2024", "features": {}, "dependencies": dependencies })
    }

    #[test]
    fn our_manifest_may_differ_in_the_one_feature_only() {
        let json_with = |features: &[&str]| json!({ "name": "serde_json", "kind": null, "features": features });
        let regex = json!({ "name": "regex", "kind": null, "req": "^1.5" });
        let newer = json!({ "name": "regex", "kind": null, "req": "^2" });
        let rand = json!({ "name": "rand", "kind": "dev" });
        let published = starlark("0.14.2", json!([json_with(&["arbitrary_precision", "std"]), regex, rand]));
        let plain = json_with(&["std"]);
        let rows = [
            (starlark("0.14.2", json!([regex, plain])), ""),
            (starlark("0.14.1", json!([regex, plain])), "has the version"),
            (
                starlark("0.14.2", json!([regex, json_with(&["arbitrary_precision", "std"])])),
                "differ in: {\"serde_json\"}",
            ),
            (starlark("0.14.2", json!([newer, plain])), "differ in: {\"regex\"}"),
            (starlark("0.14.2", json!([plain])), "differ in: {\"regex\"}"),
            (starlark("0.14.2", json!([regex, plain, { "name": "rayon" }])), "differ in: {\"rayon\"}"),
        ];
        for (ours, expected) in rows {
            let told = compare(&published, &ours).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{expected}: {told}");
        }
        let mended = starlark("0.14.2", json!([regex, plain]));
        let told = compare(&mended, &mended).expect_err("the patch has lost its reason").to_string();
        assert!(told.contains("delete patches/starlark"), "{told}");
    }
}
