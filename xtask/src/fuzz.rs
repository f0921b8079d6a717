//! `cargo xtask fuzz`: every property test, with as many cases as there is time for.
//!
//! Which tests those are is read from the sources: whatever stands in a `proptest!`. A failure prints the smallest input it found.

use std::{collections::BTreeSet, fs, process::Command};

use anyhow::{Context, Result, bail};

use crate::{floors, guests, place, step};

/// How many cases, and of which tests.
#[derive(clap::Args)]
pub(crate) struct Fuzz {
    /// Cases of each property; a property that says itself how many stays with that
    #[arg(long, default_value_t = 2_000)]
    cases: u32,
    /// Only properties whose name, or whose crate's name, contains this text
    #[arg(long)]
    only: Option<String>,
}

/// A property test and the crate it belongs to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Property {
    package: String,
    name: String,
}

pub(crate) fn run(fuzz: &Fuzz) -> Result<()> {
    let mut properties = properties()?;
    if let Some(only) = &fuzz.only {
        properties.retain(|property| property.name.contains(only.as_str()) || property.package.contains(only.as_str()));
    }
    if properties.is_empty() {
        bail!("no property has that name; without --only all of them run");
    }
    guests::build()?;
    step::say(&format!("{} properties, {} cases each", properties.len(), fuzz.cases));
    let mut nextest = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    nextest
        .current_dir(place::root())
        .args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--profile", "fuzz", "-E"])
        .arg(filter(&properties))
        .env("PROPTEST_CASES", fuzz.cases.to_string());
    step::shown(&mut nextest)
}

fn filter(properties: &BTreeSet<Property>) -> String {
    let test = |property: &Property| format!("package({}) and test(/(^|::){}$/)", property.package, property.name);
    properties.iter().map(|property| format!("({})", test(property))).collect::<Vec<_>>().join(" or ")
}

fn properties() -> Result<BTreeSet<Property>> {
    let mut found = BTreeSet::new();
    for file in floors::sources()? {
        let Ok(inside) = file.strip_prefix(place::root().join("crates")) else { continue };
        let folder = inside.components().next().context("a source lies in a crate")?.as_os_str().to_string_lossy();
        let package = if folder == "weir" { folder.into_owned() } else { format!("weir-{folder}") };
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        found.extend(names(&text).map(|name| Property { package: package.clone(), name: name.to_owned() }));
    }
    Ok(found)
}

/// Functions after a `proptest!` whose first argument is drawn: `fn name(x in …`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let properties = text.split_once("proptest!").map_or("", |(_, rest)| rest);
    properties.split("\n").filter_map(|line| line.trim_start().strip_prefix("fn ")).filter_map(move |line| {
        let (name, _) = line.split_once('(')?;
        let at = line.as_ptr() as usize - properties.as_ptr() as usize + name.len() + 1;
        let arguments = &properties[at..];
        let drawn = arguments.find(" in ")?;
        let typed = arguments.find([':', ')']).unwrap_or(usize::MAX);
        (drawn < typed).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::{Property, filter, names, properties};

    #[test]
    fn properties_are_found_by_what_they_draw() {
        let text = "fn before(x: u8) {}\nproptest! {\n    #[test]\n    fn one(a in 0..3, b in 0..4) {\n    }\n\n    fn two(\n        mut a in any::<u8>(),\n    ) {}\n}\nfn after(a: u8) -> u8 { for x in 0..a {} a }\nfn none() {}\n";
        assert_eq!(names(text).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(names("fn one(a in 0..3) {}").count(), 0);
    }

    #[test]
    fn a_filter_names_crate_and_test() {
        let property = Property { package: "weir-openapi".into(), name: "one".into() };
        assert_eq!(filter(&[property].into()), "(package(weir-openapi) and test(/(^|::)one$/))");
    }

    /// What reads foreign bytes, or decides where weir connects to, is worth more cases than a test run has time for.
    #[test]
    fn what_reads_foreign_bytes_is_among_them() {
        let found = properties().unwrap();
        for (package, name) in [
            ("weir-openapi", "a_changed_description_is_read_or_refused"),
            ("weir-openapi", "changed_bytes_are_read_or_refused"),
            ("weir-openapi", "h01_h02_any_template_and_any_text_stay_in_their_place"),
            ("weir-openapi", "any_argument_anywhere_is_refused_or_stays_in_its_place"),
            ("weir-openapi", "any_answer_is_a_bounded_value_or_a_failure"),
            ("weir-upstream", "what_passes_is_public"),
            ("weir-upstream", "no_text_at_all_is_a_way_around"),
            ("weir-upstream", "h13_any_bytes_are_unpacked_within_bounds_or_refused"),
        ] {
            let property = Property { package: package.into(), name: name.into() };
            assert!(found.contains(&property), "{property:?}");
        }
    }
}
