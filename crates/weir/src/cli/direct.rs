//! What tools would cost a model that is handed their definitions directly, as a gateway without code mode does.
//!
//! Tools of one upstream share definitions; each tool would bring those it reaches. They are counted once and summed for
//! every tool, so that a thousand tools that reach a megabyte each are counted in the time of reading that megabyte.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use weir_catalog::tokens;
use weir_model::{Definitions, Tool, limits::MIB};

/// Text of tools that is read for a count; beyond it a count says "more than".
const COUNTED_BYTES_MAX: usize = 64 * MIB as usize;
/// Definitions of one tool that are written out when it is shown.
const SHOWN_BYTES_MAX: usize = 16 * MIB as usize;
const REFERENCE: &str = "\"#/$defs/";

/// o200k tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DirectCost {
    pub tokens: usize,
    /// Not everything was counted: there are more than these.
    pub more: bool,
}

/// A tool as a client that lists it directly would hand it to a model: name, description and input schema, with the
/// definitions it reaches.
pub(super) fn definition(tool: &Tool) -> Value {
    let mut definition = own_definition(tool);
    let Some(shared) = tool.definitions.as_deref() else { return definition };
    if let Some(schema) = definition.get_mut("inputSchema") {
        with_definitions(schema, shared);
    }
    definition
}

/// Writes the shared definitions that a schema reaches into it, as far as it does not define them itself.
pub(super) fn with_definitions(schema: &mut Value, shared: &Definitions) {
    let mut reached = Reached::new(shared);
    reached.from(&schema.to_string());
    let Value::Object(schema) = schema else { return };
    if reached.numbers.is_empty() {
        return;
    }
    let names: Vec<&str> = shared.iter().map(|(name, _)| name).collect();
    let mut bytes = 0;
    if let Value::Object(own) = schema.entry("$defs").or_insert_with(|| Map::new().into()) {
        for number in reached.numbers {
            let text = shared.schema(number);
            bytes += text.len();
            if bytes > SHOWN_BYTES_MAX {
                break;
            }
            let parsed = || serde_json::from_str(text).unwrap_or(Value::Bool(true));
            own.entry(names[number]).or_insert_with(parsed);
        }
    }
}

/// What all tools of an upstream would cost.
pub(super) fn cost(tools: &[Tool]) -> DirectCost {
    bounded(tools, COUNTED_BYTES_MAX)
}

fn bounded(tools: &[Tool], bytes_max: usize) -> DirectCost {
    let mut cost = DirectCost { tokens: 0, more: false };
    let mut known: HashMap<*const Definitions, Counted<'_>> = HashMap::new();
    let mut bytes = 0;
    for tool in tools {
        bytes += tool.input_schema.len() + tool.description.as_ref().map_or(0, String::len);
        if bytes > bytes_max {
            cost.more = true;
            break;
        }
        cost.tokens += tokens::count(&own_definition(tool).to_string());
        if let Some(shared) = tool.definitions.as_deref() {
            let counted = known.entry(shared).or_insert_with(|| Counted::new(shared));
            cost.tokens += counted.reached_from(&tool.input_schema);
        }
    }
    cost
}

fn own_definition(tool: &Tool) -> Value {
    let mut definition = json!({ "name": &*tool.id.name });
    if let Some(description) = &tool.description {
        definition["description"] = description.as_str().into();
    }
    definition["inputSchema"] = serde_json::from_str(&tool.input_schema).unwrap_or(Value::Null);
    definition
}

/// Shared definitions, each counted when a tool first reaches it.
struct Counted<'a> {
    shared: &'a Definitions,
    names: Vec<&'a str>,
    /// Tokens of the definition, and the numbers of those it refers to.
    known: Vec<Option<(usize, Vec<usize>)>>,
}

impl<'a> Counted<'a> {
    fn new(shared: &'a Definitions) -> Self {
        let names: Vec<_> = shared.iter().map(|(name, _)| name).collect();
        Self { shared, known: vec![None; names.len()], names }
    }

    fn reached_from(&mut self, text: &str) -> usize {
        let mut seen = vec![false; self.names.len()];
        let mut waiting = references(self.shared, text);
        let mut sum = 0;
        while let Some(number) = waiting.pop() {
            if std::mem::replace(&mut seen[number], true) {
                continue;
            }
            let (shared, name) = (self.shared, self.names[number]);
            let (tokens, next) = self.known[number].get_or_insert_with(|| {
                let text = shared.schema(number);
                (tokens::count(&format!("{}:{text},", json!(name))), references(shared, text))
            });
            sum += *tokens;
            waiting.extend(next.iter().filter(|next| !seen[**next]));
        }
        sum
    }
}

