//! Every operation of every description in `fixtures/openapi`, as the functions a model reads: the languages' own checkers
//! take the declarations, and the catalog can check arguments against every one of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own fixture has failed")]

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use flate2::read::GzDecoder;
use starlark::syntax::{AstModule, Dialect};
use weir_catalog::{Catalog, Entry, Listing, ListingState, stub, tokens};
use weir_model::{Language, UpstreamName};
use weir_openapi::Files;
use weir_testkit::checker;

/// What `get_schema` spends on one answer.
const BUDGET_TOKENS: usize = 6_000;
/// Operations of one description that are asked for one by one, beside some of the largest.
const SHOWN_OPERATIONS: usize = 8;
/// Operations of one description that pyright is asked about, with every type they lead to; all would take a minute.
const PYRIGHT_OPERATIONS: usize = 40;

/// A description that is one file.
struct Alone;

impl Files for Alone {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        Err(format!("{path} is no part of this description"))
    }
}

/// All fixtures, one upstream each.
static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::build(1, fixtures().iter().map(|path| listing(path)).collect()));

fn fixtures() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/openapi");
    let mut files: Vec<PathBuf> = [folder.clone(), folder.join("oas-examples")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()))
        .filter(|path| path.is_file() && !path.ends_with("README.md"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 29);
    files
}

fn listing(path: &Path) -> Listing {
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut bytes = fs::read(path).unwrap();
    if name.ends_with(".gz") {
        let mut plain = Vec::new();
        GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    let api = weir_openapi::read(name, &bytes, &Alone).unwrap().api;
    let stem = [".gz", ".json", ".yaml", ".yml"].iter().fold(name, |name, end| name.trim_end_matches(end));
    let upstream = UpstreamName::new(&stem.replace('.', "_")).unwrap();
    let tools = api.tools(&upstream, |_| true).collect();
    Listing { upstream: upstream.clone(), state: ListingState::Listed { tools, warnings: Vec::new() } }
}

fn entries() -> impl Iterator<Item = &'static Arc<Entry>> {
    CATALOG.upstreams().iter().flat_map(|upstream| &upstream.entries)
}

/// At most so many of each upstream, spread over all of it.
fn sample(of_each: usize) -> Vec<Arc<Entry>> {
    let some = CATALOG.upstreams().iter().flat_map(|upstream| {
        let step = upstream.entries.len().div_ceil(of_each).max(1);
        upstream.entries.iter().step_by(step).cloned()
    });
    some.collect()
}

/// Whatever an operation takes and answers: its arguments are checked, and asking for its types shows the function with as
/// much of them as fits.
#[test]
fn every_operation_is_checked_and_shown() {
    let mut told: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in entries() {
        for reason in entry.quarantined().map(str::to_owned).into_iter().chain(entry.unchecked()) {
            told.entry(entry.namespace()).or_default().push(format!("{}: {reason}", entry.member()));
        }
    }
    assert_eq!(CATALOG.upstreams().len(), fixtures().len());
    assert!(entries().count() >= 3_300, "{}", entries().count());
    for upstream in CATALOG.upstreams() {
        let odd = told.get(upstream.identifier.as_str()).map_or(&[][..], Vec::as_slice);
        let operations = upstream.entries.len();
        println!("{:<40} {operations:>5} operations, {} not or partly checked", upstream.identifier, odd.len());
        odd.iter().take(3).for_each(|reason| println!("    {reason}"));
        assert_eq!(upstream.warnings, Vec::<String>::new());
        assert!(odd.len() * 200 <= operations, "{}: {odd:?}", upstream.identifier);
    }
    let large = [
        "github.repos_get",
        "github.issues_list_events_for_timeline",
        "openai.createResponse",
        "openai.createChatCompletion",
        "discord.create_message",
    ];
    let large = large.map(|path| CATALOG.resolve_path(path).unwrap_or_else(|| panic!("{path} is gone")).clone());
    for entry in sample(SHOWN_OPERATIONS).iter().chain(&large) {
        for language in [Language::TypeScript, Language::Python, Language::Starlark] {
            let stubs = stub::render(&CATALOG, std::slice::from_ref(entry), language, BUDGET_TOKENS);
            assert_eq!(stubs.omitted, Vec::<String>::new(), "{language}");
            assert!(tokens::fits(&stubs.text, BUDGET_TOKENS), "{} {language}", entry.path());
            assert!(stubs.text.contains(entry.member()), "{}", stubs.text);
            let line = entry.signature(language);
            assert!(tokens::count(&line) <= 140 && !line.contains('\n'), "{line}");
        }
    }
}

/// Where a checker finds its files.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi-stubs").join(name)
}

fn typescript(name: &str, program: &str) -> Result<(), String> {
    checker::typescript(&folder(&format!("typescript-{name}")), program)
}

fn pyright(name: &str, stub: &str) -> Result<(), String> {
    checker::pyright(&folder(&format!("python-{name}")), stub, "")
}

fn python(stub: &str) -> Option<String> {
    checker::python(&[stub.to_owned()]).remove(0)
}

fn starlark(stub: &str) -> Result<(), String> {
    AstModule::parse("stub.star", stub.to_owned(), &Dialect::Extended).map(drop).map_err(|error| error.to_string())
}

#[test]
fn all_stubs_compile() {
    let whole = stub::whole(&CATALOG, Language::TypeScript);
    assert_eq!(whole.matches("\n  function ").count(), entries().count());
    typescript("all", &whole).unwrap();
    let whole = stub::whole(&CATALOG, Language::Python);
    assert_eq!(whole.matches("\n    def ").count(), entries().count());
    assert_eq!(python(&whole), None);
    for upstream in CATALOG.upstreams() {
        let text = stub::upstream(&CATALOG, &upstream.identifier, Language::Starlark).unwrap();
        assert_eq!(text.matches("\ndef ").count(), upstream.entries.len(), "{}", upstream.identifier);
        starlark(&text).unwrap();
    }
}

#[test]
fn python_stubs_pass_pyright() {
    let some = sample(PYRIGHT_OPERATIONS);
    println!("pyright checks {} of {} operations", some.len(), entries().count());
    let stubs = stub::render(&CATALOG, &some, Language::Python, usize::MAX);
    assert_eq!(stubs.omitted, Vec::<String>::new());
    pyright("some", &stubs.text).unwrap();
}

/// What makes the tests above able to fail.
#[test]
fn the_checkers_object() {
    let file = fixtures().into_iter().find(|path| path.ends_with("petstore_v3.yaml")).unwrap();
    let catalog = Catalog::build(1, vec![listing(&file)]);
    let some = [catalog.resolve_path("petstore_v3.getPetById").unwrap().clone()];
    let text = |language| stub::render(&catalog, &some, language, BUDGET_TOKENS).text;
    let call = |arguments: &str| format!("{}\n{}({arguments});", text(Language::TypeScript), some[0].path());
    typescript("control-valid", &call("{petId: 7}")).unwrap();
    for arguments in ["{petId: \"x\"}", "{}", "{petId: 7, name: 1}"] {
        assert!(typescript("control", &call(arguments)).is_err(), "{arguments}");
    }
    let stub = text(Language::Python);
    pyright("control-valid", &stub).unwrap();
    assert!(pyright("control", &stub.replace("int", "Nowhere")).is_err());
    assert!(python(&format!("{stub}class x:\n")).is_some());
    assert!(starlark(&format!("{}def (:\n", text(Language::Starlark))).is_err());
}
