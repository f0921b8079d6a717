//! Why the store cannot do what was asked: one sentence for people, with the place, what is wrong and what to do.
//!
//! An agent is told the [`Problem`] alone: it names no path and no server.

use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store {place}: {problem}{}", .problem.advice())]
pub struct StoreUnavailable {
    /// The file, or the server and its database; never a password.
    pub place: Arc<str>,
    #[source]
    pub problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("it is no store of weir's: {0}")]
    Foreign(String),
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it was written by a newer weir (schema {found}; this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("there is no space left to write")]
    Full,
    #[error("another process keeps it locked")]
    Busy,
    #[error("its database cannot be reached: {0}")]
    Unreachable(String),
    #[error("it cannot be read or written: {0}")]
    Unusable(String),
    #[error("it refuses what was asked: {0}")]
    Refused(String),
}

impl Problem {
    /// What to do about it, as the end of a sentence.
    fn advice(&self) -> &'static str {
        match self {
            Self::Foreign(_) => {
                ". Nothing was changed; name another place for the store, or move what is there out of the way"
            }
            Self::Damaged(_) => {
                ". Nothing was overwritten. Stop weir and keep a copy of it (with its -wal file); then restore a backup, \
                 or rescue what is readable (`sqlite3 FILE .recover | sqlite3 NEW`), or move it away: weir begins a new one"
            }
            Self::Newer { .. } => ". Nothing was changed; start that weir again, or give this one another place",
            Self::Full => ". Free some; weir goes on by itself",
            Self::Busy => ". If no other weir is at work on it, look for a program that holds it open",
            Self::Unreachable(_) => ". weir tries again by itself",
            Self::Unusable(_) | Self::Refused(_) => "",
        }
    }
}
