//! `weir approve`: a waiting call is sent.

use weir_model::Decision;

use super::{
    Global, approvals,
    exit::{Exit, Stopped},
};

/// Send a call that waits
///
/// Exactly the call that weir approvals shows, once. A call in doubt is sent again. With a
/// run's id, all that waits in it: this is how a plan is approved.
///
/// Examples:
///   weir approve apr_1a2b3c4d5e6f
///   weir approve apr_1a2b3c4d5e6f --for-run
///   weir approve run_3f8e12ab34cd
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Approve {
    /// An approval, or a run
    #[arg(value_name = "ID")]
    id: String,
    /// Do not ask for this tool again in this run, whatever the arguments
    #[arg(long, conflicts_with = "always")]
    for_run: bool,
    /// Never ask for this tool again: the policy gets an entry
    #[arg(long)]
    always: bool,
    /// Print what was decided as JSON
    #[arg(long)]
    json: bool,
}

impl Approve {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let decision = match (self.for_run, self.always) {
            (_, true) => Decision::ApproveAlways,
            (true, false) => Decision::ApproveForRun,
            (false, false) => Decision::Approve,
        };
        approvals::decide::decide(global, &self.id, decision, self.json).await
    }
}
