//! How a command can end. One table: the process's exit code, the help and the reference page all come from it.

use std::{fmt, process::ExitCode};

use crate::config::ConfigInvalid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    RunFailed = 1,
    Usage = 2,
    Unavailable = 3,
    Internal = 4,
    Parked = 5,
    Interrupted = 130,
}

impl Exit {
    pub const ALL: [Self; 7] =
        [Self::Ok, Self::RunFailed, Self::Usage, Self::Unavailable, Self::Internal, Self::Parked, Self::Interrupted];

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::RunFailed => "the snippet failed, or nothing that was asked for exists",
            Self::Usage => "the command line or the configuration is not valid; nothing was started",
            Self::Unavailable => "an upstream is not available",
            Self::Internal => "weir itself failed: a fault to report, or the system refused something",
            Self::Parked => "the run waits for somebody's decision",
            Self::Interrupted => "stopped by a signal before it was done",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command that ends early: why, for the user, and with which code.
#[derive(Debug)]
pub(super) struct Stopped {
    pub exit: Exit,
    /// Whole lines, ready to be printed.
    pub message: String,
}

impl Stopped {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: &str) -> Self {
        self.message.push_str("\n  hint: ");
        self.message.push_str(hint);
        self
    }

    /// Something of weir's own that should not happen.
    pub(super) fn internal(error: impl fmt::Display) -> Self {
        Self::new(Exit::Internal, format!("error: {error}"))
    }
}

impl From<ConfigInvalid> for Stopped {
    fn from(invalid: ConfigInvalid) -> Self {
        Self::new(Exit::Usage, invalid.to_string())
    }
}

/// The table, as help shows it.
pub(super) fn table() -> String {
    let mut table = String::from("Exit codes:\n");
    for exit in Exit::ALL {
        table.push_str(&format!("  {:>3}  {}\n", exit as u8, exit.meaning()));
    }
    table.truncate(table.trim_end().len());
    table
}
