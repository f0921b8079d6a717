//! JSON with comments and trailing commas (what editors write) to the common tree.

use std::{collections::HashSet, sync::Arc};

use jsonc_parser::{
    CollectOptions, ParseOptions, ast,
    common::{Range, Ranged},
    parse_to_ast,
};
use weir_model::limits::JSON_DEPTH_MAX;

use super::{Entry, Node, Value, mark_secrets, too_deep};
use crate::config::{
    problem::Problem,
    source::{Place, Source},
};

pub(crate) fn parse_json(source: &Arc<Source>) -> Result<Node, Vec<Problem>> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(&source.text, &CollectOptions::default(), &options).map_err(|error| {
        let range = error.range();
        let what = error.kind().to_string().to_lowercase();
        vec![Problem::new(format!("this is no JSON: {what}")).at(&source.place(range.start..range.end))]
    })?;
    let end = source.text.len();
    let Some(value) = parsed.value else {
        return Err(vec![Problem::new("the file is empty; JSON was expected").at(&source.place(end..end))]);
    };
    let mut reader = Reader { source, problems: Vec::new() };
    let node = reader.node(&value, 0);
    if reader.problems.is_empty() {
        mark_secrets(source, &node);
        Ok(node)
    } else {
        Err(reader.problems)
    }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn place(&self, range: Range) -> Place {
        self.source.place(range.start..range.end)
    }

    fn node(&mut self, value: &ast::Value<'_>, depth: usize) -> Node {
        let place = self.place(value.range());
        if depth > JSON_DEPTH_MAX {
            self.problems.push(too_deep(&place));
            return Node { value: Value::Null, place };
        }
        let value = match value {
            ast::Value::StringLit(text) => Value::Text(text.value.to_string()),
            ast::Value::NumberLit(number) => match number.value.parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Decimal,
            },
            ast::Value::BooleanLit(value) => Value::Bool(value.value),
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::Array(array) => {
                Value::List(array.elements.iter().map(|item| self.node(item, depth + 1)).collect())
            }
            ast::Value::Object(object) => self.table(object, depth),
        };
        Node { value, place }
    }

    fn table(&mut self, object: &ast::Object<'_>, depth: usize) -> Value {
        let mut seen = HashSet::new();
        let mut entries = Vec::with_capacity(object.properties.len());
        for property in &object.properties {
            let key = property.name.as_str().to_owned();
            let key_place = self.place(property.name.range());
            if !seen.insert(key.clone()) {
                self.problems.push(Problem::new(format!("`{key}` stands here a second time")).at(&key_place));
            }
            entries.push(Entry { key, key_place, node: self.node(&property.value, depth + 1) });
        }
        Value::Table(entries)
    }
}
