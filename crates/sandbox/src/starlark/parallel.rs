#![expect(unsafe_code, reason = "a branch borrows what its run holds: corosensei cannot know that it ends first")]
//! `parallel`: branches that wait at the same time, each on a stack and an evaluator of its own over the one heap.
//!
//! Only one branch runs at any moment, and one gives way to another only where it waits for an operation: which goes on when is a function
//! of the order of answers alone. A branch may take any number of steps. Results come in the order the branches were given.

use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};
use starlark::{
    eval::Evaluator,
    values::{Value, dict::AllocDict, dict::DictRef},
};

use super::{
    fiber::{Fiber, Pause, RunOver, apply, line_of_call, misuse},
    run,
};

/// The stack of one branch; only what is touched costs memory.
pub(super) const STACK_BYTES: usize = if cfg!(debug_assertions) { 16 * 1024 * 1024 } else { 4 * 1024 * 1024 };
/// Branches of one `parallel` under way at once; further ones wait their turn.
const WINDOW: usize = 64;
/// Branches of one run under way at once, nested ones included; beyond it every `parallel` goes on one by one.
const BRANCHES_MAX: usize = 256;
/// `parallel` inside `parallel`.
pub(super) const DEPTH_MAX: u32 = 8;

type Result<'v> = starlark::Result<Value<'v>>;

/// What one branch does.
#[derive(Clone, Copy)]
struct Work<'v> {
    function: Value<'v>,
    argument: Option<Value<'v>>,
}

struct Branch<'v> {
    index: usize,
    coroutine: Coroutine<(), Pause, Result<'v>>,
    waits: Pause,
}

/// `parallel([f, g])`, `parallel({"a": f})`, `parallel(f, items)`.
pub(super) fn parallel<'v>(eval: &mut Evaluator<'v, '_, '_>, work: Value<'v>, items: Option<Value<'v>>) -> Result<'v> {
    let heap = eval.heap();
    if let Some(items) = items {
        let branches = items.iterate(heap)?.map(|item| Work { function: work, argument: Some(item) }).collect();
        return all(eval, branches).map(|results| heap.alloc(results));
    }
    if let Some(dict) = DictRef::from_value(work) {
        let keys: Vec<Value<'v>> = dict.keys().collect();
        let branches = dict.values().map(|function| Work { function, argument: None }).collect();
        drop(dict);
        let results = all(eval, branches)?;
        return Ok(heap.alloc(AllocDict(keys.into_iter().zip(results))));
    }
    let hint = "parallel takes a list of functions, as in parallel([lambda: f(x), lambda: g(y)]), or a function and a list, as in parallel(f, items)";
    if !matches!(work.get_type(), "list" | "tuple") {
        return Err(misuse(format!("{hint}; it was given one {}", work.get_type())));
    }
    let branches: Vec<Work<'v>> = work.iterate(heap)?.map(|function| Work { function, argument: None }).collect();
    let uncallable = branches.iter().find(|branch| !is_callable(branch.function));
    if let Some(Work { function, .. }) = uncallable {
        return Err(misuse(format!(
            "{hint}; one of them is a value of type {}: put lambda: before the call",
            function.get_type()
        )));
    }
    all(eval, branches).map(|results| heap.alloc(results))
}

fn is_callable(value: Value<'_>) -> bool {
    !matches!(
        value.get_type(),
        "NoneType" | "bool" | "int" | "float" | "string" | "list" | "dict" | "tuple" | "struct" | "set" | "range"
    )
}

/// The results of all branches, or the error of the first one in order that failed. After a failure no further branch begins,
/// and those under way end first.
fn all<'v>(eval: &mut Evaluator<'v, '_, '_>, work: Vec<Work<'v>>) -> starlark::Result<Vec<Value<'v>>> {
    let fiber = Fiber::of(eval);
    if fiber.depth >= DEPTH_MAX {
        return Err(misuse(format!("parallel is used more than {DEPTH_MAX} levels inside parallel")));
    }
    let mut group = Group { fiber, running: Vec::new(), ended: Vec::new(), failed: false };
    group.ended.resize_with(work.len(), || None);
    let mut coming = work.into_iter().enumerate();
    loop {
        while group.has_room() {
            let Some((index, work)) = coming.next() else { break };
            group.begin(eval, index, work)?;
        }
        if group.running.is_empty() {
            break;
        }
        fiber.pause(Pause::OnAny)?;
        group.resume_ready()?;
    }
    group.ended.drain(..).flatten().collect()
}

