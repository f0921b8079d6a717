//! How a run's end is told: the guest's error, a trap or a limit, as a fault a model can act on.
//!
//! What it writes holds only the snippet's own names and lines: no host path, no engine backtrace.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use serde::Deserialize;
use wasmtime::Trap;
use weir_model::{Fault, FaultKind, Position, limits};

use super::{
    budget::Verdict,
    guest::{HANDED_BYTES_MAX, World},
    host::Deadlock,
};
use crate::{
    frame::cut,
    source::{self, Shift},
};

/// What a fault is told about.
pub(super) struct Snippet {
    pub(super) source: String,
    pub(super) shift: Option<Shift>,
    pub(super) memory_bytes: u64,
    pub(super) cpu: Duration,
}

/// The guest's error, as `guests/js` writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GuestError {
    name: String,
    message: String,
    line: Option<u32>,
    column: Option<u32>,
    stack: Vec<Frame>,
    op: Option<u32>,
    kind: Option<String>,
    hint: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Frame {
    line: Option<u32>,
    column: Option<u32>,
}

/// A guest's error is cut by the guest; a longer one is not its own, and is not read.
const GUEST_ERROR_BYTES_MAX: usize = 256 * 1024;

/// A result within its size. The snippets of a guest that blocks reach the code that writes their result: what they put in
/// its place must be JSON, for a worker that sends anything else is taken for broken, and ended with all its runs.
pub(super) fn checked(json: String, world: World) -> Result<String, Fault> {
    if json.len() as u64 > limits::RESULT_BYTES_MAX {
        return Err(result_too_large(json.len() as u64));
    }
    if world == World::Blocking && serde_json::from_str::<serde::de::IgnoredAny>(&json).is_err() {
        let message = "The snippet put something that is not JSON in place of its result.";
        return Err(Fault::new(FaultKind::ResultNotSerializable, message)
            .hint("Leave the interpreter's own modules as they are: the value of the last expression is the result."));
    }
    Ok(json)
}

pub(crate) fn result_too_large(bytes: u64) -> Fault {
    Fault::new(
        FaultKind::ResultTooLarge,
        format!("The returned value is {bytes} bytes of JSON; at most {} can be returned.", limits::RESULT_BYTES_MAX),
    )
    .hint(SUMMARY_HINT)
}

const SUMMARY_HINT: &str = "Return a summary: count, filter or pick fields inside the snippet.";

pub(super) fn from_guest(error: &str, snippet: &Snippet) -> (Result<String, Fault>, Option<u32>) {
    let read = (error.len() <= GUEST_ERROR_BYTES_MAX).then(|| serde_json::from_str::<GuestError>(error));
    let Some(Ok(error)) = read else {
        return (Err(Fault::new(FaultKind::Exception, "The snippet threw an error that cannot be described.")), None);
    };
    let kind = error.kind.as_deref().and_then(claimed).unwrap_or(match error.op {
        Some(_) => FaultKind::ToolFailed,
        None => FaultKind::Exception,
    });
    let message = match error.name.as_str() {
        "" | "Error" | "ToolError" => error.message,
        name => format!("{name}: {}", error.message),
    };
    let message = if message.is_empty() { "The snippet threw an error without a message.".to_owned() } else { message };
    let place = (error.line, error.column);
    let frames = error.stack.iter().map(|frame| (frame.line, frame.column));
    let lines = u32::try_from(snippet.source.lines().count().max(1)).unwrap_or(u32::MAX);
    let position = std::iter::once(place).chain(frames).find_map(|(line, column)| {
        let line = line.filter(|line| (1..=lines).contains(line))?;
        let shifted = snippet.shift.filter(|shift| shift.line == line).map_or(0, |shift| shift.columns);
        Some(Position { line, column: column.unwrap_or(1).saturating_sub(shifted).max(1) })
    });
    let mut fault = Fault::new(kind, cut(&message, limits::ERROR_MESSAGE_CHARS_MAX)).at(position);
    fault.hint = error.hint;
    (Err(fault), error.op)
}

