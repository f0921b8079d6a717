//! A tool as its upstream describes it.

use std::sync::Arc;

use crate::{Effect, ToolId};

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
    pub annotations: Annotations,
}

/// The upstream's hints about a tool; hints, not promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Annotations {
    pub read_only: Option<bool>,
    pub destructive: Option<bool>,
    pub idempotent: Option<bool>,
}

impl Tool {
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
