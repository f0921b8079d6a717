//! `run_saved(name, args)`: saved programs as functions of the program that calls them.
//!
//! They come with the source, in a comment that is its last line. Each runs in a module and on a heap of its own, and sees nothing of its
//! caller but `args`: values cross as JSON. Its calls are the run's, and so are its limits.

use std::collections::HashMap;

use serde::Deserialize;
use starlark::{
    environment::Module,
    eval::Evaluator,
    values::{Heap, Value},
};
use weir_model::limits;

use super::{
    attempt::{self, CallFailed},
    fiber::{Fiber, RunOver, line_of_call, misuse},
    globals,
    json_out::{self, Form},
    parallel::{DEPTH_MAX, aside},
    program::{self, Program},
    run, tools,
};

/// What the last line of a source begins with that brings saved programs. Equal in `weir::saved` and in the Python guest.
const MARK: &str = "# weir:saved ";

/// The saved programs that a source brings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    /// Sources by name.
    programs: HashMap<String, String>,
    /// Why others cannot be called, by name.
    others: HashMap<String, String>,
    /// What is said of any other name.
    unknown: String,
}

impl Saved {
    pub(super) fn of(source: &str) -> Self {
        let last = source.trim_end().rsplit('\n').next().unwrap_or_default();
        let told = last.strip_prefix(MARK).and_then(|json| serde_json::from_str(json).ok());
        told.unwrap_or_else(|| Self { unknown: "there is no saved program".to_owned(), ..Self::default() })
    }

    fn source(&self, name: &str) -> Result<&str, &str> {
        match self.programs.get(name) {
            Some(source) => Ok(source),
            None => Err(self.others.get(name).unwrap_or(&self.unknown)),
        }
    }
}

/// The value of a saved program.
pub(super) fn run<'v>(
    eval: &mut Evaluator<'v, '_, '_>,
    name: &str,
    args: Option<Value<'v>>,
) -> starlark::Result<Value<'v>> {
    let (fiber, heap) = (Fiber::of(eval), eval.heap());
    let source = fiber.saved.source(name).map_err(misuse)?;
    if fiber.depth >= DEPTH_MAX {
        return Err(misuse(format!("saved programs call one another more than {DEPTH_MAX} levels deep")));
    }
    let form = Form { root: "args", bytes_max: limits::ARGUMENT_BYTES_MAX, strict: true };
    let args = match args.filter(|args| !args.is_none()) {
        None => "{}".to_owned(),
        Some(args) => json_out::write(args, heap, form).map_err(|error| misuse(format!("run_saved: {error}")))?.json,
    };
    let program = program::prepare_saved(source)
        .map_err(|fault| misuse(format!("the saved program {name} cannot be run: {}", fault.message)))?;
    fiber.check_memory(heap, 0)?;
    let (own_heap, line) = (fiber.state.borrow_mut().new_heap(), line_of_call(eval));
    let result = aside(fiber, |yielder| {
        let inner = Fiber { yielder, heap: own_heap, depth: fiber.depth + 1, line, ..*fiber };
        Module::with_temp_heap(|module| value(&inner, &module, program, &args))
    });
    fiber.state.borrow_mut().heap_gone(own_heap);
    fiber.going()?;
    tools::received(&result?.map_err(|error| told(name, &error))?, fiber, heap)
}

/// JSON text of what the program left in a module of its own.
fn value(fiber: &Fiber<'_>, module: &Module<'_>, program: Program, args: &str) -> starlark::Result<String> {
    run::install(module, fiber.bindings);
    let heap: Heap<'_> = module.heap();
    module.set("args", tools::received(args, fiber, heap)?);
    let last = fiber.evaluator(module).eval_module(program.ast, globals::globals())?;
    let form = Form { root: "result", bytes_max: limits::RESULT_BYTES_MAX, strict: false };
    let written = json_out::write(run::given(module, last), heap, form);
    written.map(|written| written.json).map_err(|error| misuse(format!("its value cannot be handed back: {error}")))
}

/// An error inside, as one of the call: its own places are in no source that anybody sees.
fn told(name: &str, error: &starlark::Error) -> starlark::Error {
    if let Some(failed) = attempt::cause::<CallFailed>(error) {
        return failed.again().into();
    }
    match attempt::cause::<RunOver>(error) {
        Some(over) => (*over).into(),
        None => misuse(format!("the saved program {name} failed: {}", attempt::text(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_programs_come_in_the_last_line() {
        let rows = [
            ("1", Err("there is no saved program")),
            ("1\n# weir:saved {\"programs\":{\"late\":\"args\"},\"others\":{},\"unknown\":\"no\"}", Ok("args")),
            ("# weir:saved {\"programs\":{},\"others\":{\"late\":\"python\"},\"unknown\":\"no\"}", Err("python")),
            ("# weir:saved {\"programs\":{},\"others\":{},\"unknown\":\"no\"}", Err("no")),
            ("# weir:saved {\"programs\":{},\"others\":{},\"unknown\":\"no\"}\n1", Err("there is no saved program")),
            ("# weir:saved {", Err("there is no saved program")),
        ];
        for (source, expected) in rows {
            assert_eq!(Saved::of(source).source("late"), expected, "{source}");
        }
    }
}
