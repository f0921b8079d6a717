//! Python stubs: an upstream is a class, a tool one of its functions, and the TypedDicts they share stand below.
//!
//! Read as a stub file, the text passes a type checker's strict mode once each function is decorated as a `Tool`, which
//! has the awaitable twin `.aio`. A model needs no decorator on every function: the first line says it.

use super::{
    function::{Argument, Arguments, Function},
    records::Records,
    refusal,
    sources::Shaped,
};
use crate::python::{comment_lines, commented, docstring};

pub(super) const HEADER: &str = "# Blocking; keyword arguments or one dict. Awaitable: await server.tool.aio(...)\n";

/// Parameters longer than this stand on lines of their own.
const PARAMETERS_CHARS_MAX: usize = 100;

/// One upstream's class and types; `None` when they are longer than `bytes_max`.
pub(super) fn namespace(shaped: &Shaped<'_>, records: &mut Records, bytes_max: usize) -> Option<String> {
    let mut text = format!("class {}:\n", shaped.identifier);
    for tool in &shaped.tools {
        let member = tool.entry.member();
        match refusal(tool.entry, member) {
            Some(refusal) => text.push_str(&comment_lines(&refusal, "    ")),
            None => text.push_str(&function(member, &Function::of(tool, &shaped.named, records))),
        }
        if text.len() + records.bytes() > bytes_max {
            return None;
        }
    }
    if shaped.tools.iter().all(|tool| tool.entry.quarantined().is_some()) {
        text.push_str("    ...\n");
    }
    Some(text + &records.finish())
}

fn function(member: &str, function: &Function) -> String {
    let parameters = match &function.arguments {
        Arguments::Dict { text, optional } => format!("arguments: {text}{}, /", default(*optional)),
        Arguments::Keywords { parameters, others } => keywords(parameters, others.as_ref()),
    };
    let result = function.result.as_deref().unwrap_or("Any");
    match docstring(&function.description, "        ") {
        Some(docstring) => format!("    def {member}({parameters}) -> {result}:\n{docstring}"),
        None => format!("    def {member}({parameters}) -> {result}: ...\n"),
    }
}

fn keywords(parameters: &[Argument], others: Option<&(String, String)>) -> String {
    let star = if parameters.is_empty() { None } else { Some(("*".to_owned(), "")) };
    let named = parameters.iter().map(|Argument { name, text, optional, note }| {
        (format!("{name}: {text}{}", default(*optional)), note.as_str())
    });
    let others = others.map(|(name, text)| (format!("**{name}: {text}"), ""));
    let all: Vec<(String, &str)> = star.into_iter().chain(named).chain(others).collect();
    let line = all.iter().map(|(declaration, _)| declaration.as_str()).collect::<Vec<_>>().join(", ");
    if all.iter().all(|(_, note)| note.is_empty()) && line.chars().count() <= PARAMETERS_CHARS_MAX {
        return line;
    }
    let lines: String =
        all.iter().map(|(declaration, note)| commented(&format!("{declaration},"), note, "        ")).collect();
    format!("\n{lines}    ")
}

fn default(optional: bool) -> &'static str {
    if optional { " = ..." } else { "" }
}
