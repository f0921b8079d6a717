//! The arguments of the three tools, taken strictly. What does not fit is a sentence the model can repair its call from.
//! Never a guess at what was meant: an unknown field is an error, not ignored.

use std::time::Duration;

use rmcp::model::JsonObject;
use serde_json::Value;
use weir_bridge::port::Resumes;
use weir_model::{
    Language, RunId,
    limits::{SCHEMA_TOOLS_MAX, SEARCH_HITS_MAX, SEARCH_QUERIES_MAX},
};

use crate::{answer::escape, gateway::Program};

const SEARCH_HITS: usize = 5;

/// The longest a request may ask to wait for a run; it waits on with another one.
const WAIT_MS_MAX: usize = 24 * 60 * 60 * 1000;

/// What is longer is the name of no run, and is not looked up as one.
const RUN_ID_BYTES_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) queries: Vec<String>,
    pub(super) limit: usize,
    pub(super) language: Language,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) tools: Vec<String>,
    pub(super) language: Language,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Execute {
    pub(super) asked: Asked,
    /// Answer after this time, whether the run is over or not.
    pub(super) wait: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    New { code: String, language: Language, plan: bool, resumes: Option<Resumes> },
    GoOn(RunId),
}

impl Asked {
    pub(super) fn program(&self) -> Program {
        match self {
            Self::New { code, language, plan, resumes } => {
                Program::New { code: code.as_str().into(), language: *language, plan: *plan, resumes: resumes.clone() }
            }
            Self::GoOn(run) => Program::GoOn(run.clone()),
        }
    }
}

/// The call does not fit the tool; nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{tool}: {problem}")]
pub(super) struct ArgumentsInvalid {
    tool: &'static str,
    problem: String,
}

pub(super) fn search(arguments: Option<JsonObject>, default: Language) -> Result<Search, ArgumentsInvalid> {
    let mut fields = Fields::of("search", &["query", "queries", "limit", "language"], arguments)?;
    let language = fields.language(default)?;
    let mut queries = fields.texts("query")?;
    queries.extend(fields.texts("queries")?);
    let limit = fields.number("limit", 1, SEARCH_HITS_MAX)?.unwrap_or(SEARCH_HITS);
    queries.retain(|query| !query.trim().is_empty());
    match queries.len() {
        0 => Err(fields.invalid(
            "say in `query` what the tool should do, for example \"list open issues\"; several go into `queries`",
        )),
        n if n > SEARCH_QUERIES_MAX => {
            Err(fields.invalid(format!("{n} queries are too many for one call; send {SEARCH_QUERIES_MAX} at most")))
        }
        _ => Ok(Search { queries, limit, language }),
    }
}

pub(super) fn schema(arguments: Option<JsonObject>, default: Language) -> Result<Schema, ArgumentsInvalid> {
    let mut fields = Fields::of("get_schema", &["tools", "language"], arguments)?;
    let tools = fields.texts("tools")?;
    let language = fields.language(default)?;
    match tools.len() {
        0 => {
            Err(fields.invalid("name the tools in `tools` as search shows them, for example [\"github.list_issues\"]"))
        }
        n if n > SCHEMA_TOOLS_MAX => {
            Err(fields.invalid(format!("{n} tools are too many for one call; send {SCHEMA_TOOLS_MAX} at most")))
        }
        _ => Ok(Schema { tools, language }),
    }
}

pub(super) fn execute(arguments: Option<JsonObject>, default: Language) -> Result<Execute, ArgumentsInvalid> {
    let known = &["code", "language", "resume", "fresh", "plan", "wait_ms"];
    let mut fields = Fields::of("execute", known, arguments)?;
    let language = fields.language(default)?;
    let run = fields.run()?;
    let (fresh, plan) = (fields.claim("fresh")?, fields.claim("plan")?);
    let wait = fields.number("wait_ms", 0, WAIT_MS_MAX)?.map(|ms| Duration::from_millis(ms as u64));
    let code = fields.code()?;
    if fresh && (code.is_none() || run.is_none()) {
        return Err(fields.invalid(
            "`fresh` goes with `code` and `resume` together: the program takes over what that run did, but asks reads again",
        ));
    }
    let asked = match (code, run) {
        (Some(code), None) => Asked::New { code, language, plan, resumes: None },
        (Some(code), Some(run)) => Asked::New { code, language, plan, resumes: Some(Resumes { run, fresh }) },
        (None, Some(_)) if plan => {
            return Err(fields.invalid(
                "`plan` is said when a run begins: leave it out to go on with one, or send `code` with it for a new one",
            ));
        }
        // A language beside is what several clients fill in by themselves; the run keeps its own.
        (None, Some(run)) => Asked::GoOn(run),
        (None, None) => {
            return Err(fields.invalid(
                "`code` is missing; send a program, for example {\"code\": \"return 1 + 1\"}, or go on with a run by its id: \
                 {\"resume\": \"run_...\"}",
            ));
        }
    };
    Ok(Execute { asked, wait })
}

