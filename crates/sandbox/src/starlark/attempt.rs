//! `attempt(f, …)`: the one way to go on after an error, since the language has no `try`.
//!
//! A failed operation keeps the fields the host gave it. The end of the run is no error and passes through.

use starlark::{
    ErrorKind,
    eval::Evaluator,
    values::{Heap, Value, dict::DictRef, structs::AllocStruct},
};
use weir_model::limits;

use super::{fiber::RunOver, json_in};
use crate::frame::cut;

/// Fields of `error`, in the order they are shown. All are there; `None` where nobody said.
const FIELDS: [&str; 8] = ["kind", "message", "tool", "status", "code", "body", "retry_after", "retryable"];

/// A failed operation.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct CallFailed {
    /// `None`: it was never started.
    pub(super) op: Option<u32>,
    message: String,
    /// JSON text of the failure, as the host told it.
    failure: String,
}

/// The failure of an operation that was not even asked for.
const TOO_MANY: &str = r#"{"kind":"limit_exceeded","message":"Too many calls wait for an answer at once: let some of them end before starting more.","retryable":false}"#;

impl CallFailed {
    pub(super) fn new(op: u32, failure: String) -> Self {
        Self { op: Some(op), message: message(&failure), failure }
    }

    /// The same failure, once more.
    pub(super) fn again(&self) -> Self {
        Self { op: self.op, message: self.message.clone(), failure: self.failure.clone() }
    }

    pub(super) fn too_many() -> Self {
        Self { op: None, message: message(TOO_MANY), failure: TOO_MANY.to_owned() }
    }
}

impl From<CallFailed> for starlark::Error {
    fn from(failed: CallFailed) -> Self {
        Self::new_native(failed)
    }
}

fn message(failure: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Failure {
        message: String,
    }
    serde_json::from_str(failure).map_or_else(|_| "The call failed.".to_owned(), |Failure { message }| message)
}

/// The text behind an error, without places and stacks.
pub(super) fn text(error: &starlark::Error) -> String {
    let text = match error.kind() {
        ErrorKind::Fail(inner) => inner.to_string(),
        _ => error.without_diagnostic().to_string(),
    };
    cut(text.trim_end(), limits::ERROR_MESSAGE_CHARS_MAX)
}

/// The error behind the wrappings, if it is a `T`.
pub(super) fn cause<T: std::error::Error + Send + Sync + 'static>(error: &starlark::Error) -> Option<&T> {
    match error.kind() {
        ErrorKind::Fail(inner)
        | ErrorKind::Value(inner)
        | ErrorKind::Function(inner)
        | ErrorKind::Native(inner)
        | ErrorKind::Other(inner) => inner.downcast_ref::<T>(),
        _ => None,
    }
}

/// `struct(ok, value, error)` of what `function` did.
pub(super) fn attempt<'v>(
    eval: &mut Evaluator<'v, '_, '_>,
    function: Value<'v>,
    positional: &[Value<'v>],
    named: &[(&str, Value<'v>)],
) -> starlark::Result<Value<'v>> {
    let heap = eval.heap();
    let (ok, value, error) = match eval.eval_function(function, positional, named) {
        Ok(value) => (true, value, Value::new_none()),
        Err(error) if ends_the_run(&error) || super::fiber::Fiber::of(eval).going().is_err() => return Err(error),
        Err(error) => (false, Value::new_none(), described(heap, &error)),
    };
    Ok(heap.alloc(AllocStruct([("ok", Value::new_bool(ok)), ("value", value), ("error", error)])))
}

fn ends_the_run(error: &starlark::Error) -> bool {
    matches!(error.kind(), ErrorKind::StackOverflow(_) | ErrorKind::Internal(_)) || cause::<RunOver>(error).is_some()
}

fn described<'v>(heap: Heap<'v>, error: &starlark::Error) -> Value<'v> {
    let failed = cause::<CallFailed>(error);
    let told = failed.and_then(|failed| json_in::parse(&failed.failure, heap).ok());
    let told = told.and_then(DictRef::from_value);
    let field = |name: &str| match (told.as_ref().and_then(|told| told.get_str(name)), name) {
        (Some(value), _) => value,
        (None, "kind") => heap.alloc(if failed.is_some() { "tool_failed" } else { "exception" }),
        (None, "message") => heap.alloc(text(error)),
        (None, "retryable") => Value::new_bool(false),
        (None, _) => Value::new_none(),
    };
    heap.alloc(AllocStruct(FIELDS.map(|name| (name, field(name)))))
}
