//! A result within its token budget: whole, or a valid summary beside a handle. Never cut JSON.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use weir_catalog::tokens;
use weir_model::HandleId;

/// Tokens a summary may take, whatever the budget: it is there to show the shape, the handle has the rest.
const SUMMARY_TOKENS_MAX: usize = 1_500;

/// Whether `json` (valid JSON text) fits `tokens_max` o200k tokens; needs no handle to say yes.
pub fn fits(json: &str, tokens_max: usize) -> bool {
    tokens::fits(json, tokens_max)
}

/// The summary of a value that does not fit, as JSON text `{"truncated", "handle", "bytes", "shape"?, "preview"?}`. `handle` is where the whole is kept, `None` when it could not be.
pub fn summary(json: &str, tokens_max: usize, handle: Option<&HandleId>) -> String {
    let budget = tokens_max.min(SUMMARY_TOKENS_MAX);
    let shape = sketch(&Prune::STEPS[0].of_text(json), 0);
    for step in Prune::STEPS {
        let text = summary_json(json.len(), &shape, Some(step.of_text(json)), handle);
        if tokens::fits(&text, budget) {
            return text;
        }
    }
    let text = summary_json(json.len(), &shape, None, handle);
    if tokens::fits(&text, budget) { text } else { summary_json(json.len(), "", None, handle) }
}

fn summary_json(bytes: usize, shape: &str, preview: Option<Value>, handle: Option<&HandleId>) -> String {
    let mut map = Map::new();
    map.insert("truncated".into(), true.into());
    map.insert("handle".into(), handle.map(HandleId::as_str).into());
    map.insert("bytes".into(), bytes.into());
    if !shape.is_empty() {
        map.insert("shape".into(), shape.into());
    }
    if let Some(preview) = preview {
        map.insert("preview".into(), preview);
    }
    Value::Object(map).to_string()
}

/// How much of a value a preview keeps.
#[derive(Debug, Clone, Copy)]
struct Prune {
    items: usize,
    keys: usize,
    chars: usize,
    depth: usize,
}

impl Prune {
    /// From generous to bare.
    const STEPS: [Self; 6] = [
        Self { items: 5, keys: 60, chars: 400, depth: 8 },
        Self { items: 3, keys: 40, chars: 160, depth: 6 },
        Self { items: 2, keys: 30, chars: 80, depth: 5 },
        Self { items: 1, keys: 20, chars: 60, depth: 4 },
        Self { items: 1, keys: 10, chars: 40, depth: 3 },
        Self { items: 1, keys: 5, chars: 20, depth: 2 },
    ];

    /// Reads JSON text and keeps only what the preview shows; the rest is skipped, never built.
    fn of_text(self, json: &str) -> Value {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        Kept(self).deserialize(&mut deserializer).unwrap_or_else(|error| json!(format!("… ({error})")))
    }

    fn deeper(self) -> Self {
        Self { depth: self.depth - 1, ..self }
    }

    fn string(self, text: &str) -> Value {
        match text.char_indices().nth(self.chars) {
            Some((cut, _)) => format!("{}… ({} more bytes)", &text[..cut], text.len() - cut).into(),
            None => text.into(),
        }
    }
}

struct Kept(Prune);

impl<'de> DeserializeSeed<'de> for Kept {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept {
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
        Ok(self.0.string(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let (prune, mut items, mut count) = (self.0, Vec::new(), 0usize);
        while prune.depth > 0 && count < prune.items {
            match access.next_element_seed(Kept(prune.deeper()))? {
                Some(item) => items.push(item),
                None => return Ok(items.into()),
            }
            count += 1;
        }
        let mut more = 0usize;
        while access.next_element::<IgnoredAny>()?.is_some() {
            more += 1;
        }
        if more > 0 {
            items.push(format!("… {more} more items").into());
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let (prune, mut map) = (self.0, Map::new());
        while prune.depth > 0 && map.len() < prune.keys {
            match access.next_key::<String>()? {
                Some(key) => {
                    let key: String = key.chars().take(prune.chars.max(20)).collect();
                    map.insert(key, access.next_value_seed(Kept(prune.deeper()))?);
                }
                None => return Ok(map.into()),
            }
        }
        let mut more = 0usize;
        while access.next_key::<IgnoredAny>()?.is_some() {
            access.next_value::<IgnoredAny>()?;
            more += 1;
        }
        if more > 0 {
            map.insert("…".into(), format!("{more} more keys").into());
        }
        Ok(map.into())
    }
}

/// A one-line type of a pruned value, in TypeScript's notation: `{id: number, lines: {sku: string}[]}[]`.
fn sketch(value: &Value, depth: usize) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
        Value::Array(items) => match items.first() {
            Some(first) => format!("{}[]", sketch(first, depth + 1)),
            None => "unknown[]".into(),
        },
        Value::Object(_) if depth > 3 => "object".into(),
        Value::Object(map) => {
            let shown = map.iter().take(20).filter(|(key, _)| *key != "…");
            let members: Vec<_> = shown.map(|(key, member)| format!("{key}: {}", sketch(member, depth + 1))).collect();
            let more = if map.len() > 20 || map.contains_key("…") { ", …" } else { "" };
            format!("{{{}{more}}}", members.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_keeps_its_first_items_and_says_how_many_more() {
        let rows: Vec<Value> =
            (0..2000).map(|n| json!({"id": n, "name": format!("customer {n}"), "tags": ["a", "b"]})).collect();
        let text = Value::from(rows).to_string();
        assert!(!fits(&text, 8_000));
        let shown = summary(&text, 8_000, Some(&HandleId::new("h_1")));
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn one_long_string() {
        let text = json!("x".repeat(100_000)).to_string();
        let shown: Value = serde_json::from_str(&summary(&text, 500, None)).expect("valid");
        assert_eq!(shown["handle"], Value::Null);
        assert!(shown["preview"].as_str().expect("a string").ends_with("… (99600 more bytes)"));
    }

    #[test]
    fn depth_is_skipped_not_followed() {
        let text = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let shown: Value = serde_json::from_str(&summary(&text, 100, None)).expect("valid");
        assert_eq!(shown["truncated"], true);
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), ".{0,600}".prop_map(Value::from),];
        leaf.prop_recursive(6, 200, 12, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
                proptest::collection::btree_map(".{0,30}", inner, 0..12)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_summary_is_valid_and_within_its_budget(value in tree(), budget in 80usize..2_000) {
            let text = value.to_string();
            let shown = summary(&text, budget, Some(&HandleId::new("h_0123456789abcdef0123456789abcdef")));
            prop_assert!(serde_json::from_str::<Value>(&shown).is_ok());
            prop_assert!(tokens::fits(&shown, budget), "{} tokens for a budget of {budget}", tokens::count(&shown));
        }
    }
}
