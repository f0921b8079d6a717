//! `weir deny`: a waiting call is not sent.

use weir_model::{Decision, limits::DENIAL_CHARS_MAX};

use super::{
    Global, approvals,
    exit::{Exit, Stopped},
};

/// Do not send a call that waits
///
/// The program gets an exception with what you say, and may do something else. With a run's
/// id, nothing that waits in it is sent.
///
/// Examples:
///   weir deny apr_1a2b3c4d5e6f --why "not before the audit"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Deny {
    /// An approval, or a run
    #[arg(value_name = "ID")]
    id: String,
    /// Why not; the program and its author read it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    why: String,
    /// Print what was decided as JSON
    #[arg(long)]
    json: bool,
}

impl Deny {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        if self.why.chars().count() > DENIAL_CHARS_MAX {
            let message = format!("error: the reason is longer than {DENIAL_CHARS_MAX} characters");
            return Err(Stopped::new(Exit::Usage, message));
        }
        let decision = Decision::Deny { message: self.why.trim().to_owned() };
        approvals::decide::decide(global, &self.id, decision, self.json).await
    }
}
