//! One tool of the catalog: as its upstream describes it, plus the names and verdicts weir gives it.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use weir_model::{Effect, Language, Tool};

use crate::{
    schema, signature,
    validate::{Checker, Problem},
};

/// Cheap to share. The compiled input schema is made on the first call and kept.
#[derive(Debug)]
pub struct Entry {
    tool: Tool,
    effect: Effect,
    path: Box<str>,
    /// Bytes of `path` before the dot.
    namespace_len: usize,
    quarantined: Option<Box<str>>,
    checker: OnceLock<Checker>,
}

impl Entry {
    pub(crate) fn new(tool: Tool, effect: Effect, namespace: &str, member: &str) -> Self {
        let quarantined = schema::audit(&tool.input_schema).err().map(|reason| reason.to_string().into());
        Self {
            tool,
            effect,
            path: format!("{namespace}.{member}").into(),
            namespace_len: namespace.len(),
            quarantined,
            checker: OnceLock::new(),
        }
    }

    pub fn tool(&self) -> &Tool {
        &self.tool
    }

    /// What a snippet writes: `github.list_issues`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The upstream's identifier.
    pub fn namespace(&self) -> &str {
        &self.path[..self.namespace_len]
    }

    /// The tool's identifier within its upstream.
    pub fn member(&self) -> &str {
        &self.path[self.namespace_len + 1..]
    }

    /// What the operator says of it, else what the tool says of itself.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether weir itself may send a call twice: reads, and what declares itself idempotent. An upstream whose word on
    /// the effect was too mild for the operator is not believed in this either.
    pub fn repeatable(&self) -> bool {
        let believed = self.effect <= self.tool.effect();
        self.effect == Effect::Read || (believed && self.tool.annotations.idempotent == Some(true))
    }

    /// One compact line: path, parameters, result, first sentence of the description, effect when not read.
    pub fn signature(&self, language: Language) -> String {
        signature::line(self, language)
    }

    /// Why this tool cannot be called, if so: its schema is unusable or too costly to check.
    pub fn quarantined(&self) -> Option<&str> {
        self.quarantined.as_deref()
    }

    /// Checks a call's arguments against the input schema; at most [`Problem::MAX`] problems, the worst first.
    /// A schema that does not compile accepts everything, see [`Entry::unchecked`].
    pub fn validate(&self, arguments: &Value) -> Result<(), Vec<Problem>> {
        self.checker().check(arguments)
    }

    /// Why arguments pass unchecked, if so: the schema does not compile. Compiles it.
    pub fn unchecked(&self) -> Option<&str> {
        self.checker().unchecked()
    }

    fn checker(&self) -> &Checker {
        self.checker.get_or_init(|| match self.quarantined() {
            Some(reason) => Checker::refusing(reason),
            None => Checker::compile(&self.tool.input_schema),
        })
    }

    /// This entry, if it still stands for the same tool under the same names.
    pub(crate) fn reuse(
        self: &Arc<Self>,
        tool: &Tool,
        effect: Effect,
        namespace: &str,
        member: &str,
    ) -> Option<Arc<Self>> {
        let same_names = self.namespace() == namespace && self.member() == member;
        (self.tool == *tool && self.effect == effect && same_names).then(|| Arc::clone(self))
    }
}
