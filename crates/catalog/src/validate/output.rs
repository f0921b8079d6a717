//! Compares a tool's answers with the schema it gives for them. A mismatch is something to tell, never a failure: a schema that cannot
//! be used, or costs too much, compares nothing.

use std::sync::Arc;

use jsonschema::Validator;
use serde_json::Value;
use weir_model::Definitions;

use super::{Problem, cost, explain, validator};
use crate::schema;

/// Differences told of one answer.
const TOLD_MAX: usize = 3;
/// JSON values in an output schema, shared definitions included: more take too long to compile for what they tell.
const VALUES_MAX: usize = 10_000;

/// A tool's output schema, compiled.
#[derive(Debug)]
pub(crate) struct OutputChecker {
    schema: Value,
    validator: Box<Validator>,
}

impl OutputChecker {
    /// With the definitions beside it as far as it reaches them; what was left out fits.
    pub(crate) fn compile(text: &str, definitions: Option<&Arc<Definitions>>) -> Option<Self> {
        let (mut schema, _cut) = super::read(text, definitions).ok()?;
        if cost::kept(&schema) > VALUES_MAX {
            return None;
        }
        schema::prepare(&mut schema).ok()?;
        let validator = Box::new(validator(&schema).ok()?);
        Some(Self { schema, validator })
    }

    /// What keeping it costs, as a number of JSON values.
    pub(crate) fn cost(&self) -> usize {
        cost::kept(&self.schema)
    }

    pub(crate) fn misfit(&self, value: &Value) -> Option<String> {
        if !cost::is_bounded(&self.schema, value) || self.validator.is_valid(value) {
            return None;
        }
        let problems = explain::problems(&self.schema, &self.validator, value);
        let told: Vec<String> = problems.iter().take(TOLD_MAX).map(told).collect();
        let told = if told.is_empty() { "it is another one".to_owned() } else { told.join("; ") };
        Some(format!("the answer does not fit the tool's output schema: {told}"))
    }
}

fn told(problem: &Problem) -> String {
    match problem.path.as_str() {
        "arguments" => Problem { path: "the value".to_owned(), ..problem.clone() }.to_string(),
        _ => problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(schema: &Value, shared: Option<&Arc<Definitions>>, value: &Value) -> String {
        match OutputChecker::compile(&schema.to_string(), shared) {
            None => "nothing to compare with".to_owned(),
            Some(checker) => checker.misfit(value).unwrap_or_else(|| "fits".to_owned()),
        }
    }

    #[test]
    fn what_does_not_fit_is_told_in_a_sentence() {
        let user = json!({ "type": "object", "properties": { "id": { "type": "integer" } }, "required": ["id"] });
        insta::assert_snapshot!(told(&user, None, &json!({ "id": 1, "more": true })), @"fits");
        insta::assert_snapshot!(told(&user, None, &json!({ "id": "1" })), @r#"the answer does not fit the tool's output schema: id: expected integer, got "1""#);
        insta::assert_snapshot!(told(&user, None, &json!({})), @"the answer does not fit the tool's output schema: id: expected number, got nothing, and it is required");
        insta::assert_snapshot!(told(&user, None, &json!([1])), @"the answer does not fit the tool's output schema: the value: expected {id: number}, got an array of 1");
        insta::assert_snapshot!(told(&json!(false), None, &json!(1)), @"the answer does not fit the tool's output schema: the value: expected nothing here, got 1");
        let many = json!({ "items": { "type": "string" } });
        insta::assert_snapshot!(told(&many, None, &json!([1, 2, 3, 4, 5])), @"the answer does not fit the tool's output schema: [0]: expected string, got 1; [1]: expected string, got 2; [2]: expected string, got 3");
    }

    #[test]
    fn shared_definitions_are_followed() {
        let shared = Arc::new(Definitions::new([
            ("user", r##"{"properties":{"boss":{"$ref":"#/$defs/user"},"team":{"$ref":"#/$defs/a~b"}}}"##),
            ("a~b", r#"{"type":"string"}"#),
        ]));
        let schema = json!({ "items": { "$ref": "#/$defs/user" } });
        let value = |team| json!([{ "boss": { "team": team } }]);
        insta::assert_snapshot!(told(&schema, Some(&shared), &value(json!("x"))), @"fits");
        insta::assert_snapshot!(told(&schema, Some(&shared), &value(json!(5))), @"the answer does not fit the tool's output schema: [0].boss.team: expected string, got 5");
        let own = json!({ "$ref": "#/$defs/user", "$defs": { "user": { "type": "null" } } });
        insta::assert_snapshot!(told(&own, Some(&shared), &json!(null)), @"fits");
    }

    #[test]
    fn a_schema_that_cannot_be_used_compares_nothing() {
        let endless = json!({ "$ref": "#" });
        let dangling = json!({ "$ref": "#/$defs/nobody" });
        let elsewhere = json!({ "$ref": "https://example.com/schema.json" });
        let vast = json!({ "enum": (0..20_000).collect::<Vec<u32>>() });
        for schema in [endless, dangling, elsewhere] {
            assert_eq!(told(&schema, None, &json!(1)), "nothing to compare with", "{schema}");
        }
        assert_eq!(told(&vast, Some(&Arc::default()), &json!(1)), "nothing to compare with");
        assert_eq!(OutputChecker::compile("{", None).map(|_| ()), None);
    }
}
