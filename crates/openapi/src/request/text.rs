//! A value as the text of one parameter.

use serde_json::{Number, Value};

/// `None` for `null`, which RFC 6570 calls undefined. A list or an object inside another is JSON text: no style of
/// OpenAPI says anything better.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(self::number(number)),
        Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// The shortest text that reads back as the number, a whole number without a fraction: `3` for `3.0`, as JavaScript
/// writes it.
pub(crate) fn number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let size = float.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&size) {
        format!("{float}")
    } else {
        format!("{float:e}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_one_text() {
        for (value, expected) in [
            (json!(3), "3"),
            (json!(3.0), "3"),
            (json!(-0.0), "0"),
            (json!(0.1), "0.1"),
            (json!(1e20), "100000000000000000000"),
            (json!(1e21), "1e21"),
            (json!(1.5e300), "1.5e300"),
            (json!(1e-7), "1e-7"),
            (json!(0.000_001), "0.000001"),
            (json!(-2.5), "-2.5"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!(i64::MIN), "-9223372036854775808"),
        ] {
            assert_eq!(text(&value).as_deref(), Some(expected));
        }
    }
}
