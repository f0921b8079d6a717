//! One tool of the catalog: as its upstream describes it, plus the names and verdicts weir gives it.

use std::sync::Arc;

use serde_json::Value;
use weir_model::{Effect, Language, Tool};

use crate::{
    schema,
    shelf::{Shelf, Slot},
    signature,
    validate::{Checker, OutputChecker, Problem},
};

/// Cheap to share. The compiled schemas are made on the first call, and kept by the catalog's shelf.
#[derive(Debug)]
pub struct Entry {
    tool: Tool,
    effect: Effect,
    path: Box<str>,
    /// Bytes of `path` before the dot.
    namespace_len: usize,
    quarantined: Option<Box<str>>,
    shelf: Arc<Shelf>,
    checker: Slot<Checker>,
    /// `None` when there is nothing to compare answers with.
    output: Slot<Option<OutputChecker>>,
}

impl Entry {
    pub(crate) fn new(tool: Tool, effect: Effect, namespace: &str, member: &str, shelf: &Arc<Shelf>) -> Self {
        let quarantined = schema::audit(&tool.input_schema).err().map(|reason| reason.to_string().into());
        Self {
            tool,
            effect,
            path: format!("{namespace}.{member}").into(),
            namespace_len: namespace.len(),
            quarantined,
            shelf: Arc::clone(shelf),
            checker: Slot::new(),
            output: Slot::new(),
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

    /// Why arguments pass unchecked, or in part so: the schema does not compile, or leads to more than is checked.
    /// Compiles it.
    pub fn unchecked(&self) -> Option<String> {
        self.checker().unchecked().map(str::to_owned)
    }

    /// How a tool's answer differs from its output schema, in one sentence; `None` when it fits, or cannot be compared.
    pub fn check_output(&self, value: &Value) -> Option<String> {
        let schema = self.tool.output_schema.as_deref()?;
        let output = self.output.get(&self.shelf, || {
            let checker = OutputChecker::compile(schema, self.tool.definitions.as_ref());
            let cost = checker.as_ref().map_or(1, OutputChecker::cost);
            (checker, cost)
        });
        output.as_ref().as_ref()?.misfit(value)
    }

    fn checker(&self) -> Arc<Checker> {
        self.checker.get(&self.shelf, || {
            let checker = match self.quarantined() {
                Some(reason) => Checker::refusing(reason),
                None => Checker::compile(&self.tool.input_schema, self.tool.definitions.as_ref()),
            };
            let cost = checker.cost();
            (checker, cost)
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
        // Equal ones are the same ones here: `Upstream::fill` saw to it. Comparing them anew for each tool would take long.
        let same_definitions = match (&self.tool.definitions, &tool.definitions) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let same = same_definitions && same_names && self.effect == effect && self.tool == *tool;
        same.then(|| Arc::clone(self))
    }
}
