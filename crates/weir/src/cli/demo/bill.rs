//! What the task costs a model's context, with weir and without. Every figure is counted in the run it is shown for.

use serde_json::{Value, json};
use weir_catalog::tokens;
use weir_model::Tool;

use super::watch::Call;
use crate::cli::direct;

/// o200k tokens. `direct` is the same calls made by the model itself, each answer whole in its context, counted once;
/// that a client sends them again with every further turn is not counted.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Bill {
    pub tools: usize,
    pub calls: usize,
    pub direct_definitions: usize,
    pub direct_calls: usize,
    pub direct_results: usize,
    pub weir_definitions: usize,
    pub weir_search: usize,
    pub weir_program: usize,
    pub weir_answer: usize,
}

impl Bill {
    /// The tools as a client hands them to a model: name, description and input schema, without the output schemas.
    pub(super) fn list(&mut self, tools: &[Tool]) {
        self.tools = tools.len();
        self.direct_definitions = direct::cost(tools).tokens;
    }

    pub(super) fn call(&mut self, call: &Call) -> usize {
        self.calls += 1;
        let written = json!({ "name": call.written, "arguments": call.arguments });
        self.direct_calls += tokens::count(&written.to_string());
        let result = tokens::count(call.outcome.as_ref().unwrap_or_else(|error| error));
        self.direct_results += result;
        result
    }

    pub(super) fn direct(&self) -> usize {
        self.direct_definitions + self.direct_calls + self.direct_results
    }

    pub(super) fn weir(&self) -> usize {
        self.weir_definitions + self.weir_search + self.weir_program + self.weir_answer
    }

    pub(super) fn saved_percent(&self) -> f64 {
        100.0 - 100.0 * self.weir() as f64 / self.direct().max(1) as f64
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "direct": {
                "tools": self.tools,
                "definitions": self.direct_definitions,
                "call_count": self.calls,
                "calls": self.direct_calls,
                "results": self.direct_results,
                "total": self.direct(),
            },
            "weir": {
                "definitions": self.weir_definitions,
                "search": self.weir_search,
                "program": self.weir_program,
                "answer": self.weir_answer,
                "total": self.weir(),
            },
            "saved_percent": (self.saved_percent() * 10.0).round() / 10.0,
        })
    }
}
