//! From a validator's errors to problems a model can repair: the branch that was meant, the field that was mistyped.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Map, Value};

use super::problem::{Problem, shown};
use crate::{nearest, plain, schema::Root, signature};

/// Errors of the validator that are looked at.
const ERRORS_MAX: usize = 32;
/// Unions inside unions that are opened to find the branch that was meant.
const DEPTH_MAX: usize = 8;

pub(super) fn problems(schema: &Value, validator: &Validator, arguments: &Value) -> Vec<Problem> {
    let explain = Explain { root: schema, arguments };
    let mut problems: Vec<Problem> = Vec::new();
    for error in validator.iter_errors(arguments).take(ERRORS_MAX) {
        explain.error(&error, &mut problems, 0);
    }
    let mut kept: Vec<Problem> = Vec::new();
    for problem in problems {
        if kept.len() < Problem::MAX
            && !kept.iter().any(|known| known.path == problem.path && known.expected == problem.expected)
        {
            kept.push(problem);
        }
    }
    kept
}

struct Explain<'a> {
    root: &'a Value,
    arguments: &'a Value,
}

impl Explain<'_> {
    fn error(&self, error: &ValidationError<'_>, problems: &mut Vec<Problem>, depth: usize) {
        let place = error.instance_path().as_str();
        let path = path(place);
        let instance = error.instance();
        match error.kind() {
            ValidationErrorKind::Required { property } => self.missing(error, property, problems),
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                for name in unexpected.iter().take(Problem::MAX) {
                    self.unknown(error, name, problems);
                }
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }
                if depth < DEPTH_MAX =>
            {
                if let Some(problem) = discriminator(context, place) {
                    return problems.push(problem);
                }
                match meant(context, place) {
                    Some(branch) => branch.iter().for_each(|error| self.error(error, problems, depth + 1)),
                    None => problems.push(Problem::new(path, self.kind(error), shown(instance))),
                }
            }
            ValidationErrorKind::Enum { options } => problems.push(choice(path, options, instance)),
            ValidationErrorKind::Constant { expected_value } => {
                problems.push(Problem::new(path, shown(expected_value), shown(instance)));
            }
            ValidationErrorKind::Type { .. } => problems.push(Problem::new(path, self.kind(error), shown(instance))),
            other => problems.push(Problem::new(path, limit(other, error), shown(instance))),
        }
    }

    /// A required field is not there. If a field of a similar name is, and no other field explains it, it was meant.
    fn missing(&self, error: &ValidationError<'_>, property: &Value, problems: &mut Vec<Problem>) {
        let Some(name) = property.as_str() else { return };
        let place = error.instance_path().as_str();
        let schema = self.schema_around(error);
        let expected = schema
            .and_then(|schema| schema.get("properties")?.get(name))
            .map_or_else(|| "a value".to_owned(), |schema| signature::kind(self.root, schema));
        problems.push(Problem::new(join(place, name), expected, "nothing, and it is required"));
        let Some(Value::Object(fields)) = self.arguments.pointer(place) else { return };
        let known = schema.and_then(|schema| schema.get("properties")?.as_object());
        let strange =
            fields.keys().map(String::as_str).filter(|key| known.is_none_or(|known| !known.contains_key(*key)));
        if let Some(written) = nearest::name(name, strange) {
            let mut problem = Problem::new(join(place, written), "no field of this name", shown(&fields[written]));
            problem.nearest = Some(plain::line(name, 80));
            problems.push(problem);
        }
    }

    fn unknown(&self, error: &ValidationError<'_>, name: &str, problems: &mut Vec<Problem>) {
        let place = error.instance_path().as_str();
        let value = self.arguments.pointer(place).and_then(|value| value.get(name)).unwrap_or(&Value::Null);
        let mut problem = Problem::new(join(place, name), "no field of this name", shown(value));
        let known = self.schema_around(error).and_then(|schema| schema.get("properties")?.as_object());
        if let Some(known) = known {
            let near = nearest::name(name, known.keys().map(String::as_str));
            problem.nearest = near.map(|near| plain::line(near, 80));
            if near.is_none() {
                problem.expected = format!("only {}", names(known));
            }
        }
        problems.push(problem);
    }

    /// The schema whose keyword failed.
    fn schema_around(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let (schema, _keyword) = error.schema_path().as_str().rsplit_once('/')?;
        Root::alone(self.root).own(&format!("#{}", schema.replace('%', "%25")))
    }

    fn kind(&self, error: &ValidationError<'_>) -> String {
        let kind = self.schema_around(error).map(|schema| signature::kind(self.root, schema));
        let is_integer =
            self.schema_around(error).is_some_and(|schema| schema.get("type").is_some_and(|kind| kind == "integer"));
        match kind {
            Some(kind) if is_integer && kind == "number" => "integer".to_owned(),
            Some(kind) => kind,
            None => plain::line(&error.masked().to_string(), 120),
        }
    }
}

