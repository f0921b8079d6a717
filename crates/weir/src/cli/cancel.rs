//! `weir cancel`: a run that is under way or parked ends.

use serde_json::json;
use weir_store::Cancellation;

use super::{
    Global,
    exit::{Exit, Stopped},
    runs::find,
    screen::data,
    store,
};

/// End a run that is under way, or waits
///
/// What it has done stays done; nothing more is sent. A call that is being answered right
/// now may still have its effect: weir runs show tells.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Cancel {
    /// The run, as weir runs shows it
    #[arg(value_name = "RUN")]
    run: String,
    /// Print what became of it as JSON
    #[arg(long)]
    json: bool,
}

impl Cancel {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let store = store::open(global).await?;
        let run = find::run(&store, &self.run).await?;
        let (status, told) = match store.cancel(&run, None).await.map_err(store::unavailable)? {
            Cancellation::Cancelled(_) => ("cancelled", "cancelled"),
            Cancellation::Asked => ("asked", "told to stop, in the gateway that has it"),
            Cancellation::Ended => {
                return Err(Stopped::new(Exit::RunFailed, format!("error: {run} has ended already"))
                    .hint(&format!("weir runs show {}", find::short(run.as_str()))));
            }
            Cancellation::Unknown => return Err(find::no_such_run()),
        };
        match self.json {
            true => data(&format!("{:#}\n", json!({ "run": run.as_str(), "cancellation": status })))?,
            false => data(&format!("{}  {told}\n", find::short(run.as_str())))?,
        }
        Ok(Exit::Ok)
    }
}