/// A call's fields, each taken once.
struct Fields {
    tool: &'static str,
    object: JsonObject,
}

impl Fields {
    fn of(tool: &'static str, known: &[&str], arguments: Option<JsonObject>) -> Result<Self, ArgumentsInvalid> {
        let fields = Self { tool, object: arguments.unwrap_or_default() };
        match fields.object.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => {
                let nearest = known.iter().find(|name| strsim::osa_distance(name, key) <= 2);
                let meant = nearest.map_or(String::new(), |name| format!(" (did you mean `{name}`?)"));
                let key = escape::line(key, 40);
                Err(fields.invalid(format!("there is no `{key}`{meant}; it takes {}", known.join(", "))))
            }
            None => Ok(fields),
        }
    }

    fn invalid(&self, problem: impl Into<String>) -> ArgumentsInvalid {
        ArgumentsInvalid { tool: self.tool, problem: problem.into() }
    }

    /// `null` counts as absent: several clients send every optional field.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    /// One string, or an array of strings.
    fn texts(&mut self, name: &str) -> Result<Vec<String>, ArgumentsInvalid> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text]),
            Some(Value::Array(items)) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Ok(text),
                    other => Err(self.invalid(format!("`{name}` must hold strings, but it holds {}", kind(&other)))),
                })
                .collect(),
            Some(other) => {
                Err(self
                    .invalid(format!("`{name}` must be a string or an array of strings, but it is {}", kind(&other))))
            }
        }
    }

    fn number(&mut self, name: &str, min: usize, max: usize) -> Result<Option<usize>, ArgumentsInvalid> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.as_u64().and_then(|n| usize::try_from(n).ok()) {
            Some(n) if (min..=max).contains(&n) => Ok(Some(n)),
            _ => {
                let is = kind(&value);
                Err(self.invalid(format!("`{name}` must be a whole number from {min} to {max}, but it is {is}")))
            }
        }
    }

    /// `true`, or not said.
    fn claim(&mut self, name: &str) -> Result<bool, ArgumentsInvalid> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(claim)) => Ok(claim),
            Some(other) => Err(self.invalid(format!("`{name}` must be true or false, but it is {}", kind(&other)))),
        }
    }

    fn code(&mut self) -> Result<Option<String>, ArgumentsInvalid> {
        match self.take("code") {
            None => Ok(None),
            Some(Value::String(code)) if !code.trim().is_empty() => Ok(Some(code)),
            Some(Value::String(_)) => Err(self.invalid(
                "`code` is empty; send a program, for example \"return 1 + 1\", or leave it out to go on with a run",
            )),
            Some(other) => {
                Err(self.invalid(format!("`code` must be one string, the program's text, but it is {}", kind(&other))))
            }
        }
    }

    /// What cannot be the name of a run is cut to something that is none: it gets the same answer as any unknown run.
    fn run(&mut self) -> Result<Option<RunId>, ArgumentsInvalid> {
        match self.take("resume") {
            None => Ok(None),
            Some(Value::String(id)) => {
                let id = id.trim();
                if id.is_empty() {
                    return Err(self.invalid("`resume` is empty; name a run by its id, or leave it out for a new run"));
                }
                let end = id.floor_char_boundary(RUN_ID_BYTES_MAX);
                Ok(Some(RunId::new(&id[..end])))
            }
            Some(other) => Err(self.invalid(format!(
                "`resume` must be a run's id as an answer names it, like \"run_...\", but it is {}",
                kind(&other)
            ))),
        }
    }

    fn language(&mut self, default: Language) -> Result<Language, ArgumentsInvalid> {
        match self.take("language") {
            None => Ok(default),
            Some(Value::String(name)) => name.parse().map_err(|unknown| self.invalid(format!("{unknown}"))),
            Some(other) => {
                let offered: Vec<_> = Language::ALL.iter().map(|language| language.as_str()).collect();
                Err(self.invalid(format!(
                    "`language` must be one of {}, but it is {}",
                    offered.join(", "),
                    kind(&other)
                )))
            }
        }
    }
}

