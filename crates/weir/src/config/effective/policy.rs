//! Judges `[policy]`: words understood, names looked up among the upstreams, and what client files say of asking taken in.
//!
//! A name that fits no upstream is an error: a rule that is never met protects nothing.

use std::collections::BTreeMap;

use weir_catalog::Effects;
use weir_model::{AskFor, Effect, Policy, Rule, ToolId, UpstreamName};

use super::Effective;
use crate::config::{
    problem::{Findings, Problem, nearest, suggestion},
    raw::{ClientRules, RawPolicy, RawUpstream, RawWord},
    source::{Located, Place},
};

const ASK: [(&str, AskFor); 4] = [
    ("never", AskFor::Never),
    ("destructive", AskFor::Destructive),
    ("writes", AskFor::Writes),
    ("always", AskFor::Always),
];
const RULES: [(&str, Rule); 3] = [("allow", Rule::Allow), ("ask", Rule::Ask), ("deny", Rule::Deny)];
const EFFECTS: [(&str, Effect); 3] =
    [("read", Effect::Read), ("write", Effect::Write), ("destructive", Effect::Destructive)];

/// Names of a client file's list that a note shows.
const NOTED_MAX: usize = 10;

pub(super) fn judge(
    raw: &RawPolicy,
    upstreams: &[RawUpstream],
    effective: &mut Effective,
    notes: &mut Vec<String>,
    findings: &mut Findings,
) {
    // Those that are switched off, too: a rule may wait for one.
    let known = upstreams.iter().filter_map(|raw| UpstreamName::new(&raw.name.value).ok()).collect();
    let mut judge = Judge { known, findings };
    let ask = raw.ask.as_ref().and_then(|ask| judge.word(ask, "ask", &ASK));
    let mut policy = Policy { ask: ask.unwrap_or_default(), ..Policy::default() };
    policy.upstreams = judge.table(&raw.upstreams, &RULES, Judge::upstream);
    policy.tools = judge.table(&raw.tools, &RULES, Judge::tool);
    let effects: Effects = judge.table(&raw.effects, &EFFECTS, Judge::tool);
    let written = policy.clone();
    for upstream in upstreams.iter().filter(|raw| raw.enabled.as_ref().is_none_or(|enabled| enabled.value)) {
        if let Ok(name) = UpstreamName::new(&upstream.name.value) {
            notes.extend(import(&name, &upstream.client_rules, &written, &mut policy));
        }
    }
    effective.policy = policy;
    effective.effects = effects.into();
}

struct Judge<'a> {
    known: Vec<UpstreamName>,
    findings: &'a mut Findings,
}

