//! Checks a call's arguments against the tool's input schema, and says what is wrong so that a model can repair it.
//!
//! Nothing is fetched, regular expressions are linear, and the cost is counted before it is spent.

mod cost;
mod explain;
mod problem;

use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::{plain, schema};

pub use problem::Problem;

/// Memory of one compiled regular expression in a schema.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// A tool's input schema, compiled.
#[derive(Debug)]
pub(crate) enum Checker {
    Compiled {
        schema: Value,
        validator: Box<Validator>,
    },
    /// Arguments pass as they are: the upstream has to check them.
    Unchecked(String),
    /// No arguments pass.
    Refusing(Arc<str>),
}

impl Checker {
    pub(crate) fn compile(text: &str) -> Self {
        let mut schema = match schema::parse(text) {
            Ok(schema) => schema,
            Err(reason) => return Self::Refusing(reason.to_string().into()),
        };
        if let Err(reason) = schema::prepare(&mut schema) {
            return Self::Unchecked(format!("arguments are not checked here: {reason}"));
        }
        let pattern = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
        let options = jsonschema::options().offline().should_validate_formats(false).with_pattern_options(pattern);
        match options.build(&schema) {
            Ok(validator) => Self::Compiled { schema, validator: Box::new(validator) },
            Err(error) => {
                let reason = plain::line(&error.to_string(), 200);
                Self::Unchecked(format!("arguments are not checked here: the schema does not compile ({reason})"))
            }
        }
    }

    pub(crate) fn refusing(reason: &str) -> Self {
        Self::Refusing(reason.into())
    }

    pub(crate) fn unchecked(&self) -> Option<&str> {
        match self {
            Self::Unchecked(reason) => Some(reason),
            Self::Compiled { .. } | Self::Refusing(_) => None,
        }
    }

    pub(crate) fn check(&self, arguments: &Value) -> Result<(), Vec<Problem>> {
        if !arguments.is_object() {
            return Err(vec![Problem::new("arguments", "one object with named fields", problem::shown(arguments))]);
        }
        let (schema, validator) = match self {
            Self::Compiled { schema, validator } => (schema, validator),
            Self::Unchecked(_) => return Ok(()),
            Self::Refusing(reason) => {
                return Err(vec![Problem::new(
                    "arguments",
                    "a tool that can be called",
                    format!("one that cannot: {reason}"),
                )]);
            }
        };
        if !cost::is_bounded(schema, arguments) {
            let got = "more than can be checked against this tool's schema";
            return Err(vec![Problem::new("arguments", "smaller or less nested arguments", got.to_owned())]);
        }
        if validator.is_valid(arguments) {
            return Ok(());
        }
        Err(explain::problems(schema, validator, arguments))
    }
}
