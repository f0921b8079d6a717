//! The Python snippets of `cases/python`: what weir's Python gives must be what the host's CPython gives for the same text.

use std::{collections::BTreeMap, fs, process::Command, sync::Arc};

use futures_util::{StreamExt, future, stream};
use serde_json::Value;
use weir_bridge::RunRequest;
use weir_model::{Language, Policy};
use weir_sandbox::Pool;
use weir_testkit::{around, bridge, request};

use crate::{
    case::directory,
    expect::same,
    time::{PlayedClock, Watched},
    tool::{Played, catalog},
};

/// What the issue of the suite asks for; fewer means that snippets were lost.
const SNIPPETS_MIN: usize = 48;
const AT_ONCE: usize = 4;

/// Every snippet that gives something else than CPython, one line each.
pub(crate) async fn differences(pool: &Pool) -> Vec<String> {
    let expected = of_the_host();
    assert!(expected.len() >= SNIPPETS_MIN, "{} snippets were found in {}", expected.len(), directory().display());
    stream::iter(&expected)
        .map(|(name, expected)| async move {
            match value(pool, name).await {
                Ok(value) if same(&value, expected) => None,
                Ok(value) => Some(different(name, &value, expected)),
                Err(fault) => Some(format!("{name:<28} {fault}")),
            }
        })
        .buffered(AT_ONCE)
        .filter_map(future::ready)
        .collect()
        .await
}

/// The value of every snippet under `python3`, by name.
fn of_the_host() -> BTreeMap<String, Value> {
    let runner = directory().join("python/run.py");
    let output = Command::new("python3").arg("-I").arg(&runner).output().expect("python3 is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed under the host's python3 (3.11 or newer): {said}", runner.display());
    serde_json::from_slice(&output.stdout).expect("the runner prints one JSON object")
}

async fn value(pool: &Pool, name: &str) -> Result<Value, String> {
    let path = directory().join("python").join(name).with_extension("py");
    let source = fs::read_to_string(path).expect("the snippet can be read");
    let clock = Arc::new(PlayedClock::default());
    let sandbox = Arc::new(Watched { pool: pool.clone(), clock: Arc::clone(&clock) });
    let upstreams = Arc::new(Played::new(&[], Arc::clone(&clock)));
    let bridge = bridge(sandbox, upstreams, &Arc::default(), clock.clone());
    let around = around(catalog(&[]), Policy::default());
    let request = RunRequest { seed: 7, ..request(&format!("run_{name}"), Language::Python, &source, around) };
    let report = tokio::select! {
        report = bridge.run(request) => report,
        () = clock.pass() => unreachable!("time passes for ever"),
    };
    match (report.result, report.fault) {
        (Some(result), _) => Ok(serde_json::from_str(&result).expect("a result is JSON")),
        (None, fault) => Err(format!("{fault:?}")),
    }
}

/// The first field that differs, where the values are objects; else both.
fn different(name: &str, value: &Value, expected: &Value) -> String {
    if let (Some(value), Some(expected)) = (value.as_object(), expected.as_object()) {
        for (key, expected) in expected {
            match value.get(key) {
                Some(value) if same(value, expected) => {}
                Some(value) => return format!("{name:<28} {key}: {value} instead of {expected}"),
                None => return format!("{name:<28} {key} is missing"),
            }
        }
    }
    format!("{name:<28} {value} instead of {expected}")
}
