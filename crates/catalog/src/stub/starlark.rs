//! Starlark stubs: a tool is a function whose parameters have their types in comments, and so have the dicts it gives.
//!
//! The language has no types of its own here: the text parses, and says the rest to whoever reads it.

use super::{
    function::{Argument, Arguments, Function},
    records::Records,
    refusal,
    sources::Shaped,
};
use crate::{
    Entry,
    python::{comment_lines, commented},
};

pub(super) const HEADER: &str = "# Keyword arguments or one dict. Objects are dicts.\n";

/// One upstream's functions and types; `None` when they are longer than `bytes_max`.
pub(super) fn namespace(shaped: &Shaped<'_>, records: &mut Records, bytes_max: usize) -> Option<String> {
    let mut text = String::new();
    for tool in &shaped.tools {
        text.push_str(&match refusal(tool.entry, tool.entry.path()) {
            Some(refusal) => comment_lines(&refusal, ""),
            None => function(tool.entry, &Function::of(tool, &shaped.named, records)),
        });
        if text.len() + records.bytes() > bytes_max {
            return None;
        }
    }
    Some(text + &records.finish())
}

fn function(entry: &Entry, function: &Function) -> String {
    let said = match function.description.as_str() {
        "" => entry.path().to_owned(),
        description => format!("{}: {description}", entry.path()),
    };
    let parameters = match &function.arguments {
        Arguments::Dict { text, optional } => {
            let default = if *optional { " = {}" } else { "" };
            format!("\n{}", commented(&format!("arguments{default},"), text, "    "))
        }
        Arguments::Keywords { parameters, others } if parameters.is_empty() && others.is_none() => String::new(),
        Arguments::Keywords { parameters, others } => {
            // Nothing required may follow what has a default.
            let (required, optional): (Vec<&Argument>, _) = parameters.iter().partition(|argument| !argument.optional);
            let lines: String = required.into_iter().chain(optional).map(parameter).collect();
            let others = others.iter().map(|(name, text)| commented(&format!("**{name}"), text, "    "));
            format!("\n{lines}{}", others.collect::<String>())
        }
    };
    let result = function.result.as_deref().map(|text| format!("  # -> {text}")).unwrap_or_default();
    format!("{}def {}({parameters}):{result}\n    pass\n", comment_lines(&said, ""), entry.member())
}

fn parameter(Argument { name, text, optional, note }: &Argument) -> String {
    let declaration = format!("{name}{},", if *optional { " = None" } else { "" });
    let said = if note.is_empty() { text.clone() } else { format!("{text}: {note}") };
    commented(&declaration, &said, "    ")
}
