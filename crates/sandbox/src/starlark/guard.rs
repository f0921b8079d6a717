//! Sizes checked before the interpreter allocates them: the operators `*` and `+`, which every program's are compiled to, and `range`.
//!
//! What goes beyond the run's memory ends the run; a number too large to be meant is an error. What has no guard here ends with
//! its worker process when it goes far beyond a limit.

use std::num::NonZeroI32;

use starlark::{
    eval::Evaluator,
    values::{Value, ValueLike as _, bytes::StarlarkBytes, list::ListRef, range::Range, tuple::TupleRef},
};

use super::{
    fiber::{Fiber, misuse},
    numbers,
};

/// Elements of one `range`. The interpreter's own functions walk it without a check of time or memory.
pub(super) const RANGE_MAX: i64 = 10_000_000;
/// What walks one longer than this takes about as long as the steps between two looks at the time.
const RANGE_LONG: i64 = 10_000;

/// `a * b`.
pub(super) fn multiply<'v>(a: Value<'v>, b: Value<'v>, eval: &Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
    let heap = eval.heap();
    if a.unpack_i32().is_none() || b.unpack_i32().is_none() {
        let size = |sequence: Value<'v>, times: Value<'v>| {
            Some(bytes(sequence)?.saturating_mul(times.unpack_i32()?.max(0).unsigned_abs() as usize))
        };
        if let Some(bytes) = size(a, b).or_else(|| size(b, a)) {
            before_large(bytes, eval)?;
        } else if let (true, true) = (numbers::is_int(a), numbers::is_int(b))
            && numbers::bits(a).zip(numbers::bits(b)).is_none_or(|(a, b)| a + b > numbers::PRODUCT_BITS_MAX)
        {
            return Err(misuse(format!("the product has more than {} bits", numbers::PRODUCT_BITS_MAX)));
        }
    }
    a.mul(b, heap)
}

/// `a + b`.
pub(super) fn add<'v>(a: Value<'v>, b: Value<'v>, eval: &Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
    if let (Some(a), Some(b)) = (bytes(a), bytes(b)) {
        before_large(a.saturating_add(b), eval)?;
    }
    a.add(b, eval.heap())
}

/// `b` of `a += b`; `a` is `None` where it cannot be named twice.
pub(super) fn added<'v>(a: Value<'v>, b: Value<'v>, eval: &Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
    if let Some(bytes_b) = bytes(b) {
        // A list grows in its place, anything else is made anew.
        let bytes_a = if ListRef::from_value(a).is_some() { 0 } else { bytes(a).unwrap_or_default() };
        before_large(bytes_a.saturating_add(bytes_b), eval)?;
    }
    Ok(b)
}

/// Something of this size is about to be made.
fn before_large(bytes: usize, eval: &Evaluator<'_, '_, '_>) -> starlark::Result<()> {
    /// What is smaller counts at the interpreter's next look, a thousand steps away at most.
    const SMALL: usize = 4 * 1024;
    /// What is larger takes time as well.
    const LARGE: usize = 256 * 1024;
    if bytes <= SMALL {
        return Ok(());
    }
    let (fiber, heap) = (Fiber::of(eval), eval.heap());
    fiber.check_memory(heap, bytes)?;
    if bytes > LARGE {
        fiber.check(heap)?;
    }
    Ok(())
}

/// What repeating the sequence once takes: the interpreter builds it beside the heap first.
fn bytes(sequence: Value<'_>) -> Option<usize> {
    const PER_ITEM: usize = 2 * size_of::<usize>();
    if let Some(text) = sequence.unpack_str() {
        return Some(2 * text.len());
    }
    if let Some(list) = ListRef::from_value(sequence) {
        return Some(PER_ITEM * list.len());
    }
    if let Some(tuple) = TupleRef::from_value(sequence) {
        return Some(PER_ITEM * tuple.len());
    }
    sequence.downcast_ref::<StarlarkBytes>().map(|bytes| 2 * bytes.len())
}

/// `range(stop)`, `range(start, stop, step)`.
pub(super) fn range(a: i32, b: Option<i32>, step: i32, eval: &Evaluator<'_, '_, '_>) -> starlark::Result<Range> {
    let (start, stop) = b.map_or((0, a), |stop| (a, stop));
    let stride = NonZeroI32::new(step).ok_or_else(|| misuse("range() cannot step by 0"))?;
    let (from, to, by) = (i64::from(start), i64::from(stop), i64::from(step));
    let length = if by > 0 { (to - from).max(0) / by } else { (from - to).max(0) / -by };
    if length > RANGE_MAX {
        let message = format!(
            "a range has at most {RANGE_MAX} elements, this one would have {length}: nest two loops to go further"
        );
        return Err(misuse(message));
    }
    if length > RANGE_LONG {
        Fiber::of(eval).check(eval.heap())?;
    }
    Ok(Range::new(start, stop, stride))
}
