//! From what somebody typed to one run. An id may be shortened; one that is not there and one that never was are the same.

use weir_model::RunId;
use weir_store::{RunFilter, Store};

use crate::cli::{
    exit::{Exit, Stopped},
    store,
};

/// Characters of an id in lists: 48 bits, which no store has two runs of.
const SHORT_CHARS: usize = 16;
/// `run_` and as many digits: fewer are too easily somebody else's.
const PREFIX_CHARS_MIN: usize = 8;
const ID_CHARS: usize = 36;
/// The newest runs among which a shortened id is looked for.
const SEARCHED_MAX: u32 = 10_000;
/// Runs asked for at a time.
const PAGE: u32 = 500;

/// An id as lists show it.
pub(in crate::cli) fn short(id: &str) -> &str {
    id.char_indices().nth(SHORT_CHARS).map_or(id, |(at, _)| &id[..at])
}

pub(in crate::cli) fn no_such_run() -> Stopped {
    Stopped::new(Exit::RunFailed, "error: there is no such run").hint("weir runs lists them")
}

/// The one run whose id begins so.
pub(in crate::cli) async fn run(store: &Store, typed: &str) -> Result<RunId, Stopped> {
    let typed = typed.trim();
    if typed.len() >= ID_CHARS || typed.len() < PREFIX_CHARS_MIN {
        return Ok(RunId::new(typed));
    }
    let mut found: Option<RunId> = None;
    let (mut before, mut searched) = (None, 0);
    while searched < SEARCHED_MAX {
        let filter = RunFilter { principal: None, states: Vec::new(), limit: PAGE, before };
        let page = store.runs(filter).await.map_err(store::unavailable)?;
        for run in page.iter().filter(|run| run.run.as_str().starts_with(typed)) {
            if found.replace(run.run.clone()).is_some() {
                return Err(ambiguous(typed));
            }
        }
        searched += PAGE;
        match page.last() {
            Some(last) if page.len() == PAGE as usize => before = Some(last.run.clone()),
            _ => break,
        }
    }
    found.ok_or_else(no_such_run)
}

pub(in crate::cli) fn ambiguous(typed: &str) -> Stopped {
    let message = format!("error: several ids begin with {}", crate::answer::escape::line(typed, ID_CHARS));
    Stopped::new(Exit::Usage, message).hint("type more of it")
}