/// The kinds a guest may claim for its own ends.
fn claimed(kind: &str) -> Option<FaultKind> {
    use FaultKind as K;
    [
        K::Syntax,
        K::Unsupported,
        K::UnknownTool,
        K::Exception,
        K::ToolFailed,
        K::Deadlock,
        K::StackOverflow,
        K::MemoryLimit,
        K::ResultNotSerializable,
        K::ResultTooLarge,
    ]
    .into_iter()
    .find(|known| known.as_str() == kind)
}

pub(super) fn from_trap(trap: &wasmtime::Error, verdict: Option<Verdict>, snippet: &Snippet) -> Fault {
    if let Some(verdict) = verdict {
        return limit_fault(verdict, snippet.memory_bytes, snippet.cpu);
    }
    if trap.is::<Deadlock>() {
        return Fault::new(FaultKind::Deadlock, "The snippet waits for something that nothing will bring about.")
            .hint("Whatever it waits for must come from a call, from sleep, or from a task that goes on.");
    }
    // The engine has no type for this.
    if format!("{trap:#}").contains("fuel allocated for hostcalls") {
        let message = format!("The snippet handed over more than {HANDED_BYTES_MAX} bytes at once.");
        return Fault::new(FaultKind::ResultTooLarge, message).hint(SUMMARY_HINT);
    }
    match trap.downcast_ref::<Trap>() {
        // The guest's own stack lies at the bottom of its memory: what overflows it wraps around to addresses there are none of.
        Some(Trap::StackOverflow | Trap::MemoryOutOfBounds) => {
            Fault::new(FaultKind::StackOverflow, "The snippet's calls or data are nested too deeply.")
                .hint("Check for a recursion that does not end; use a loop for deep structures.")
        }
        Some(Trap::NoAsyncResult) => {
            Fault::new(FaultKind::Deadlock, "The snippet waits for a promise that nothing will settle.")
                .hint("Every promise it awaits must come from a call, a timer, or code that resolves it.")
        }
        Some(Trap::AllocationTooLarge) => limit_fault(Verdict::Memory, snippet.memory_bytes, snippet.cpu),
        _ => internal(trap),
    }
}

fn internal(trap: &wasmtime::Error) -> Fault {
    // Shown only to somebody who debugs: the gateway gives workers no standard error otherwise.
    let _shown = writeln!(io::stderr(), "weir worker: a run ended with {trap:#}");
    Fault::new(FaultKind::Internal, "The engine gave up on the snippet; the run was ended, others are not affected.")
        .hint("Try to write it another way: an unusual construct may have met a fault in the engine.")
}

pub(super) fn limit_fault(verdict: Verdict, memory_bytes: u64, cpu: Duration) -> Fault {
    match verdict {
        Verdict::Cpu => Fault::new(
            FaultKind::CpuLimit,
            format!("The snippet computed for longer than its limit of {} ms.", cpu.as_millis()),
        )
        .hint("Check for a loop that does not end; time spent waiting for tools does not count."),
        Verdict::Memory | Verdict::TableSpace => Fault::new(
            FaultKind::MemoryLimit,
            format!("The snippet needed more memory than its limit of {} MiB.", memory_bytes / limits::MIB),
        )
        .hint("Handle the data in smaller pieces, and keep only the fields that are needed."),
        Verdict::WorkerMemory => {
            Fault::new(FaultKind::MemoryLimit, "The runs under way together need more memory than there is.")
                .hint("Try again when fewer snippets run at once.")
        }
    }
}

pub(super) fn no_instance(_cause: &wasmtime::Error) -> Fault {
    Fault::new(FaultKind::Busy, "No sandbox is free for the snippet.").hint("Try again in a moment.")
}

pub(super) fn with_source_line(mut fault: Fault, source: &str) -> Fault {
    if let (None, Some(at)) = (&fault.source_line, fault.position) {
        fault.source_line = source::line(source, at.line);
    }
    fault
}
