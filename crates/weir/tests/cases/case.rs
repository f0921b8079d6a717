//! What a case says: `case.json` read into types, the snippets beside it. An unknown field is an error, never ignored.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Map, Value};
use weir_model::{Limits, PrincipalId, limits::MIB};

use crate::{expect::Expect, tool::ToolSpec};

pub(crate) struct Case {
    pub(crate) name: String,
    directory: PathBuf,
    spec: Spec,
    /// Language → why it cannot do this case.
    pub(crate) not: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    /// What the model was asked for.
    task: String,
    #[serde(default)]
    tools: Vec<ToolSpec>,
    #[serde(default)]
    limits: LimitsSpec,
    /// Values behind handles: the name the snippets write, and the value.
    #[serde(default)]
    stored: BTreeMap<String, Value>,
    /// May cost its worker its life: no other case shares it.
    #[serde(default)]
    alone: bool,
    expect: Value,
    /// Language → what differs there.
    #[serde(default)]
    expect_in: BTreeMap<String, Value>,
    #[serde(default)]
    not: BTreeMap<String, String>,
}

/// What differs from `Limits::default()`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsSpec {
    cpu_ms: Option<u64>,
    wall_ms: Option<u64>,
    memory_mib: Option<u64>,
    calls: Option<u32>,
    calls_in_flight: Option<u32>,
    log_bytes: Option<u64>,
    result_tokens: Option<u32>,
    source_bytes: Option<u64>,
    call_deadline_ms: Option<u64>,
}

pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases").canonicalize().expect("the cases are there")
}

/// Every case, in the order of their numbers.
pub(crate) fn all() -> Vec<Case> {
    let entries = fs::read_dir(directory()).expect("the cases can be listed");
    let mut directories: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    directories.retain(|path| path.join("case.json").exists());
    directories.sort();
    directories.into_iter().map(Case::read).collect()
}

impl Case {
    fn read(directory: PathBuf) -> Self {
        let name = directory.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let text = fs::read_to_string(directory.join("case.json")).expect("case.json can be read");
        let spec: Spec = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}/case.json: {error}"));
        assert!(!spec.task.is_empty(), "{name} has no task");
        let mut case = Self { name, directory, not: spec.not.clone(), spec };
        case.not.retain(|_, reason| !reason.is_empty());
        case
    }

    /// The source as it stands in the file, handles still under the names of the case.
    pub(crate) fn snippet(&self, language: &str) -> Option<String> {
        let extension = match language {
            "typescript" => "ts",
            "python" => "py",
            "starlark" => "star",
            _ => return None,
        };
        fs::read_to_string(self.directory.join("snippet").with_extension(extension)).ok()
    }

    pub(crate) fn tools(&self) -> &[ToolSpec] {
        &self.spec.tools
    }

    pub(crate) fn stored(&self) -> &BTreeMap<String, Value> {
        &self.spec.stored
    }

    /// Who asks: a worker serves one principal at a time.
    pub(crate) fn principal(&self) -> PrincipalId {
        PrincipalId::new(if self.spec.alone { self.name.as_str() } else { "local" })
    }

    pub(crate) fn limits(&self) -> Limits {
        let (given, usual) = (&self.spec.limits, Limits::default());
        let time = |ms: Option<u64>, usual| ms.map_or(usual, Duration::from_millis);
        Limits {
            wall: time(given.wall_ms, usual.wall),
            cpu: time(given.cpu_ms, usual.cpu),
            memory_bytes: given.memory_mib.map_or(usual.memory_bytes, |mib| mib * MIB),
            source_bytes: given.source_bytes.unwrap_or(usual.source_bytes),
            calls: given.calls.unwrap_or(usual.calls),
            calls_in_flight: given.calls_in_flight.unwrap_or(usual.calls_in_flight),
            log_bytes: given.log_bytes.unwrap_or(usual.log_bytes),
            result_tokens: given.result_tokens.unwrap_or(usual.result_tokens),
            call_deadline: time(given.call_deadline_ms, usual.call_deadline),
        }
    }

    /// What the run must leave in this language.
    pub(crate) fn expect(&self, language: &str) -> Expect {
        let mut expect = self.spec.expect.clone();
        if let Some(differs) = self.spec.expect_in.get(language) {
            overlay(&mut expect, differs);
        }
        Expect::deserialize(expect).unwrap_or_else(|error| panic!("{}: expect: {error}", self.name))
    }
}

/// Objects field by field, everything else whole.
fn overlay(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => overlay_fields(base, over),
        (base, over) => *base = over.clone(),
    }
}

fn overlay_fields(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match base.get_mut(key) {
            Some(known) => overlay(known, value),
            None => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}
