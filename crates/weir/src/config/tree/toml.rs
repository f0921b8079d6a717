//! TOML to the common tree. Every syntax error of the file is reported, not only the first.

use std::sync::Arc;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use weir_model::limits::JSON_DEPTH_MAX;

use super::{Entry, Node, Value, mark_secrets, too_deep};
use crate::config::{problem::Problem, source::Source};

pub(crate) fn parse_toml(source: &Arc<Source>) -> Result<Node, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let mut problems: Vec<Problem> = errors.iter().map(|error| syntax(source, error)).collect();
    let span = 0..source.text.len();
    let node = Node { value: table_of(source, table.get_ref(), 0, &mut problems), place: source.place(span) };
    if problems.is_empty() {
        mark_secrets(source, &node);
        Ok(node)
    } else {
        Err(problems)
    }
}

/// One TOML value, as the right side of `--set`; `None` when the text is none.
pub(crate) fn parse_toml_value(source: &Arc<Source>, text: &str) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut problems = Vec::new();
    let mut node = node_of(source, &value, 0, &mut problems);
    node.place = source.place(0..source.text.len());
    problems.is_empty().then_some(node)
}

fn syntax(source: &Arc<Source>, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(source.text.len()..source.text.len());
    let bare = source.text.get(span.clone()).is_some_and(|text| text.starts_with(|c: char| c.is_alphabetic()));
    let hint = bare.then(|| "is it a string? Those are written in quotes".to_owned());
    Problem::new(format!("this is no TOML: {}", error.message())).at(&source.place(span)).hint_maybe(hint)
}

fn table_of(source: &Arc<Source>, table: &DeTable<'_>, depth: usize, problems: &mut Vec<Problem>) -> Value {
    let entries = table.iter().map(|(key, node)| Entry {
        key: key.get_ref().to_string(),
        key_place: source.place(key.span()),
        node: node_of(source, node, depth + 1, problems),
    });
    Value::Table(entries.collect())
}

fn node_of(source: &Arc<Source>, value: &Spanned<DeValue<'_>>, depth: usize, problems: &mut Vec<Problem>) -> Node {
    let place = source.place(value.span());
    if depth > JSON_DEPTH_MAX {
        problems.push(too_deep(&place));
        return Node { value: Value::Null, place };
    }
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Decimal,
        },
        DeValue::Float(_) => Value::Decimal,
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node_of(source, item, depth + 1, problems)).collect())
        }
        DeValue::Table(table) => table_of(source, table, depth, problems),
    };
    Node { value, place }
}
