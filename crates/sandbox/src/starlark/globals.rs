//! What every snippet finds beside its tools. Built once, frozen, shared by all runs.

use std::sync::OnceLock;

use starlark::environment::{Globals, GlobalsBuilder, LibraryExtension};

use super::functions;

/// What these operators of every program are compiled to, each a function of that name. No program can write it as a name.
pub(super) const OPERATORS: [(&str, &str); 2] = [("*", "multiply"), ("+", "add")];
/// What the right side of every `+=` is passed through. A program that takes the name for something else has only itself to blame.
pub(super) const ADDED: &str = "weir_added";

pub(super) fn globals() -> &'static Globals {
    static GLOBALS: OnceLock<Globals> = OnceLock::new();
    GLOBALS.get_or_init(build)
}

fn build() -> Globals {
    use LibraryExtension as L;
    let extensions = [L::StructType, L::RecordType, L::EnumType, L::Map, L::Filter, L::Partial, L::SetType, L::Typing];
    let operators = GlobalsBuilder::new().with(functions::operators).build();
    let mut builder = GlobalsBuilder::extended_by(&extensions)
        .with(functions::own)
        .with(functions::language)
        .with(functions::arithmetic);
    builder.namespace("json", functions::json);
    builder.namespace("math", functions::math);
    builder.frozen_heap().add_reference(operators.heap());
    for (name, defined) in OPERATORS.into_iter().chain([(ADDED, "added")]) {
        let function = operators.iter().find(|(name, _)| *name == defined).map(|(_, function)| function);
        builder.set(name, function.expect("`operators` defines it"));
    }
    builder.build()
}

/// Whether a program finds something under this name without defining it.
pub(super) fn has(name: &str) -> bool {
    globals().iter().any(|(known, _)| known == name)
}

/// Does once what the first run would otherwise wait for.
pub(crate) fn warm_up() {
    globals();
}