impl Judge<'_> {
    fn word<T: Copy>(&mut self, written: &Located<String>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == written.value).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let problem = Problem::new(format!("`{key}` is \"{}\"", written.value)).at(&written.place);
            self.findings.error(problem.hint_maybe(suggestion(&written.value, &known)));
        }
        found
    }

    fn table<K: Ord, T: Copy>(
        &mut self,
        raw: &[RawWord],
        words: &[(&str, T)],
        name: fn(&Self, &RawWord) -> Result<K, Problem>,
    ) -> BTreeMap<K, T> {
        let mut said: BTreeMap<K, (T, &Place)> = BTreeMap::new();
        for raw in raw {
            let value = self.word(&raw.word, &raw.name.value, words);
            let key = match name(self, raw) {
                Ok(key) => key,
                Err(problem) => {
                    self.findings.error(problem.at(&raw.name.place));
                    continue;
                }
            };
            let Some(value) = value else { continue };
            let place = &raw.name.place;
            match said.get(&key) {
                // `--set` may say it again, and then wins.
                Some((_, before)) if std::sync::Arc::ptr_eq(&before.source, &place.source) => {
                    let problem = Problem::new(format!("`{}` is spoken of here a second time", raw.name.value));
                    self.findings.error(problem.at(place).hint("`NAME.tool` and `NAME/tool` are the same tool"));
                }
                _ => {
                    said.insert(key, (value, place));
                }
            }
        }
        said.into_iter().map(|(key, (value, _))| (key, value)).collect()
    }

    fn find(&self, name: &str) -> Option<&UpstreamName> {
        self.known.iter().find(|known| known.as_str() == name)
    }

    fn upstream(&self, raw: &RawWord) -> Result<UpstreamName, Problem> {
        let name = &raw.name.value;
        self.find(name).cloned().ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Problem {
        let names: Vec<&str> = self.known.iter().map(UpstreamName::as_str).collect();
        Problem::new(format!("no upstream is called `{name}`")).hint_maybe(suggestion(name, &names))
    }

    /// `NAME/tool` is exact. `NAME.tool` is cut at the dot before which an upstream's name stands.
    fn tool(&self, raw: &RawWord) -> Result<ToolId, Problem> {
        let text = &raw.name.value;
        let at = |at: usize| {
            let (upstream, tool) = (self.find(&text[..at])?, &text[at + 1..]);
            (!tool.is_empty()).then(|| ToolId { upstream: upstream.clone(), name: tool.into() })
        };
        if let Some(exact) = text.find('/').filter(|_| !raw.nested).and_then(at) {
            return Ok(exact);
        }
        let mut fitting = text.match_indices('.').filter_map(|(dot, _)| at(dot));
        match (fitting.next(), fitting.next()) {
            (Some(tool), None) => Ok(tool),
            (Some(one), Some(other)) => Err(Problem::new(format!("`{text}` fits two upstreams"))
                .hint(format!("write \"{one}\" or \"{other}\", in quotes"))),
            (None, _) => Err(self.of_no_upstream(text)),
        }
    }

    fn of_no_upstream(&self, text: &str) -> Problem {
        let Some(end) = text.find(['.', '/']) else {
            return Problem::new(format!("`{text}` does not say whose tool it is")).hint(
                "write \"NAME.tool\" with the name of its upstream; for all of its tools [policy.upstreams] has NAME",
            );
        };
        if self.find(&text[..end]).is_some() {
            return Problem::new(format!("`{text}` names no tool")).hint("write \"NAME.tool\"");
        }
        let (upstream, tool) = text.split_at(end);
        let near = nearest(upstream, self.known.iter().map(UpstreamName::as_str));
        self.unknown(upstream).hint_maybe(near.map(|near| format!("did you mean `{near}{tool}`?")))
    }
}

/// What the configuration itself says of an upstream or a tool wins over its client's file, and so does `always`.
fn import(upstream: &UpstreamName, rules: &ClientRules, written: &Policy, policy: &mut Policy) -> Option<String> {
    if written.upstreams.contains_key(upstream) {
        return None;
    }
    let holds = |rule: Rule| rule != Rule::Allow || written.ask != AskFor::Always;
    if let Some(rule) = rules.whole.filter(|rule| holds(*rule)) {
        policy.upstreams.insert(upstream.clone(), rule);
    }
    let (mut allowed, mut asked) = (Vec::new(), Vec::new());
    for (tool, rule) in rules.tools.iter().filter(|(_, rule)| holds(*rule)) {
        let id = ToolId { upstream: upstream.clone(), name: tool.as_str().into() };
        if written.tools.contains_key(&id) {
            continue;
        }
        if *rule == Rule::Allow { &mut allowed } else { &mut asked }.push(tool.as_str());
        policy.tools.insert(id, *rule);
    }
    let what = match policy.upstreams.get(upstream) {
        Some(Rule::Allow) if asked.is_empty() => "all of its tools".to_owned(),
        Some(Rule::Allow) => format!("all of its tools but {}", listed(&asked)),
        _ if allowed.is_empty() => return None,
        _ => listed(&allowed),
    };
    Some(format!("`{upstream}`: its client's file allows without asking: {what}"))
}

/// Names of a client's file, which may be any text.
fn listed(names: &[&str]) -> String {
    let shown: Vec<_> = names.iter().take(NOTED_MAX).map(|name| name.escape_debug().to_string()).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