/// What a value is, for a sentence: the type, and the value itself where it is short.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("the string \"{}\"", escape::line(text, 40)),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Option<JsonObject> {
        value.as_object().cloned()
    }

    #[test]
    fn what_fits() {
        let search_rows = [
            (json!({"query": "a"}), vec!["a"], 5),
            (json!({"query": ["a", "b"]}), vec!["a", "b"], 5),
            (json!({"query": "a", "queries": ["b", " "], "limit": 3}), vec!["a", "b"], 3),
            (json!({"queries": "a", "query": null, "limit": null}), vec!["a"], 5),
        ];
        for (arguments, queries, limit) in search_rows {
            let queries = queries.into_iter().map(str::to_owned).collect();
            assert_eq!(
                search(object(arguments), Language::TypeScript),
                Ok(Search { queries, limit, language: Language::TypeScript })
            );
        }
        let expected = Schema { tools: vec!["a.b".into()], language: Language::JavaScript };
        assert_eq!(schema(object(json!({"tools": "a.b", "language": "js"})), Language::TypeScript), Ok(expected));
    }

    #[test]
    fn what_execute_is_asked_for() {
        let run = || RunId::new("run_1");
        let new = |plan, resumes| Asked::New { code: "1".into(), language: Language::TypeScript, plan, resumes };
        let resumes = |fresh| Some(Resumes { run: run(), fresh });
        let javascript = Asked::New { code: "1".into(), language: Language::JavaScript, plan: false, resumes: None };
        let rows = [
            (json!({"code": "1", "language": "TypeScript"}), new(false, None), None),
            (json!({"code": "1", "language": "js", "resume": null, "fresh": false}), javascript, None),
            (json!({"code": "1", "plan": true, "wait_ms": 0}), new(true, None), Some(0)),
            (json!({"code": "1", "resume": " run_1 "}), new(false, resumes(false)), None),
            (json!({"code": "1", "resume": "run_1", "fresh": true}), new(false, resumes(true)), None),
            (json!({"resume": "run_1", "language": "python", "wait_ms": 5_000}), Asked::GoOn(run()), Some(5_000)),
            (json!({"resume": "r".repeat(1 << 20)}), Asked::GoOn(RunId::new("r".repeat(64))), None),
        ];
        for (arguments, asked, wait) in rows {
            let expected = Execute { asked, wait: wait.map(Duration::from_millis) };
            assert_eq!(execute(object(arguments), Language::TypeScript), Ok(expected));
        }
    }

    #[test]
    fn what_does_not_fit_is_told_repairably() {
        let said: Vec<String> = [
            search(None, Language::TypeScript).map(|_| ()),
            search(object(json!({"queries": [1]})), Language::TypeScript).map(|_| ()),
            search(object(json!({"query": {}})), Language::TypeScript).map(|_| ()),
            search(object(json!({"query": "a", "limit": 0})), Language::TypeScript).map(|_| ()),
            search(object(json!({"query": "a", "limit": "many"})), Language::TypeScript).map(|_| ()),
            search(object(json!({"queries": vec!["a"; 11]})), Language::TypeScript).map(|_| ()),
            search(object(json!({"querys": "a"})), Language::TypeScript).map(|_| ()),
            schema(object(json!({})), Language::TypeScript).map(|_| ()),
            schema(object(json!({"tools": [["a"]]})), Language::TypeScript).map(|_| ()),
            execute(None, Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": " \n"})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": ["a", "b"]})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": "1", "language": "ruby"})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": "1", "language": 3})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": "1", "timeout\u{1b}[2J": 3})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": "1", "fresh": true})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"resume": "run_1", "fresh": true})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"resume": "run_1", "plan": true})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"resume": ["run_1"]})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": "1", "resume": " "})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": "1", "plan": "yes"})), Language::TypeScript).map(|_| ()),
            execute(object(json!({"code": "1", "wait_ms": -1})), Language::TypeScript).map(|_| ()),
        ]
        .into_iter()
        .map(|result| result.expect_err("does not fit").to_string())
        .collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        search: say in `query` what the tool should do, for example "list open issues"; several go into `queries`
        search: `queries` must hold strings, but it holds 1
        search: `query` must be a string or an array of strings, but it is an object
        search: `limit` must be a whole number from 1 to 20, but it is 0
        search: `limit` must be a whole number from 1 to 20, but it is the string "many"
        search: 11 queries are too many for one call; send 10 at most
        search: there is no `querys` (did you mean `query`?); it takes query, queries, limit, language
        get_schema: name the tools in `tools` as search shows them, for example ["github.list_issues"]
        get_schema: `tools` must hold strings, but it holds an array of 1
        execute: `code` is missing; send a program, for example {"code": "return 1 + 1"}, or go on with a run by its id: {"resume": "run_..."}
        execute: `code` is empty; send a program, for example "return 1 + 1", or leave it out to go on with a run
        execute: `code` must be one string, the program's text, but it is an array of 2
        execute: "ruby" is no language weir runs; it runs typescript, javascript, python and starlark
        execute: `language` must be one of typescript, javascript, python, starlark, but it is 3
        execute: there is no `timeout\u{1b}[2J`; it takes code, language, resume, fresh, plan, wait_ms
        execute: `fresh` goes with `code` and `resume` together: the program takes over what that run did, but asks reads again
        execute: `fresh` goes with `code` and `resume` together: the program takes over what that run did, but asks reads again
        execute: `plan` is said when a run begins: leave it out to go on with one, or send `code` with it for a new one
        execute: `resume` must be a run's id as an answer names it, like "run_...", but it is an array of 1
        execute: `resume` is empty; name a run by its id, or leave it out for a new run
        execute: `plan` must be true or false, but it is the string "yes"
        execute: `wait_ms` must be a whole number from 0 to 86400000, but it is -1
        "#);
    }
}
