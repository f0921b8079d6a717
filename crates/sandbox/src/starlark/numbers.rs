//! Integers of any size, in and out of text. Starlark keeps the small ones in a machine word and the rest in a `BigInt`.

use num_bigint::BigInt;
use starlark::values::{Heap, UnpackValue as _, Value};

/// Decimal digits of an integer in text, as in CPython: reading and writing takes time that grows with their square.
pub(super) const DIGITS_MAX: usize = 4_300;
/// Bits of a product. Starlark's own limit for a shift is 100 000.
pub(super) const PRODUCT_BITS_MAX: u64 = 1 << 17;

/// The integer of a JSON number's text. `None`: too many digits.
pub(super) fn read<'v>(digits: &str, heap: Heap<'v>) -> Option<Value<'v>> {
    if let Ok(small) = digits.parse::<i64>() {
        return Some(heap.alloc(small));
    }
    if digits.len() > DIGITS_MAX {
        return None;
    }
    digits.parse::<BigInt>().ok().map(|big| heap.alloc(big))
}

pub(super) fn is_int(value: Value<'_>) -> bool {
    value.unpack_i32().is_some() || value.get_type() == "int"
}

/// Bits of the integer's size; `None` for what is none.
pub(super) fn bits(value: Value<'_>) -> Option<u64> {
    if let Some(small) = value.unpack_i32() {
        return Some(u64::from(32 - small.unsigned_abs().leading_zeros()));
    }
    BigInt::unpack_value(value).ok().flatten().map(|big| big.bits())
}

/// Decimal text; `None`: too long.
pub(super) fn write(value: Value<'_>) -> Option<String> {
    if let Some(small) = value.unpack_i32() {
        return Some(small.to_string());
    }
    // Three decimal digits for ten bits, and one to be sure.
    let fits = bits(value)? <= (DIGITS_MAX as u64) * 10 / 3;
    fits.then(|| value.to_repr())
}
