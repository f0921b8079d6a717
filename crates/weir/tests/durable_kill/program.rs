//! Programs for an agent to send: parallel reads, timers and writes in some order, the same in every language.
//!
//! Each tells what it saw in the order it saw it, so that its result holds the order in which answers were delivered.

use std::fmt::Write;

use super::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    TypeScript,
    JavaScript,
    Python,
    Starlark,
}

impl Language {
    pub(crate) const ALL: [Self; 4] = [Self::TypeScript, Self::Python, Self::Starlark, Self::JavaScript];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TypeScript => "typescript",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Starlark => "starlark",
        }
    }
}

/// One call of the ledger, with an argument that no other call has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) tool: &'static str,
    pub(crate) id: String,
}

enum Step {
    One(Call),
    /// All at once, beside a timer.
    Together(Vec<Call>, u64),
    Sleep(u64),
}

pub(crate) struct Program {
    /// On its first line, and in every argument.
    pub(crate) tag: String,
    pub(crate) language: Language,
    pub(crate) code: String,
    /// Every call it makes, once each.
    pub(crate) calls: Vec<Call>,
}

impl Program {
    /// The `number`th of a course. `drops`: also what needs somebody's approval.
    pub(crate) fn random(number: u64, drops: bool, random: &mut Random) -> Self {
        let language = Language::ALL[(number % 4) as usize];
        let tag = format!("k{number:05}");
        let mut calls = Vec::new();
        let mut call = |tool| {
            let call = Call { tool, id: format!("{tag}-{}", calls.len()) };
            calls.push(call.clone());
            call
        };
        let mut steps = vec![Step::Together(vec![call("look"), call("look"), call("look")], 3)];
        for _ in 0..2 + random.below(3) {
            match random.below(5) {
                0 => steps.extend([call("add"), call("add"), call("add")].map(Step::One)),
                1 => steps
                    .push(Step::Together(vec![call("add"), call("look"), call("put"), call("add")], random.below(20))),
                2 => steps.extend([Step::Sleep(random.below(30)), Step::One(call("add"))]),
                3 => steps.extend([Step::One(call("look")), Step::One(call("put")), Step::One(call("add"))]),
                _ if drops => steps.push(Step::Together(vec![call("drop"), call("add"), call("look")], 1)),
                _ => steps.push(Step::One(call("add"))),
            }
        }
        let code = written(language, &tag, &steps);
        Self { tag, language, code, calls }
    }

    /// Calls that must not be carried out twice.
    pub(crate) fn writes(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.tool == "add" || call.tool == "drop")
    }
}

fn argument(tool: &str) -> &'static str {
    if tool == "look" { "key" } else { "id" }
}

fn written(language: Language, tag: &str, steps: &[Step]) -> String {
    let body: Vec<String> = steps.iter().map(|step| step_text(language, step)).collect();
    let body = body.join("\n");
    match language {
        Language::TypeScript => format!(
            "// {tag}\nconst seen: [string, number][] = []\n\
             const keep = (a: any) => {{ seen.push([a.id ?? a.key, a.receipt ?? a.nth]) }}\n{body}\nreturn seen"
        ),
        Language::JavaScript => format!(
            "// {tag}\nconst seen = []\nconst keep = a => {{ seen.push([a.id ?? a.key, a.receipt ?? a.nth]) }}\n{body}\nreturn seen"
        ),
        Language::Python => format!(
            "# {tag}\nimport asyncio\nseen = []\ndef keep(a): seen.append([a.get('id') or a['key'], a.get('receipt') or a['nth']])\n\
             async def kept(call): keep(await call)\n{body}\nseen"
        ),
        Language::Starlark => format!(
            "# {tag}\nseen = []\ndef keep(a): seen.append([a.get('id') or a['key'], a.get('receipt') or a['nth']])\n{body}\nresult = seen"
        ),
    }
}

fn step_text(language: Language, step: &Step) -> String {
    let script = matches!(language, Language::TypeScript | Language::JavaScript);
    match step {
        Step::Sleep(ms) if script => format!("await sleep({ms})"),
        Step::Sleep(ms) => format!("sleep({ms})"),
        Step::One(Call { tool, id }) if script => format!("keep(await ledger.{tool}({{{}: '{id}'}}))", argument(tool)),
        Step::One(Call { tool, id }) => format!("keep(ledger.{tool}({}='{id}'))", argument(tool)),
        Step::Together(calls, ms) => {
            let mut text = String::new();
            for Call { tool, id } in calls {
                let argument = argument(tool);
                let _ = match language {
                    Language::TypeScript | Language::JavaScript => {
                        write!(text, "ledger.{tool}({{{argument}: '{id}'}}).then(keep), ")
                    }
                    Language::Python => write!(text, "kept(ledger.{tool}.aio({argument}='{id}')), "),
                    Language::Starlark => write!(text, "lambda: keep(ledger.{tool}({argument}='{id}')), "),
                };
            }
            match language {
                Language::TypeScript | Language::JavaScript => format!("await Promise.all([{text}sleep({ms})])"),
                Language::Python => format!("await asyncio.gather({text}asyncio.sleep({}))", *ms as f64 / 1000.0),
                Language::Starlark => format!("parallel([{text}lambda: sleep({ms})])"),
            }
        }
    }
}
