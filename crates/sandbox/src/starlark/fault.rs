//! How a run's error is told: as a fault a model can act on, in the snippet's own lines.

use starlark::ErrorKind;
use weir_model::{Fault, FaultKind, limits};

use super::{
    attempt::{self, CallFailed},
    places::Places,
    program::FILE,
    scan,
};
use crate::frame::cut;

/// The end of a run that the snippet's own code could not have brought about.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refused {
    pub(super) kind: FaultKind,
    pub(super) message: String,
}

/// The fault, and the operation behind it.
pub(super) fn of(error: &starlark::Error, places: &Places) -> (Fault, Option<u32>) {
    if let ErrorKind::StackOverflow(_) = error.kind() {
        return (too_deep(error, places), None);
    }
    let text = attempt::text(error);
    if text.starts_with("Too many recursion levels") {
        return (too_deep(error, places), None);
    }
    let failed = attempt::cause::<CallFailed>(error);
    let kind = match error.kind() {
        ErrorKind::Internal(_) => FaultKind::Internal,
        _ if failed.is_some() => FaultKind::ToolFailed,
        _ => attempt::cause::<Refused>(error).map_or(FaultKind::Exception, |refused| refused.kind),
    };
    let message = if text.is_empty() { "The snippet failed without a message.".to_owned() } else { text };
    let mut fault = places.fault(kind, cut(&message, limits::ERROR_MESSAGE_CHARS_MAX), place(error));
    fault.hint = hint(error, &message);
    (fault, failed.and_then(|failed| failed.op))
}

fn place(error: &starlark::Error) -> Option<usize> {
    let callers = error.call_stack().frames.iter().rev().filter_map(|frame| frame.location.as_ref());
    let mut own = error.span().into_iter().chain(callers).filter(|place| place.filename() == FILE);
    own.next().map(|place| place.span.begin().get() as usize)
}

fn too_deep(error: &starlark::Error, places: &Places) -> Fault {
    let message = "The snippet's calls or data are nested too deeply.";
    let hint = "Check for a recursion that does not end; use a loop for deep structures.";
    places.fault(FaultKind::StackOverflow, message, place(error)).hint(hint)
}

/// For names of Python that are not there.
fn hint(error: &starlark::Error, message: &str) -> Option<String> {
    if message.starts_with("Unsupported format character") || message.ends_with("inside replacement field") {
        return Some("Formats know no widths and precisions here: use round(x, 2).".to_owned());
    }
    let ErrorKind::Scope(_) = error.kind() else { return None };
    let name = message.split('`').nth(1)?;
    let hint = match name {
        "datetime" | "time" | "re" | "random" | "os" | "sys" | "requests" | "itertools" | "collections" | "asyncio" => {
            "Starlark has no modules: json, math, struct and the tools are there already."
        }
        "open" | "input" | "eval" | "exec" | "globals" | "__import__" => {
            "A snippet has no files, no terminal and no other code: only tools."
        }
        "Exception" | "ValueError" | "KeyError" | "TypeError" => {
            "Starlark has no exceptions: use r = attempt(lambda: f(x)), then r.ok and r.error."
        }
        _ => scan::instead_of(name)?,
    };
    Some(hint.to_owned())
}

/// A panic inside the interpreter. It has unwound; the run's values are gone.
pub(super) fn of_panic(panic: &(dyn std::any::Any + Send)) -> Fault {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    if text.is_some_and(|text| text.contains("capacity overflow")) {
        return Fault::new(FaultKind::MemoryLimit, "The snippet asked for more memory than there is.")
            .hint("Handle the data in smaller pieces, and keep only the fields that are needed.");
    }
    Fault::new(FaultKind::Internal, "The engine gave up on the snippet; the run was ended, others are not affected.")
        .hint("Try to write it another way: an unusual construct may have met a fault in the engine.")
}
