//! Checks a call's arguments against the tool's input schema, and says what is wrong so that a model can repair it.
//!
//! Nothing is fetched, regular expressions are linear, and the cost is counted before it is spent.

mod cost;
mod explain;
mod output;
mod problem;

use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use weir_model::{Definitions, limits};

use crate::{
    plain,
    schema::{self, Shared, Unusable},
};

pub(crate) use output::OutputChecker;
pub use problem::Problem;

/// Memory of one compiled regular expression in a schema.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// Said of arguments when not every definition could be kept.
const PARTLY: &str = "arguments are checked in part: the schema leads to more definitions than weir checks, or to some that \
                      cannot be used; what they describe passes as it is";

/// A tool's input schema, compiled.
#[derive(Debug)]
pub(crate) enum Checker {
    Compiled {
        schema: Value,
        validator: Box<Validator>,
        /// Definitions were left out.
        cut: bool,
    },
    /// Arguments pass as they are: the upstream has to check them.
    Unchecked(String),
    /// No arguments pass.
    Refusing(Arc<str>),
}

impl Checker {
    /// With the definitions beside it as far as it reaches them; parsed forms of them end with this.
    pub(crate) fn compile(text: &str, definitions: Option<&Arc<Definitions>>) -> Self {
        let (mut schema, cut) = match read(text, definitions) {
            Ok(read) => read,
            Err(reason) => return Self::Refusing(reason.to_string().into()),
        };
        if let Err(reason) = schema::prepare(&mut schema) {
            return Self::Unchecked(format!("arguments are not checked here: {reason}"));
        }
        match validator(&schema) {
            Ok(validator) => Self::Compiled { schema, validator: Box::new(validator), cut },
            Err(reason) => Self::Unchecked(format!("arguments are not checked here: {reason}")),
        }
    }

    pub(crate) fn refusing(reason: &str) -> Self {
        Self::Refusing(reason.into())
    }

    pub(crate) fn unchecked(&self) -> Option<&str> {
        match self {
            Self::Unchecked(reason) => Some(reason),
            Self::Compiled { cut: true, .. } => Some(PARTLY),
            Self::Compiled { .. } | Self::Refusing(_) => None,
        }
    }

    /// What keeping it costs, as a number of JSON values.
    pub(crate) fn cost(&self) -> usize {
        match self {
            Self::Compiled { schema, .. } => cost::kept(schema),
            Self::Unchecked(_) | Self::Refusing(_) => 1,
        }
    }

    pub(crate) fn check(&self, arguments: &Value) -> Result<(), Vec<Problem>> {
        if !arguments.is_object() {
            return Err(vec![Problem::new("arguments", "one object with named fields", problem::shown(arguments))]);
        }
        let (schema, validator) = match self {
            Self::Compiled { schema, validator, .. } => (schema, validator),
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

/// A schema with the definitions that it leads to, and whether some were left out.
fn read(text: &str, definitions: Option<&Arc<Definitions>>) -> Result<(Value, bool), Unusable> {
    let own = schema::parse(text)?;
    match definitions {
        Some(definitions) => schema::with_definitions(own, &Shared::new(definitions, limits::SCHEMA_BYTES_MAX)),
        None => schema::bounded(&own).map(|()| (own, false)),
    }
}

/// `schema` is prepared. `Err` says why it does not compile.
fn validator(schema: &Value) -> Result<Validator, String> {
    let pattern = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
    let options = jsonschema::options().offline().should_validate_formats(false).with_pattern_options(pattern);
    options
        .build(schema)
        .map_err(|error| format!("the schema does not compile ({})", plain::line(&error.to_string(), 200)))
}