/// The definitions a text reaches, in the order they are met.
struct Reached<'a> {
    shared: &'a Definitions,
    seen: Vec<bool>,
    numbers: Vec<usize>,
}

impl<'a> Reached<'a> {
    fn new(shared: &'a Definitions) -> Self {
        Self { shared, seen: vec![false; shared.len()], numbers: Vec::new() }
    }

    fn from(&mut self, text: &str) {
        self.add(text);
        let mut at = 0;
        while let Some(&number) = self.numbers.get(at) {
            self.add(self.shared.schema(number));
            at += 1;
        }
    }

    fn add(&mut self, text: &str) {
        for number in references(self.shared, text) {
            if !std::mem::replace(&mut self.seen[number], true) {
                self.numbers.push(number);
            }
        }
    }
}

/// The numbers of the definitions that a schema's text refers to. A text that only looks like a reference counts as one.
fn references(shared: &Definitions, text: &str) -> Vec<usize> {
    let mut numbers = Vec::new();
    for (at, _) in text.match_indices(REFERENCE) {
        let literal = &text[at..];
        let Some(Ok(pointer)) = serde_json::Deserializer::from_str(literal).into_iter::<String>().next() else {
            continue;
        };
        let name = pointer.strip_prefix("#/$defs/").unwrap_or_default().split('/').next().unwrap_or_default();
        let name = percent_decoded(name).replace("~1", "/").replace("~0", "~");
        numbers.extend(shared.number(&name));
    }
    numbers
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weir_model::{ToolId, UpstreamName};

    use super::*;

    fn tool(name: &str, schema: &str, shared: &Arc<Definitions>) -> Tool {
        let id = ToolId { upstream: UpstreamName::new("api").unwrap(), name: name.into() };
        Tool { definitions: Some(Arc::clone(shared)), ..Tool::new(id, schema) }
    }

    fn shared() -> Arc<Definitions> {
        Arc::new(Definitions::new([
            ("Pet", r##"{"type":"object","properties":{"owner":{"$ref":"#/$defs/Owner"}}}"##),
            ("Owner", r##"{"type":"object","properties":{"pets":{"items":{"$ref":"#/$defs/Pet"}}}}"##),
            ("a/b ~c", r#"{"type":"string"}"#),
            ("Unused", r#"{"type":"string","description":"nobody refers to it"}"#),
        ]))
    }

    #[test]
    fn a_definition_brings_what_it_reaches_and_nothing_else() {
        let shared = shared();
        for (schema, reached) in [
            (r#"{"type":"object"}"#, vec![]),
            (r##"{"properties":{"pet":{"$ref":"#/$defs/Pet"}}}"##, vec!["Owner", "Pet"]),
            (r##"{"properties":{"x":{"$ref":"#/$defs/a~1b%20~0c"}}}"##, vec!["a/b ~c"]),
            (r##"{"properties":{"x":{"$ref":"#/$defs/Gone"}}}"##, vec![]),
        ] {
            let definition = definition(&tool("t", schema, &shared));
            let defs = definition["inputSchema"]["$defs"].as_object().cloned().unwrap_or_default();
            let mut names: Vec<_> = defs.keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, reached, "{schema}");
        }
    }

    #[test]
    fn what_a_tool_defines_itself_stays() {
        let own = r##"{"properties":{"pet":{"$ref":"#/$defs/Pet"}},"$defs":{"Pet":{"type":"integer"}}}"##;
        assert_eq!(definition(&tool("t", own, &shared()))["inputSchema"]["$defs"]["Pet"]["type"], "integer");
    }

    /// The sum over memoised definitions is what the whole texts cost, but for the seams between them.
    #[test]
    fn the_cost_is_that_of_the_whole_texts() {
        let shared = shared();
        let tools: Vec<Tool> = (0..50)
            .map(|n| {
                tool(&format!("t{n}"), r##"{"type":"object","properties":{"pet":{"$ref":"#/$defs/Pet"}}}"##, &shared)
            })
            .collect();
        let whole: usize = tools.iter().map(|tool| tokens::count(&definition(tool).to_string())).sum();
        let counted = cost(&tools);
        assert!(!counted.more);
        assert!(whole.abs_diff(counted.tokens) * 20 <= whole, "{whole} {}", counted.tokens);
    }

    #[test]
    fn a_count_is_bounded() {
        let shared = shared();
        let tools: Vec<Tool> = (0..10).map(|n| tool(&format!("t{n}"), r#"{"type":"object"}"#, &shared)).collect();
        let (some, all) = (bounded(&tools, 50), bounded(&tools, 10_000));
        assert!(some.more && !all.more && some.tokens < all.tokens, "{some:?} {all:?}");
    }
}