/// Every branch names its own literal for one field (`type: "text"`), and the value has none of them.
fn discriminator(context: &[Vec<ValidationError<'static>>], place: &str) -> Option<Problem> {
    let literal = |branch: &[ValidationError<'static>]| {
        let mut inside = branch.iter().filter(|error| error.instance_path().as_str() != place);
        inside.find_map(|error| match error.kind() {
            ValidationErrorKind::Constant { expected_value } => {
                Some((error.instance_path().as_str().to_owned(), (**expected_value).clone()))
            }
            _ => None,
        })
    };
    let fitting = context.iter().filter(|branch| !branch.iter().any(|error| is_other_type(error, place)));
    let literals: Vec<(String, Value)> = fitting.map(|branch| literal(branch)).collect::<Option<_>>()?;
    let (field, _) = literals.first().filter(|_| literals.len() > 1)?;
    if literals.iter().any(|(other, _)| other != field) {
        return None;
    }
    let instance = context.iter().flatten().find(|error| error.instance_path().as_str() == field)?.instance();
    Some(choice(path(field), &literals.iter().map(|(_, value)| value.clone()).collect(), instance))
}

fn is_other_type(error: &ValidationError<'_>, place: &str) -> bool {
    error.instance_path().as_str() == place && matches!(error.kind(), ValidationErrorKind::Type { .. })
}

/// The branch of a union that was probably meant: not one of another type, and the one with least to repair.
fn meant<'e>(context: &'e [Vec<ValidationError<'static>>], place: &str) -> Option<&'e [ValidationError<'static>]> {
    let is_here = |error: &ValidationError<'_>| error.instance_path().as_str() == place;
    let is_literal = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. })
    };
    let fitting =
        context.iter().filter(|branch| !branch.is_empty() && !branch.iter().any(|error| is_other_type(error, place)));
    // A literal field (`type: "text"`) that does not match says that another branch was meant.
    let branch =
        fitting.min_by_key(|branch| (branch.iter().filter(|error| is_literal(error)).count(), branch.len()))?;
    let is_only_literals = branch.iter().all(|error| is_here(error) && is_literal(error));
    (!is_only_literals || context.len() == 1).then_some(branch)
}

fn choice(path: String, options: &Value, instance: &Value) -> Problem {
    let options = options.as_array().map_or(&[][..], Vec::as_slice);
    let listed: Vec<String> = options.iter().take(8).map(shown).collect();
    let more = if options.len() > listed.len() { format!(" … ({} in all)", options.len()) } else { String::new() };
    let mut problem = Problem::new(path, format!("one of {}{more}", listed.join(", ")), shown(instance));
    if let Some(text) = instance.as_str() {
        let near = nearest::name(text, options.iter().filter_map(Value::as_str));
        problem.nearest = near.map(|near| shown(&Value::from(near)));
    }
    problem
}

/// Bounds and rarer keywords, in words.
fn limit(kind: &ValidationErrorKind, error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::Minimum { limit } => format!("a number of at least {limit}"),
        Kind::Maximum { limit } => format!("a number of at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("a number over {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("a number under {limit}"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("at least {}", some(*limit, "character")),
        Kind::MaxLength { limit } => format!("at most {}", some(*limit, "character")),
        Kind::MinItems { limit } => format!("at least {}", some(*limit, "item")),
        Kind::MaxItems { limit } => format!("at most {}", some(*limit, "item")),
        Kind::AdditionalItems { limit } => format!("at most {}", some(*limit as u64, "item")),
        Kind::MinProperties { limit } => format!("at least {}", some(*limit, "field")),
        Kind::MaxProperties { limit } => format!("at most {}", some(*limit, "field")),
        Kind::Pattern { pattern } => format!("text that matches {}", plain::line(pattern, 100)),
        Kind::UniqueItems => "items that all differ".to_owned(),
        Kind::Contains => "an item of the kind the schema asks for".to_owned(),
        Kind::FalseSchema => "nothing here".to_owned(),
        Kind::PropertyNames { .. } => "other field names".to_owned(),
        Kind::OneOfMultipleValid { .. } => "a value that fits exactly one of the alternatives".to_owned(),
        _ => plain::line(&format!("what the schema asks for ({})", error.masked()), 160),
    }
}

fn some(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn names(fields: &Map<String, Value>) -> String {
    let listed: Vec<&str> = fields.keys().map(String::as_str).take(12).collect();
    let more = if fields.len() > listed.len() { ", …" } else { "" };
    match listed.len() {
        0 => "an empty object".to_owned(),
        _ => plain::line(&format!("the fields {}{more}", listed.join(", ")), 300),
    }
}

/// A JSON pointer as code would write it: `/labels/2/name` → `labels[2].name`.
fn path(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        push(&mut path, &step.replace("~1", "/").replace("~0", "~"));
    }
    if path.is_empty() { "arguments".to_owned() } else { plain::line(&path, 200) }
}

fn join(pointer: &str, name: &str) -> String {
    let mut path = if pointer.is_empty() { String::new() } else { path(pointer) };
    push(&mut path, name);
    plain::line(&path, 200)
}

fn push(path: &mut String, step: &str) {
    if !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) {
        path.push_str(&format!("[{step}]"));
    } else if crate::name::is_identifier(step) {
        path.push_str(if path.is_empty() { "" } else { "." });
        path.push_str(step);
    } else {
        path.push_str(&format!("[{}]", Value::from(step)));
    }
}
