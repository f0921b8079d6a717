//! `weir runs show`: one run's story.

use super::{find, story};
use crate::{
    admin::{self, lookup},
    cli::{
        Global,
        exit::{Exit, Stopped},
        screen::data,
        store,
    },
    instant,
};

/// Show everything one run did
///
/// Each call with its arguments, its answer, how long it took, what people decided of it and
/// the line it stands on; then the program. For a run that is parked also what waits, and
/// how to decide it.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Show {
    /// The run, as weir runs shows it
    #[arg(value_name = "RUN")]
    run: String,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let store = store::open(global).await?;
        let run = find::run(&store, &self.run).await?;
        let found = lookup::run(&store, &run).await.map_err(store::unavailable)?.ok_or_else(find::no_such_run)?;
        let text = match self.json {
            true => format!("{:#}\n", admin::view::run(&found)),
            false => story::text(&found, instant::now_unix_ms()),
        };
        data(&text)?;
        Ok(Exit::Ok)
    }
}
