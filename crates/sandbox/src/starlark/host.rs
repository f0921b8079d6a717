//! What a run asks of its worker, and what both sides of a run's stack share.
//!
//! Operations are numbered from 1 in the order they were started. An answer is seen by the run only when it is handed over.

use std::collections::HashMap;

use weir_model::limits;

use crate::frame::Level;

/// An operation that was started: a tool call, or one of weir's own functions (empty namespace).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) op: u32,
    /// One-based line of the call.
    pub(crate) line: u32,
    pub(crate) namespace: String,
    pub(crate) member: String,
    /// JSON text.
    pub(crate) arguments: String,
}

/// What a run does at a check of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    GoOn,
    /// Let others go first: the step ends.
    Yield,
    /// The time is used up: the run ends, whatever the snippet does.
    Over,
    /// So is the memory.
    TooLarge,
}

/// Called while a step of the run is under way, on the thread that steps it.
pub(crate) trait Host {
    fn ask(&mut self, ask: Ask);
    fn log(&mut self, level: Level, text: String);
    /// Called about once for every thousand loop iterations or function calls.
    fn turn(&mut self) -> Turn;
}

/// Why a run is ended from outside. No snippet can catch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Cpu,
    Memory,
}

/// JSON text of the value, or of the failure.
pub(super) type Outcome = Result<String, String>;

/// One run's operations and limits.
pub(super) struct State {
    pub(super) host: Box<dyn Host>,
    pub(super) verdict: Option<Verdict>,
    pub(super) memory_bytes: usize,
    /// Branches of `parallel` under way, nested ones included.
    pub(super) branches: usize,
    started: u32,
    /// Bytes of each heap, as far as is known.
    held: HashMap<u32, usize>,
    heaps: u32,
    waiting: HashMap<u32, Waiting>,
    argument_bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    answer: Option<Outcome>,
    argument_bytes: usize,
}

/// More operations, or more of their arguments, than may wait at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

impl State {
    pub(super) fn new(host: Box<dyn Host>, memory_bytes: usize) -> Self {
        Self {
            host,
            verdict: None,
            memory_bytes,
            branches: 0,
            started: 0,
            held: HashMap::new(),
            heaps: 0,
            waiting: HashMap::new(),
            argument_bytes: 0,
        }
    }

    /// A heap beside the run's first one.
    pub(super) fn new_heap(&mut self) -> u32 {
        self.heaps = self.heaps.saturating_add(1);
        self.heaps
    }

    pub(super) fn heap_gone(&mut self, heap: u32) {
        self.held.remove(&heap);
    }

    /// A heap holds so much: bytes of all heaps together, and how many there may be.
    pub(super) fn hold(&mut self, heap: u32, bytes: usize) -> (usize, usize) {
        self.held.insert(heap, bytes);
        let all = self.held.values().fold(0, |all: usize, bytes| all.saturating_add(*bytes));
        (all, self.memory_bytes)
    }

    /// Starts an operation.
    pub(super) fn ask(&mut self, line: u32, namespace: &str, member: &str, arguments: String) -> Result<u32, TooMany> {
        let argument_bytes = arguments.len();
        let bytes = self.argument_bytes.saturating_add(argument_bytes);
        if self.waiting.len() >= limits::OPS_WAITING_MAX || bytes > limits::OP_BYTES_WAITING_MAX {
            return Err(TooMany);
        }
        self.started = self.started.saturating_add(1);
        let op = self.started;
        self.argument_bytes = bytes;
        self.waiting.insert(op, Waiting { answer: None, argument_bytes });
        let (namespace, member) = (name(namespace), name(member));
        self.host.ask(Ask { op, line, namespace, member, arguments });
        Ok(op)
    }

    /// Whether the run has started this operation, or one after it.
    pub(super) fn has_begun(&self, op: u32) -> bool {
        op <= self.started
    }

    /// Takes an answer in. `false`: nobody waits for it.
    pub(super) fn answer(&mut self, op: u32, outcome: Outcome) -> bool {
        match self.waiting.get_mut(&op) {
            Some(waiting) if waiting.answer.is_none() => {
                waiting.answer = Some(outcome);
                true
            }
            _ => false,
        }
    }

    pub(super) fn is_answered(&self, op: u32) -> bool {
        self.waiting.get(&op).is_none_or(|waiting| waiting.answer.is_some())
    }

    /// The answer, once.
    pub(super) fn take(&mut self, op: u32) -> Option<Outcome> {
        let answer = self.waiting.get_mut(&op)?.answer.take()?;
        let waiting = self.waiting.remove(&op)?;
        self.argument_bytes = self.argument_bytes.saturating_sub(waiting.argument_bytes);
        Some(answer)
    }
}

/// A name as an ask carries it: one that is cut matches nothing.
fn name(written: &str) -> String {
    written[..written.floor_char_boundary(limits::NAME_BYTES_MAX)].to_owned()
}
