//! A host that records what a run asks and answers from a script; `check` runs a snippet and shows how it ended.

use std::{cell::RefCell, fmt::Write as _, rc::Rc, sync::Arc};

use serde_json::json;

use super::super::{Ask, Ended, Failure, Host, Run, Step, Turn, prepare};
use crate::{answers::Delivery, frame::Level, source::Bindings};

#[derive(Default)]
pub(super) struct Script {
    pub(super) asks: Vec<Ask>,
    pub(super) logs: Vec<String>,
    /// Turns the run gets before it is over.
    pub(super) turns: u32,
    pub(super) turns_taken: u32,
    pub(super) answered: usize,
}

pub(super) struct Scripted(pub(super) Rc<RefCell<Script>>);

impl Host for Scripted {
    fn ask(&mut self, ask: Ask) {
        self.0.borrow_mut().asks.push(ask);
    }

    fn log(&mut self, level: Level, text: String) {
        self.0.borrow_mut().logs.push(format!("{level:?}: {text}"));
    }

    fn turn(&mut self) -> Turn {
        let mut script = self.0.borrow_mut();
        script.turns_taken += 1;
        if script.turns_taken > script.turns {
            Turn::Over
        } else if script.turns_taken.is_multiple_of(2) {
            Turn::Yield
        } else {
            Turn::GoOn
        }
    }
}

pub(super) fn delivery(op: u32, outcome: Result<String, String>) -> Delivery {
    Delivery { op, now_ms: 0, outcome }
}

pub(super) fn bindings() -> Arc<Bindings> {
    let pairs = |names: &[&str]| names.iter().map(|name| (name.replace('-', "_"), (*name).to_owned())).collect();
    Arc::new(Bindings::new(vec![
        ("github".to_owned(), "github".to_owned(), pairs(&["list_issues", "get_issue", "create-issue"])),
        ("my_server".to_owned(), "my-server".to_owned(), pairs(&["raw.name", "echo"])),
    ]))
}

/// What a host answers: the newest unanswered ask first when `backwards`.
pub(super) struct Way {
    pub(super) backwards: bool,
    pub(super) memory_bytes: u64,
    pub(super) turns: u32,
}

impl Default for Way {
    fn default() -> Self {
        Self { backwards: false, memory_bytes: 64 * 1024 * 1024, turns: 10_000 }
    }
}

/// `echo` gives its arguments back, `get_issue` fails for numbers from 400, everything else answers with a text naming the call.
pub(super) fn answer(ask: &Ask) -> Result<String, String> {
    let arguments: serde_json::Value = serde_json::from_str(&ask.arguments).expect("arguments are JSON");
    let number = arguments["number"].as_u64().unwrap_or_default();
    match (ask.namespace.as_str(), ask.member.as_str()) {
        ("", "sleep") => Ok("null".to_owned()),
        ("", "page") => Ok(page(&arguments["arguments"])),
        (_, "echo") => Ok(ask.arguments.clone()),
        (_, "get_issue") if number >= 400 => Err(format!(
            r#"{{"kind":"upstream_error","message":"no issue {number}","tool":"github.get_issue","status":{number},"retryable":false}}"#
        )),
        (_, "get_issue") => Ok(format!(r#"{{"number":{number},"title":"issue {number}"}}"#)),
        _ => Ok(serde_json::Value::from(format!("{}.{}({})", ask.namespace, ask.member, ask.arguments)).to_string()),
    }
}

/// The page `at`: those below 10 go round in their five, the others never end.
fn page(arguments: &serde_json::Value) -> String {
    let at = arguments["at"].as_u64().unwrap_or_default();
    let next = match at {
        7 | 8 => at + 1,
        9 => return json!({ "value": at, "asked": json!({ "at": at }).to_string(), "next": null }).to_string(),
        0..=9 => (at + 1) % 5,
        _ => at + 1,
    };
    let (asked, next) = (json!({ "at": at }).to_string(), json!({ "at": next }).to_string());
    json!({ "value": at, "asked": asked, "next": next }).to_string()
}

pub(super) fn run(source: &str, way: &Way) -> (String, Rc<RefCell<Script>>) {
    super::super::warm_up();
    let script = Rc::new(RefCell::new(Script { turns: way.turns, ..Script::default() }));
    let program = match prepare(source, &bindings()) {
        Ok(program) => program,
        Err(fault) => return (shown(Err(Failure::Fault(fault)), None), script),
    };
    let host = Box::new(Scripted(Rc::clone(&script)));
    let mut run = Run::new(program, bindings(), way.memory_bytes, host).expect("there is memory for a stack");
    let mut waiting: Vec<Ask> = Vec::new();
    loop {
        let step = run.step();
        waiting.extend(script.borrow().asks.iter().skip(answered(&script, &waiting)).cloned());
        match step {
            Step::Again => {}
            Step::Idle => {
                assert!(!waiting.is_empty(), "the run waits for nothing");
                let ask = if way.backwards { waiting.pop().expect("one waits") } else { waiting.remove(0) };
                script.borrow_mut().answered += 1;
                run.deliver(delivery(ask.op, answer(&ask)));
            }
            Step::Ended(ended) => {
                let Ended { result, failed_op } = *ended;
                return (shown(result, failed_op), script);
            }
        }
    }
}

fn answered(script: &Rc<RefCell<Script>>, waiting: &[Ask]) -> usize {
    script.borrow().answered + waiting.len()
}

fn shown(result: Result<String, Failure>, failed_op: Option<u32>) -> String {
    let fault = match result {
        Ok(json) => return json,
        Err(Failure::Cpu) => return "! cpu".to_owned(),
        Err(Failure::Memory) => return "! memory".to_owned(),
        Err(Failure::Fault(fault)) => fault,
    };
    let mut out = format!("! {}", fault.kind.as_str());
    if let Some(at) = fault.position {
        let _written = write!(out, " {}:{}", at.line, at.column);
    }
    let _written = write!(out, ": {}", fault.message);
    if let Some(line) = &fault.source_line {
        let _written = write!(out, "\n> {line}");
    }
    if let Some(hint) = &fault.hint {
        let _written = write!(out, "\n? {hint}");
    }
    if let Some(op) = failed_op {
        let _written = write!(out, "\n# operation {op}");
    }
    out
}

/// Runs a snippet and compares how it ended.
#[track_caller]
pub(super) fn check(source: &str, expected: &str) {
    let (shown, _) = run(source, &Way::default());
    assert_eq!(shown, expected, "for {source}");
}

/// What a snippet logged.
pub(super) fn logs(source: &str) -> Vec<String> {
    let (_, script) = run(source, &Way::default());
    script.take().logs
}

/// What a snippet asked for, in order.
pub(super) fn asks(source: &str) -> Vec<String> {
    let (_, script) = run(source, &Way::default());
    let asks = script.take().asks;
    asks.iter().map(|ask| format!("{}: {}.{}({})", ask.line, ask.namespace, ask.member, ask.arguments)).collect()
}
