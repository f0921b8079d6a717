//! The functions of a snippet that the language itself does not have: weir's own, `attempt`, `parallel`, JSON and a little arithmetic.
//!
//! Each is a thin door; what it does is elsewhere. Some stand in for one of the interpreter's that cannot be bounded.

use starlark::{
    collections::SmallMap,
    environment::GlobalsBuilder,
    eval::Evaluator,
    starlark_module,
    values::{
        Heap, StringValue, UnpackValue as _, Value,
        float::UnpackFloat,
        list::ListRef,
        none::NoneType,
        range::Range,
        tuple::{TupleRef, UnpackTuple},
    },
};
use weir_model::limits;

use super::{
    attempt,
    fiber::{Fiber, line_of_call, misuse},
    guard,
    json_out::{self, Form},
    numbers, parallel, saved, show, tools,
};
use crate::frame::Level;

#[starlark_module]
pub(super) fn operators(globals: &mut GlobalsBuilder) {
    fn multiply<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        guard::multiply(a, b, eval)
    }

    fn add<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        guard::add(a, b, eval)
    }

    fn added<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        guard::added(a, b, eval)
    }
}

/// Asks the gateway and waits. `arguments` is JSON text.
fn ask<'v>(eval: &mut Evaluator<'v, '_, '_>, member: &str, arguments: String) -> starlark::Result<Value<'v>> {
    let fiber = Fiber::of(eval);
    let answer = fiber.call(line_of_call(eval), "", member, arguments)?;
    tools::received(&answer, fiber, eval.heap())
}

/// One text or several, as a JSON list.
fn texts<'v>(value: Value<'v>, function: &str) -> starlark::Result<String> {
    let list: Vec<Value<'v>> = match (ListRef::from_value(value), TupleRef::from_value(value)) {
        (Some(list), _) => list.iter().collect(),
        (None, Some(tuple)) => tuple.iter().collect(),
        (None, None) => vec![value],
    };
    let texts: Option<Vec<&str>> = list.into_iter().map(Value::unpack_str).collect();
    let texts = texts.ok_or_else(|| misuse(format!("{function} takes a text or a list of texts")))?;
    Ok(serde_json::Value::from(texts).to_string())
}

fn number(value: Value<'_>) -> Option<f64> {
    UnpackFloat::unpack_value(value).ok().flatten().map(|float| float.0)
}

#[starlark_module]
pub(super) fn own(globals: &mut GlobalsBuilder) {
    fn sleep<'v>(
        #[starlark(require = pos)] ms: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let ms = number(ms).filter(|ms| ms.is_finite() && *ms >= 0.0);
        let ms = ms.ok_or_else(|| misuse("sleep takes a number of milliseconds, 0 or more"))?;
        ask(eval, "sleep", serde_json::json!({ "ms": ms }).to_string())
    }

    fn search<'v>(
        #[starlark(require = pos)] query: Value<'v>,
        limit: Option<u32>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let rest = limit.map(|limit| format!(",\"limit\":{}", limit.max(1))).unwrap_or_default();
        let arguments = format!("{{\"queries\":{}{rest}}}", texts(query, "search")?);
        ask(eval, "search", arguments)
    }

    fn describe<'v>(
        #[starlark(require = pos)] names: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let arguments = format!("{{\"tools\":{}}}", texts(names, "describe")?);
        ask(eval, "describe", arguments)
    }

    fn store<'v>(
        #[starlark(require = pos)] key: &str,
        #[starlark(require = pos)] value: Value<'v>,
        ttl_ms: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let ttl = ttl_ms.map(|ttl| {
            let ttl = number(ttl).filter(|ttl| ttl.is_finite() && *ttl >= 1.0);
            ttl.ok_or_else(|| misuse("store takes ttl_ms as a number of milliseconds, 1 or more"))
        });
        let rest = ttl.transpose()?.map(|ttl| format!(",\"ttl_ms\":{ttl}")).unwrap_or_default();
        let form = Form { root: "value", bytes_max: limits::STATE_VALUE_BYTES_MAX, strict: true };
        let value = json_out::write(value, eval.heap(), form).map_err(|error| misuse(format!("store: {error}")))?;
        ask(eval, "store", format!("{{\"key\":{},\"value\":{}{rest}}}", serde_json::json!(key), value.json))
    }

    fn run_saved<'v>(
        #[starlark(require = pos)] name: &str,
        args: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        saved::run(eval, name, args)
    }

    /// `load` is a word of the language.
    fn load_handle<'v>(
        #[starlark(require = pos)] handle: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        ask(eval, "load", serde_json::json!({ "handle": handle }).to_string())
    }

    fn attempt<'v>(
        #[starlark(require = pos)] f: Value<'v>,
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] kwargs: SmallMap<StringValue<'v>, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let named: Vec<(&str, Value<'v>)> = kwargs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        attempt::attempt(eval, f, &args.items, &named)
    }

    fn parallel<'v>(
        #[starlark(require = pos)] work: Value<'v>,
        #[starlark(require = pos)] items: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        parallel::parallel(eval, work, items)
    }
}

