//! Which calls need a person, and which are never made. Decided for each call, never for a whole snippet.

use std::collections::BTreeMap;

use crate::{Effect, ToolId, UpstreamName};

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Allow,
    /// Somebody decides first.
    Ask,
    Deny,
}

impl Rule {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// The effects that are asked for where no rule names the tool or its upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AskFor {
    Never,
    /// Only tools that say so themselves.
    #[default]
    Destructive,
    /// Whatever is not declared a read.
    Writes,
    Always,
}

/// The operator's policy. The nearest rule holds: the tool's, then its upstream's, then by effect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    pub ask: AskFor,
    pub upstreams: BTreeMap<UpstreamName, Rule>,
    pub tools: BTreeMap<ToolId, Rule>,
}

impl Policy {
    pub fn rule(&self, tool: &ToolId, effect: Effect) -> Rule {
        if let Some(rule) = self.tools.get(tool).or_else(|| self.upstreams.get(&tool.upstream)) {
            return *rule;
        }
        let asked = match self.ask {
            AskFor::Never => false,
            AskFor::Destructive => effect == Effect::Destructive,
            AskFor::Writes => effect != Effect::Read,
            AskFor::Always => true,
        };
        if asked { Rule::Ask } else { Rule::Allow }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn tool(upstream: &str, name: &str) -> ToolId {
        ToolId { upstream: UpstreamName::new(upstream).expect("a name"), name: Arc::from(name) }
    }

    #[test]
    fn the_nearest_rule_holds() {
        let mut policy = Policy { ask: AskFor::Writes, ..Policy::default() };
        policy.upstreams.insert(UpstreamName::new("mail").expect("a name"), Rule::Deny);
        policy.tools.insert(tool("mail", "send"), Rule::Allow);
        for (upstream, name, effect, expected) in [
            ("mail", "send", Effect::Destructive, Rule::Allow),
            ("mail", "Send", Effect::Read, Rule::Deny),
            ("hub", "list", Effect::Read, Rule::Allow),
            ("hub", "close", Effect::Write, Rule::Ask),
        ] {
            assert_eq!(policy.rule(&tool(upstream, name), effect), expected, "{upstream}/{name}");
        }
    }

    #[test]
    fn effects_that_are_asked_for() {
        let rows = [
            (AskFor::Never, [false, false, false]),
            (AskFor::Destructive, [false, false, true]),
            (AskFor::Writes, [false, true, true]),
            (AskFor::Always, [true, true, true]),
        ];
        for (ask, expected) in rows {
            let policy = Policy { ask, ..Policy::default() };
            let asked = [Effect::Read, Effect::Write, Effect::Destructive]
                .map(|effect| policy.rule(&tool("a", "b"), effect) == Rule::Ask);
            assert_eq!(asked, expected, "{ask:?}");
        }
    }
}
