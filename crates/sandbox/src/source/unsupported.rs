//! What the engine does not offer, each with what to write instead.

use oxc::span::Span;
use weir_model::{Fault, FaultKind};

use super::text;

/// One construct: what it is, and the alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Construct {
    message: &'static str,
    hint: &'static str,
}

macro_rules! constructs {
    ($($name:ident: $message:literal, $hint:literal;)*) => {
        $(pub(super) const $name: Construct = Construct { message: $message, hint: $hint };)*
    };
}

constructs! {
    IMPORT: "There is nothing to import: a snippet has no modules, files or network.",
        "Tools are there as globals, called like `await server.tool({ … })`; remove the import.";
    IMPORT_META: "`import.meta` does not exist: a snippet is not a module.", "Remove it.";
    EXPORT: "A snippet exports nothing: it is the body of an async function.", "Remove `export`, and `return` the value.";
    ENUM: "Enums are not supported: only types are removed from the source.",
        "Use an object: `const Color = { Red: \"red\", Blue: \"blue\" } as const`.";
    NAMESPACE: "Namespaces are not supported: only types are removed from the source.", "Use a plain object or functions.";
    PARAMETER_PROPERTY: "Parameter properties are not supported: only types are removed from the source.",
        "Declare the field, and assign it in the constructor.";
    DECORATOR: "Decorators are not supported.", "Call the function on the class or value instead.";
    ACCESSOR: "`accessor` fields are not supported.", "Write a getter and a setter.";
    USING: "`using` declarations are not supported.", "Use `try { … } finally { … }`.";
    PREFIX_ASSERTION: "A type assertion before this kind of expression is not supported.",
        "Write it behind the expression: `value as Type`.";
}

pub(super) fn fault(construct: Construct, source: &str, span: Span) -> Box<Fault> {
    let position = text::position(source, span.start as usize);
    let mut fault = Fault::new(FaultKind::Unsupported, construct.message).at(Some(position)).hint(construct.hint);
    fault.source_line = text::line(source, position.line);
    Box::new(fault)
}

/// The parser itself failed; never seen, kept so that it is a fault and not a dead worker.
pub(super) fn unparsable() -> Fault {
    Fault::new(FaultKind::Syntax, "The source cannot be parsed.").hint("Simplify it, and split deeply nested parts.")
}
