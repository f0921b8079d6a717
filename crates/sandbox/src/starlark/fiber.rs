#![expect(unsafe_code, reason = "starlark's derive for what an evaluator carries writes it; nothing else here does")]
//! The run as code on its stack sees it: how a native function waits, yields and learns that the run is over.
//!
//! Every evaluator carries one, and every wait ends here. It holds no value of the snippet.

use std::{cell::RefCell, sync::Arc};

use corosensei::Yielder;
use starlark::{
    any::ProvidesStaticType,
    environment::Module,
    eval::Evaluator,
    values::{Heap, Value},
};

use super::{
    attempt::CallFailed,
    host::{Outcome, State, Turn, Verdict},
    program::FILE,
    saved::Saved,
};
use crate::{frame::Level, source::Bindings};

/// Starlark calls inside calls. Sized with [`super::run::STACK_BYTES`] and [`super::parallel::STACK_BYTES`]: see the test of both.
pub(super) const CALL_DEPTH_MAX: usize = 200;

/// Why a stack gives way to the one that resumed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// It has more to do.
    Turn,
    /// It waits for this operation.
    On(u32),
    /// It waits for more than one operation.
    OnAny,
}

/// The run is over: not an exception, and nothing a snippet can catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the run is over")]
pub(super) struct RunOver;

impl From<RunOver> for starlark::Error {
    fn from(over: RunOver) -> Self {
        Self::new_other(over)
    }
}

#[derive(ProvidesStaticType)]
pub(super) struct Fiber<'a> {
    pub(super) yielder: &'a Yielder<(), Pause>,
    pub(super) state: &'a RefCell<State>,
    pub(super) bindings: &'a Arc<Bindings>,
    /// What `run_saved` finds.
    pub(super) saved: &'a Saved,
    /// Which heap of the run this is on: a saved program has one of its own.
    pub(super) heap: u32,
    /// How many `parallel` this is inside of.
    pub(super) depth: u32,
    /// The line of that `parallel`, for what is called by no line of its own.
    pub(super) line: u32,
}

impl<'e> Fiber<'e> {
    pub(super) fn of<'a>(eval: &Evaluator<'_, 'a, 'e>) -> &'a Self {
        eval.extra.and_then(|extra| extra.downcast_ref::<Self>()).expect("every evaluator is made by `evaluator` below")
    }

    /// An evaluator on this stack.
    pub(super) fn evaluator<'v, 'a>(&'a self, module: &'a Module<'v>) -> Evaluator<'v, 'a, 'e> {
        let mut eval = Evaluator::new(module);
        eval.extra = Some(self);
        // Collecting walks nested data by recursion, and never happens inside a loop or function anyway.
        eval.disable_gc();
        eval.set_max_callstack_size(CALL_DEPTH_MAX).expect("not zero, and set once");
        let heap = module.heap();
        eval.set_check_cancelled(Box::new(move || self.check(heap).is_err()));
        eval
    }

    /// Whether the run may go on; others may have had their turn meanwhile.
    pub(super) fn check(&self, heap: Heap<'_>) -> Result<(), RunOver> {
        self.check_memory(heap, 0)?;
        let turn = self.state.borrow_mut().host.turn();
        match turn {
            Turn::GoOn => Ok(()),
            Turn::Yield => self.pause(Pause::Turn),
            Turn::Over => Err(self.end(Verdict::Cpu)),
            Turn::TooLarge => Err(self.end(Verdict::Memory)),
        }
    }

    /// Whether the run's heaps, and `more` bytes of this one, are within its memory.
    pub(super) fn check_memory(&self, heap: Heap<'_>, more: usize) -> Result<(), RunOver> {
        // Its chunks double, so the last one is as large as all others and mostly untouched.
        let held = heap.allocated_bytes().saturating_sub(heap.available_bytes());
        let (all, limit) = self.state.borrow_mut().hold(self.heap, held);
        if all.saturating_add(more) > limit { Err(self.end(Verdict::Memory)) } else { self.going() }
    }

    fn end(&self, verdict: Verdict) -> RunOver {
        self.state.borrow_mut().verdict.get_or_insert(verdict);
        RunOver
    }

    pub(super) fn going(&self) -> Result<(), RunOver> {
        if self.state.borrow().verdict.is_some() { Err(RunOver) } else { Ok(()) }
    }

    /// Gives way; returns when it is this stack's turn again.
    pub(super) fn pause(&self, pause: Pause) -> Result<(), RunOver> {
        self.yielder.suspend(pause);
        self.going()
    }

    pub(super) fn log(&self, level: Level, text: String) {
        self.state.borrow_mut().host.log(level, text);
    }

    /// Starts an operation and waits for its answer.
    pub(super) fn call(&self, line: u32, namespace: &str, member: &str, arguments: String) -> starlark::Result<String> {
        self.going()?;
        let asked = self.state.borrow_mut().ask(line, namespace, member, arguments);
        let op = asked.map_err(|_| starlark::Error::from(CallFailed::too_many()))?;
        loop {
            let answer: Option<Outcome> = self.state.borrow_mut().take(op);
            match answer {
                Some(outcome) => return outcome.map_err(|failure| CallFailed::new(op, failure).into()),
                None => self.pause(Pause::On(op))?,
            }
        }
    }
}

/// One-based line of the snippet that called the native function on top of the stack, maybe by way of others; 0 when unknown.
pub(super) fn line_of_call(eval: &Evaluator<'_, '_, '_>) -> u32 {
    let places = (0..eval.call_stack_count()).filter_map(|above| eval.call_stack_nth_location(above));
    let mut own = places.filter(|place| place.filename() == FILE);
    let line = own.next().map(|place| u32::try_from(place.resolve_span().begin.line + 1).unwrap_or_default());
    line.unwrap_or(Fiber::of(eval).line)
}

/// What a failed operation, or a value's misuse, is told as.
pub(super) fn misuse(message: impl Into<String>) -> starlark::Error {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Misuse(String);
    starlark::Error::new_value(Misuse(message.into()))
}

/// What is called, with nothing or one value.
pub(super) fn apply<'v>(
    eval: &mut Evaluator<'v, '_, '_>,
    function: Value<'v>,
    argument: Option<Value<'v>>,
) -> starlark::Result<Value<'v>> {
    match argument {
        None => eval.eval_function(function, &[], &[]),
        Some(argument) => eval.eval_function(function, &[argument], &[]),
    }
}