/// Does `work` on a stack as large as a whole run's.
pub(super) fn aside<T>(fiber: &Fiber<'_>, work: impl FnOnce(&Yielder<(), Pause>) -> T) -> starlark::Result<T> {
    let crowded = fiber.state.borrow().branches >= BRANCHES_MAX;
    let stack = if crowded { None } else { DefaultStack::new(run::STACK_BYTES).ok() };
    let Some(stack) = stack else { return Err(misuse("too much is under way at once")) };
    let body = move |yielder: &Yielder<(), Pause>, ()| work(yielder);
    // SAFETY: `body` borrows what its caller holds. The coroutine lies on this stack, is never forgotten, and is dropped with this frame,
    // which all of that outlives.
    let mut coroutine = unsafe { Coroutine::with_stack_unchecked(stack, body) };
    fiber.state.borrow_mut().branches += 1;
    let ended = loop {
        match coroutine.resume(()) {
            CoroutineResult::Return(value) => break Ok(value),
            CoroutineResult::Yield(pause) => {
                if let Err(over) = fiber.pause(pause) {
                    break Err(over.into());
                }
            }
        }
    };
    fiber.state.borrow_mut().branches -= 1;
    ended
}

struct Group<'v, 'a, 'e> {
    fiber: &'a Fiber<'e>,
    running: Vec<Branch<'v>>,
    ended: Vec<Option<Result<'v>>>,
    failed: bool,
}

impl<'v, 'a, 'e> Group<'v, 'a, 'e> {
    fn has_room(&self) -> bool {
        let crowded = self.fiber.state.borrow().branches >= BRANCHES_MAX;
        !self.failed && self.running.len() < if crowded { 1 } else { WINDOW }
    }

    /// Starts a branch: it runs until it waits or ends.
    fn begin(
        &mut self,
        eval: &Evaluator<'v, 'a, 'e>,
        index: usize,
        work: Work<'v>,
    ) -> std::result::Result<(), RunOver> {
        let Ok(stack) = DefaultStack::new(STACK_BYTES) else {
            self.failed = true;
            self.ended[index] = Some(Err(misuse("there is no memory for another branch of parallel")));
            return Ok(());
        };
        let (fiber, module, line) = (self.fiber, eval.module(), line_of_call(eval));
        let body = move |yielder: &Yielder<(), Pause>, ()| {
            let inner = Fiber { yielder, depth: fiber.depth + 1, line, ..*fiber };
            apply(&mut inner.evaluator(module), work.function, work.argument)
        };
        // SAFETY: `body` borrows the run's state, names, module and heap. The coroutine lies in `self.running` or on this stack, is
        // never forgotten, and is dropped with the frame of `all`, which all of these outlive: they belong to the frame that called it.
        let coroutine = unsafe { Coroutine::with_stack_unchecked(stack, body) };
        self.fiber.state.borrow_mut().branches += 1;
        self.running.push(Branch { index, coroutine, waits: Pause::Turn });
        self.resume(self.running.len() - 1)?;
        Ok(())
    }

    /// Resumes every branch whose answer is there, in the order they began.
    fn resume_ready(&mut self) -> std::result::Result<(), RunOver> {
        let mut at = 0;
        while let Some(branch) = self.running.get(at) {
            let ready = match branch.waits {
                Pause::On(op) => self.fiber.state.borrow().is_answered(op),
                Pause::Turn | Pause::OnAny => true,
            };
            let ended = ready && self.resume(at)?;
            at += usize::from(!ended);
        }
        Ok(())
    }

    /// Runs a branch until it waits or ends. `true`: it ended and is gone.
    fn resume(&mut self, at: usize) -> std::result::Result<bool, RunOver> {
        loop {
            match self.running[at].coroutine.resume(()) {
                CoroutineResult::Yield(Pause::Turn) => self.fiber.pause(Pause::Turn)?,
                CoroutineResult::Yield(pause) => {
                    self.running[at].waits = pause;
                    return Ok(false);
                }
                CoroutineResult::Return(result) => {
                    let branch = self.running.remove(at);
                    self.fiber.state.borrow_mut().branches -= 1;
                    self.failed |= result.is_err();
                    self.ended[branch.index] = Some(result);
                    // What ended the run ends this too.
                    self.fiber.going()?;
                    return Ok(true);
                }
            }
        }
    }
}
