//! Arguments as one canonical byte string: what is validated, judged, journaled and sent is these bytes and no others.
//!
//! Canonical: an object, keys sorted by code point at every level, no white space. Duplicate keys, numbers that would
//! change on the way and nesting beyond the cap are refused, never repaired.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use weir_model::limits::{ARGUMENT_BYTES_MAX, JSON_DEPTH_MAX};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentsInvalid {
    #[error("the arguments are {bytes} bytes; at most {ARGUMENT_BYTES_MAX} can be sent")]
    TooLarge { bytes: usize },
    #[error("the arguments are not valid JSON: {0}")]
    NotJson(String),
    #[error("the arguments must be one object, like tool({{name: value}})")]
    NotAnObject,
    #[error("the number {0} does not fit 64 bits and would change on the way: pass it as a string")]
    IntegerTooLarge(String),
}

/// Parses hostile JSON text and gives it back both as a tree and in canonical form.
pub fn canonical_arguments(text: &str) -> Result<(Value, String), ArgumentsInvalid> {
    if text.len() as u64 > ARGUMENT_BYTES_MAX {
        return Err(ArgumentsInvalid::TooLarge { bytes: text.len() });
    }
    if let Some(number) = integer_beyond_64_bits(text) {
        return Err(ArgumentsInvalid::IntegerTooLarge(number.chars().take(40).collect()));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| ArgumentsInvalid::NotJson(error.to_string()))?;
    if !value.is_object() {
        return Err(ArgumentsInvalid::NotAnObject);
    }
    let mut bytes = String::with_capacity(text.len());
    write_sorted(&value, &mut bytes);
    Ok((value, bytes))
}

/// The first integer literal outside strings that neither `i64` nor `u64` holds: a tree would round it to a double.
fn integer_beyond_64_bits(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = bytes[at..]
                    .iter()
                    .position(|b| !matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                    .map_or(bytes.len(), |length| at + length);
                let number = &text[at..end];
                let is_integer = !number.contains(['.', 'e', 'E']);
                if is_integer && number.len() > 18 && number.parse::<i64>().is_err() && number.parse::<u64>().is_err() {
                    return Some(number);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    None
}

/// The index behind the string that opens at `open`.
fn string_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (index, (key, member)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_sorted(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_sorted(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// Builds a tree and refuses what `serde_json::Value` would repair: duplicate keys and boundless depth.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= JSON_DEPTH_MAX {
            return Err(E::custom(format_args!("nested deeper than {JSON_DEPTH_MAX} levels")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(inner)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key \"{}\" stands twice", key.escape_debug())));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match canonical_arguments(text) {
            Ok((_, bytes)) => bytes,
            Err(error) => format!("! {error}"),
        };
        assert_eq!(shown, expected, "for {text}");
    }

    #[test]
    fn rows() {
        check(r#"{ "b" : 1, "a": [true, null, "x\u00e9"] }"#, r#"{"a":[true,null,"xé"],"b":1}"#);
        check(r#"{"a":{"z":1,"y":{"d":1,"c":2}}}"#, r#"{"a":{"y":{"c":2,"d":1},"z":1}}"#);
        check("[1]", "! the arguments must be one object, like tool({name: value})");
        check("{}x", "! the arguments are not valid JSON: trailing characters at line 1 column 3");
        check("", "! the arguments are not valid JSON: EOF while parsing a value at line 1 column 0");
    }

    /// J06: keys of JavaScript's own machinery are plain keys here.
    #[test]
    fn j06_prototype_keys_pass_literally() {
        check(
            r#"{"__proto__":{"admin":true},"constructor":{"x":1}}"#,
            r#"{"__proto__":{"admin":true},"constructor":{"x":1}}"#,
        );
    }

    /// T06: the Envoy AI Gateway class: one field checked, another forwarded.
    #[test]
    fn t06_duplicate_keys_are_refused_and_case_matters() {
        check(
            r#"{"id":1,"id":2}"#,
            r#"! the arguments are not valid JSON: the key "id" stands twice at line 1 column 15"#,
        );
        check(
            r#"{"a":{"k":1,"\u006b":2}}"#,
            r#"! the arguments are not valid JSON: the key "k" stands twice at line 1 column 23"#,
        );
        check(r#"{"Name":"x","name":"y"}"#, r#"{"Name":"x","name":"y"}"#);
    }

    /// T06: keys that the JSON library gives a meaning to among its own are plain keys here.
    #[test]
    fn t06_the_librarys_private_keys_pass_literally() {
        check(
            r#"{"$serde_json::private::RawValue":"{\"a\":1}","b":{"$serde_json::private::RawValue":"[]"}}"#,
            r#"{"$serde_json::private::RawValue":"{\"a\":1}","b":{"$serde_json::private::RawValue":"[]"}}"#,
        );
        check(r#"{"n":{"$serde_json::private::Number":"1"}}"#, r#"{"n":{"$serde_json::private::Number":"1"}}"#);
    }

    /// T07: no number changes silently.
    #[test]
    fn t07_numbers() {
        check(r#"{"n":9007199254740993}"#, r#"{"n":9007199254740993}"#);
        check(r#"{"n":18446744073709551615}"#, r#"{"n":18446744073709551615}"#);
        check(r#"{"n":-9223372036854775808}"#, r#"{"n":-9223372036854775808}"#);
        check(
            r#"{"n":18446744073709551616}"#,
            "! the number 18446744073709551616 does not fit 64 bits and would change on the way: pass it as a string",
        );
        check(r#"{"n":"18446744073709551616"}"#, r#"{"n":"18446744073709551616"}"#);
        check(r#"{"s":"\\\"99999999999999999999999"}"#, r#"{"s":"\\\"99999999999999999999999"}"#);
        check(r#"{"n":1e400}"#, "! the arguments are not valid JSON: number out of range at line 1 column 10");
        check(r#"{"n":-0}"#, r#"{"n":-0.0}"#);
        check(r#"{"n":0.1}"#, r#"{"n":0.1}"#);
        check(r#"{"n":NaN}"#, "! the arguments are not valid JSON: expected value at line 1 column 6");
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
        assert!(matches!(canonical_arguments(&deep), Err(ArgumentsInvalid::NotJson(_))));
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(ARGUMENT_BYTES_MAX as usize));
        assert!(matches!(canonical_arguments(&large), Err(ArgumentsInvalid::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,200}") {
            let _ = canonical_arguments(&text);
        }

        #[test]
        fn canonical_form_is_a_fixed_point(keys in proptest::collection::btree_map(".{0,8}", any::<i64>(), 0..8), f in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            let mut map: Map<String, Value> = keys.into_iter().rev().map(|(k, v)| (k, v.into())).collect();
            map.insert("float".into(), f.into());
            let (value, bytes) = canonical_arguments(&Value::Object(map.clone()).to_string()).expect("valid");
            prop_assert_eq!(&value, &Value::Object(map));
            let (_, again) = canonical_arguments(&bytes).expect("canonical text is valid");
            prop_assert_eq!(bytes, again);
        }
    }
}
