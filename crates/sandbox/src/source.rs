//! From the model's source to what the guest evaluates: parsed, checked and blanked in the worker, never in the gateway.
//!
//! Lines and columns stay the user's: types become spaces. Nothing of a snippet runs before all of it has passed here.

mod blank;
mod class;
mod entry;
mod names;
mod nesting;
mod parse;
mod preflight;
mod strip;
mod text;
mod unsupported;

#[cfg(test)]
mod tests;

use weir_model::Fault;

pub(crate) use names::Bindings;
pub(crate) use text::{holds_big_integer, line, nested_deeper};

/// A snippet that may run.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// As the user wrote it.
    pub(crate) source: String,
    /// As the guest evaluates it: the body of an async function.
    pub(crate) code: String,
    /// Columns that `code` has before the user's own, and on which line.
    pub(crate) shift: Option<Shift>,
}

impl Prepared {
    /// For a guest that parses by itself.
    pub(crate) fn as_written(source: String) -> Self {
        Self { code: source.clone(), source, shift: None }
    }
}

/// Text put before the user's on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) line: u32,
    pub(crate) columns: u32,
}

/// Sources up to this size are parsed on the worker's own stack; larger ones on a thread with a stack to match.
const INLINE_BYTES_MAX: usize = 4 * 1024;
/// What a parser may need for one byte of the most deeply nested source.
const STACK_BYTES_PER_BYTE: usize = 6 * 1024;
const STACK_BYTES_MIN: usize = 16 * 1024 * 1024;
const STACK_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Checks a snippet and makes it ready. The fault of kind `UnknownTool` says what was written; who knows more names adds them.
pub(crate) fn prepare(source: String, typescript: bool, bindings: &Bindings) -> Result<Prepared, Box<Fault>> {
    nesting::check(&source)?;
    if source.len() <= INLINE_BYTES_MAX {
        return parse::prepare(source, typescript, bindings);
    }
    let stack = source.len().saturating_mul(STACK_BYTES_PER_BYTE).clamp(STACK_BYTES_MIN, STACK_BYTES_MAX);
    std::thread::scope(|scope| {
        let work = || parse::prepare(source, typescript, bindings);
        match std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, work) {
            Ok(parsing) => parsing.join().unwrap_or_else(|_panicked| Err(Box::new(unsupported::unparsable()))),
            Err(_no_thread) => Err(Box::new(unsupported::unparsable())),
        }
    })
}

/// The guest's `context`: what makes the run the run it is.
pub(crate) fn context(seed: u64, bindings: &Bindings) -> String {
    serde_json::json!({ "seed": seed.to_string(), "namespaces": bindings.listing("") }).to_string()
}
