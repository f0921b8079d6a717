//! `weir done`: a call in doubt has happened.

use serde_json::value::RawValue;
use weir_model::{Decision, limits::RESPONSE_BYTES_MAX};

use super::{
    Global, approvals,
    exit::{Exit, Stopped},
};

/// Say that a call in doubt has happened
///
/// A call is in doubt when weir ended after sending it and before its answer was recorded.
/// Look at the system it went to. If it happened there, say so: it is not sent again, and
/// the program gets the value you give as its answer.
///
/// Examples:
///   weir done apr_1a2b3c4d5e6f
///   weir done apr_1a2b3c4d5e6f --value '{"id": "msg_17", "sent": true}'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Done {
    /// An approval, or a run
    #[arg(value_name = "ID")]
    id: String,
    /// What it answered, as JSON
    #[arg(long, value_name = "JSON", default_value = "null")]
    value: String,
    /// Print what was decided as JSON
    #[arg(long)]
    json: bool,
}

impl Done {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        if self.value.len() as u64 > RESPONSE_BYTES_MAX {
            return Err(Stopped::new(Exit::Usage, "error: the value is larger than an answer may be"));
        }
        let value: Box<RawValue> = serde_json::from_str(&self.value).map_err(|error| {
            Stopped::new(Exit::Usage, format!("error: the value is no JSON: {error}"))
                .hint("quote text twice: --value '\"sent\"'")
        })?;
        let decision = Decision::Done { value: value.get().into() };
        approvals::decide::decide(global, &self.id, decision, self.json).await
    }
}