#[starlark_module]
pub(super) fn language(globals: &mut GlobalsBuilder) {
    fn print<'v>(
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let fiber = Fiber::of(eval);
        fiber.check_memory(eval.heap(), 0)?;
        fiber.log(Level::Info, show::line(args.items.into_iter(), sep, eval.heap()));
        Ok(NoneType)
    }

    fn fail<'v>(
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
        heap: Heap<'v>,
    ) -> starlark::Result<NoneType> {
        Err(failed(show::line(args.items.into_iter(), sep, heap)))
    }

    fn range<'v>(
        #[starlark(require = pos)] a: i32,
        #[starlark(require = pos)] b: Option<i32>,
        #[starlark(require = pos, default = 1)] step: i32,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Range> {
        guard::range(a, b, step, eval)
    }
}

fn failed(message: String) -> starlark::Error {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Failed(String);
    starlark::Error::new_kind(starlark::ErrorKind::Fail(Failed(message).into()))
}

#[starlark_module]
pub(super) fn json(globals: &mut GlobalsBuilder) {
    fn encode<'v>(#[starlark(require = pos)] x: Value<'v>, heap: Heap<'v>) -> starlark::Result<String> {
        let form = Form { root: "value", bytes_max: limits::RESULT_BYTES_MAX, strict: true };
        json_out::write(x, heap, form).map(|written| written.json).map_err(|error| misuse(error.to_string()))
    }

    fn decode<'v>(
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let (fiber, heap) = (Fiber::of(eval), eval.heap());
        fiber.check_memory(heap, text.len().saturating_mul(2))?;
        tools::parsed(text, fiber, heap)?.map_err(|error| misuse(error.to_string()))
    }
}

#[starlark_module]
pub(super) fn arithmetic(globals: &mut GlobalsBuilder) {
    fn sum<'v>(
        #[starlark(require = pos)] items: Value<'v>,
        #[starlark(require = pos)] start: Option<Value<'v>>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let mut sum = start.unwrap_or_else(|| heap.alloc(0));
        for item in items.iterate(heap)? {
            if !(numbers::is_int(item) || item.get_type() == "float") {
                return Err(misuse(format!(
                    "sum adds numbers, not {}: use \"\".join(list) for texts",
                    item.get_type()
                )));
            }
            sum = sum.add(item, heap)?;
        }
        Ok(sum)
    }

    /// Half goes to the even neighbour, as in Python.
    fn round<'v>(
        #[starlark(require = pos)] x: Value<'v>,
        #[starlark(require = pos)] digits: Option<i32>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        if numbers::is_int(x) {
            return Ok(x);
        }
        let number = number(x).filter(|x| x.is_finite()).ok_or_else(|| misuse("round takes a finite number"))?;
        match digits {
            None => whole(number.round_ties_even(), heap),
            Some(digits) => {
                let text = format!("{number:.*}", usize::try_from(digits.clamp(0, 17)).unwrap_or_default());
                Ok(heap.alloc(text.parse::<f64>().unwrap_or(number)))
            }
        }
    }
}

/// The integer of a float without a fraction.
fn whole(number: f64, heap: Heap<'_>) -> starlark::Result<Value<'_>> {
    if !number.is_finite() {
        return Err(misuse("an infinite number, or none, is no integer"));
    }
    numbers::read(&format!("{number:.0}"), heap).ok_or_else(|| misuse("the number is too large"))
}

fn float(x: Value<'_>, function: &str) -> starlark::Result<f64> {
    number(x).ok_or_else(|| misuse(format!("math.{function} takes a number, not {}", x.get_type())))
}

/// A result that is no number means that the argument was outside what the function is defined for.
fn defined(result: f64, function: &str) -> starlark::Result<f64> {
    if result.is_nan() { Err(misuse(format!("math.{function} is not defined there"))) } else { Ok(result) }
}

#[starlark_module]
pub(super) fn math(globals: &mut GlobalsBuilder) {
    const pi: f64 = std::f64::consts::PI;
    const e: f64 = std::f64::consts::E;
    const inf: f64 = f64::INFINITY;
    const nan: f64 = f64::NAN;

    fn floor<'v>(#[starlark(require = pos)] x: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        if numbers::is_int(x) { Ok(x) } else { whole(float(x, "floor")?.floor(), heap) }
    }

    fn ceil<'v>(#[starlark(require = pos)] x: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        if numbers::is_int(x) { Ok(x) } else { whole(float(x, "ceil")?.ceil(), heap) }
    }

    fn sqrt(#[starlark(require = pos)] x: Value) -> starlark::Result<f64> {
        defined(float(x, "sqrt")?.sqrt(), "sqrt")
    }

    fn exp(#[starlark(require = pos)] x: Value) -> starlark::Result<f64> {
        defined(float(x, "exp")?.exp(), "exp")
    }

    fn log(
        #[starlark(require = pos)] x: Value,
        #[starlark(require = pos)] base: Option<Value>,
    ) -> starlark::Result<f64> {
        let x = float(x, "log")?;
        let natural = if x > 0.0 { x.ln() } else { f64::NAN };
        match base {
            None => defined(natural, "log"),
            Some(base) => defined(natural / float(base, "log")?.ln(), "log"),
        }
    }

    fn pow(#[starlark(require = pos)] x: Value, #[starlark(require = pos)] y: Value) -> starlark::Result<f64> {
        defined(float(x, "pow")?.powf(float(y, "pow")?), "pow")
    }
}
