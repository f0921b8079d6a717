//! One run: its stack, resumed step by step, and the answers waiting to be handed over.
//!
//! The next answer is handed over only when the run has nothing left to do.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
};

use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};
use starlark::{
    environment::Module,
    values::{Heap, Value, ValueLike as _},
};
use weir_model::{Fault, FaultKind, limits};

use super::{
    fault::{self, Refused},
    fiber::{Fiber, Pause},
    globals,
    host::{Host, State, Verdict},
    json_out::{self, Form, Unsayable},
    program::Program,
    tools::Tools,
};
use crate::{
    answers::{ANSWERS_PER_STEP, Answers, Delivery},
    frame::Level,
    source::Bindings,
};

/// The stack of a run; only what is touched costs memory.
pub(super) const STACK_BYTES: usize = if cfg!(debug_assertions) { 32 * 1024 * 1024 } else { 8 * 1024 * 1024 };

/// How a run ended other than with a value.
#[derive(Debug)]
pub(crate) enum Failure {
    Fault(Box<Fault>),
    /// [`super::Turn::Over`].
    Cpu,
    Memory,
}

#[derive(Debug)]
pub(crate) struct Ended {
    /// JSON text of the value.
    pub(crate) result: Result<String, Failure>,
    /// The operation behind an error.
    pub(crate) failed_op: Option<u32>,
}

pub(crate) enum Step {
    /// It has more to do.
    Again,
    /// It waits for an answer.
    Idle,
    Ended(Box<Ended>),
}

/// What the snippet left: JSON text, or a fault and the operation behind it.
type Left = Result<String, (Fault, Option<u32>)>;

pub(crate) struct Run {
    stack: Coroutine<(), Pause, Left>,
    state: Rc<RefCell<State>>,
    answers: Answers,
    /// `Turn`: it can go on.
    waits: Pause,
}

impl Run {
    /// Nothing of the snippet has run yet.
    pub(crate) fn new(
        program: Program,
        bindings: Arc<Bindings>,
        memory_bytes: u64,
        host: Box<dyn Host>,
    ) -> Result<Self, Box<Fault>> {
        let no_stack = |_| {
            Box::new(Fault::new(FaultKind::Busy, "No sandbox is free for the snippet.").hint("Try again in a moment."))
        };
        let stack = DefaultStack::new(STACK_BYTES).map_err(no_stack)?;
        let state = Rc::new(RefCell::new(State::new(host, usize::try_from(memory_bytes).unwrap_or(usize::MAX))));
        let shared = Rc::clone(&state);
        let body = move |yielder: &Yielder<(), Pause>, ()| evaluate(yielder, &shared, &bindings, program);
        let stack = Coroutine::with_stack(stack, body);
        Ok(Self { stack, state, answers: Answers::default(), waits: Pause::Turn })
    }

    pub(crate) fn deliver(&mut self, delivery: Delivery) {
        self.answers.push(delivery);
    }

    /// Weight of the answers that were handed over since this was last asked.
    pub(crate) fn taken(&mut self) -> u64 {
        self.answers.taken()
    }

    /// Runs until it yields, waits or ends. Not to be called again after it ended.
    pub(crate) fn step(&mut self) -> Step {
        for _ in 0..ANSWERS_PER_STEP {
            if self.waits != Pause::Turn && !self.hand_over_next() {
                return Step::Idle;
            }
            self.waits = Pause::Turn;
            let resumed = catch_unwind(AssertUnwindSafe(|| self.stack.resume(())));
            match resumed {
                Ok(CoroutineResult::Yield(Pause::Turn)) => return Step::Again,
                Ok(CoroutineResult::Yield(waits)) => self.waits = waits,
                Ok(CoroutineResult::Return(left)) => return Step::Ended(Box::new(self.ended(left))),
                Err(panic) => return Step::Ended(Box::new(self.ended(Err((fault::of_panic(&*panic), None))))),
            }
        }
        Step::Again
    }

    /// Hands over answers until there is one the run waits for. `false`: there is none, or its operation was not started yet.
    fn hand_over_next(&mut self) -> bool {
        let mut state = self.state.borrow_mut();
        while let Some(Delivery { op, outcome, .. }) = self.answers.next(|op| state.has_begun(op)) {
            let awaited = state.answer(op, outcome);
            if awaited && (self.waits == Pause::OnAny || self.waits == Pause::On(op)) {
                return true;
            }
        }
        false
    }

    fn ended(&self, left: Left) -> Ended {
        let verdict = self.state.borrow().verdict;
        let (result, failed_op) = match (verdict, left) {
            (Some(Verdict::Cpu), _) => (Err(Failure::Cpu), None),
            (Some(Verdict::Memory), _) => (Err(Failure::Memory), None),
            (None, Ok(json)) => (Ok(json), None),
            (None, Err((fault, op))) => (Err(Failure::Fault(Box::new(fault))), op),
        };
        Ended { result, failed_op }
    }
}

fn evaluate(yielder: &Yielder<(), Pause>, state: &RefCell<State>, bindings: &Arc<Bindings>, program: Program) -> Left {
    let Program { ast, places, saved } = program;
    Module::with_temp_heap(|module| {
        install(&module, bindings);
        let fiber = Fiber { yielder, state, bindings, saved: &saved, heap: 0, depth: 0, line: 0 };
        let mut eval = fiber.evaluator(&module);
        let outcome = eval.eval_module(ast, globals::globals());
        let last = outcome.map_err(|error| fault::of(&error, &places))?;
        json_of(given(&module, last), module.heap(), &fiber)
            .map_err(|refused| (places.fault(refused.kind, refused.message, None), None))
    })
}

/// The variable `result`, else the last expression.
pub(super) fn given<'v>(module: &Module<'v>, last: Value<'v>) -> Value<'v> {
    let named = module.get("result");
    let is_namespace =
        |value: &Value<'v>| value.downcast_ref::<Tools>().is_some_and(|tools| tools.is_namespace("result"));
    named.filter(|value| !is_namespace(value)).unwrap_or(last)
}

/// Makes `tools`, and one name for each namespace whose identifier is free.
pub(super) fn install(module: &Module<'_>, bindings: &Arc<Bindings>) {
    let heap = module.heap();
    module.set("tools", heap.alloc(Tools::all(bindings)));
    for listed in bindings.listing("") {
        let identifier = listed.split('\t').next().unwrap_or_default();
        if identifier != "tools" && !globals::has(identifier) {
            module.set(identifier, heap.alloc(Tools::namespace(bindings, identifier)));
        }
    }
}

/// JSON text of the result.
fn json_of<'v>(value: Value<'v>, heap: Heap<'v>, fiber: &Fiber<'_>) -> Result<String, Refused> {
    let form = Form { root: "result", bytes_max: limits::RESULT_BYTES_MAX, strict: false };
    let written = json_out::write(value, heap, form).map_err(|unsayable| match unsayable {
        Unsayable::TooLarge { bytes_max, .. } => Refused {
            kind: FaultKind::ResultTooLarge,
            message: format!("the returned value is larger than {bytes_max} bytes of JSON: return less of it"),
        },
        value @ Unsayable::Value { .. } => Refused {
            kind: FaultKind::ResultNotSerializable,
            message: format!("the returned value cannot be said in JSON: {value}"),
        },
    })?;
    if let Some((path, what)) = written.nulled {
        fiber.log(Level::Warn, format!("{path} is {what}, which JSON cannot say: returned as null"));
    }
    Ok(written.json)
}
