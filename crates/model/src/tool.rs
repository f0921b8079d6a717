//! A tool as its upstream describes it.

use std::sync::Arc;

use crate::{Definitions, Effect, ToolId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    pub id: ToolId,
    pub title: Option<String>,
    /// Raw, as the upstream sent it: untrusted text.
    pub description: Option<String>,
    /// JSON text of the JSON Schema (2020-12), an object schema.
    pub input_schema: Arc<str>,
    /// JSON text of the JSON Schema of the structured result.
    pub output_schema: Option<Arc<str>>,
    /// What `#/$defs/…` in both points at where they do not define it themselves.
    pub definitions: Option<Arc<Definitions>>,
    pub annotations: Annotations,
    /// The upstream advises against it: it is called like any other, but searches leave it out unless asked for it.
    pub deprecated: bool,
    /// The request a call becomes, for people: `GET https://api.github.com/repos/{owner}/{repo}/issues ?state ?labels`.
    pub request: Option<Arc<str>>,
}

/// The upstream's hints about a tool; hints, not promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Annotations {
    pub read_only: Option<bool>,
    pub destructive: Option<bool>,
    pub idempotent: Option<bool>,
}

impl Tool {
    /// One that says nothing of itself but what it takes.
    pub fn new(id: ToolId, input_schema: impl Into<Arc<str>>) -> Self {
        Self {
            id,
            title: None,
            description: None,
            input_schema: input_schema.into(),
            output_schema: None,
            definitions: None,
            annotations: Annotations::default(),
            deprecated: false,
            request: None,
        }
    }

    /// Unknown is `Write`; `Destructive` only for tools that say so themselves.
    pub fn effect(&self) -> Effect {
        match (self.annotations.read_only, self.annotations.destructive) {
            (Some(true), _) => Effect::Read,
            (_, Some(true)) => Effect::Destructive,
            _ => Effect::Write,
        }
    }

    /// Whether weir itself may send the call twice: reads, and what declares itself idempotent.
    pub fn repeatable(&self) -> bool {
        self.effect() == Effect::Read || self.annotations.idempotent == Some(true)
    }
}
