//! A first look at the text, before any parser sees it: nesting that would exhaust a stack, and words of other languages.
//!
//! Strings and comments are skipped exactly as the lexer does; what is no program is left to the parser to say.

use weir_model::{Fault, FaultKind, limits};

use super::places::Places;

/// Words that cannot be names in Python or here. `from_` stands for a parameter `from`, and so on.
const KEYWORDS: &str = "False None True and as assert async await break class continue def del elif else except finally for from global \
    if import in is lambda load nonlocal not or pass raise return try while with yield";

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.split_whitespace().any(|keyword| keyword == word)
}

/// What to write in place of a word of Python that Starlark has not.
pub(super) fn instead_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "while" => "Starlark has no while: use for _ in range(n), with break.",
        "try" | "except" | "finally" => {
            "Starlark has no try: use r = attempt(lambda: f(x)), then r.ok, r.value and r.error."
        }
        "raise" | "assert" => "Starlark has no exceptions to raise: end the run with fail(\"why\").",
        "import" | "from" => "Starlark imports nothing: json, math, struct and the tools are there already.",
        "class" => "Starlark has no classes: use struct(a=1) or a dict.",
        "async" | "await" => {
            "Calls wait by themselves: write them plainly, and use parallel([lambda: f(x), lambda: g(y)]) for several at once."
        }
        "with" => "Starlark has no with: nothing needs closing here.",
        "global" | "nonlocal" => {
            "Names of the program cannot be assigned in a function: return a value, or change a list or dict."
        }
        "del" => "Starlark has no del: use d.pop(key).",
        "is" => "Starlark has no is: use ==.",
        "yield" => "Starlark has no generators: build a list.",
        _ => return None,
    })
}

/// Refuses brackets nested beyond any program a person or a model writes.
pub(super) fn check_nesting(places: &Places) -> Result<(), Box<Fault>> {
    let bytes = places.source().as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' | b'\'' => {
                at = after_string(bytes, at);
                continue;
            }
            b'#' => {
                at = memchr_newline(bytes, at);
                continue;
            }
            _ => {}
        }
        if depth > limits::SOURCE_NESTING_MAX {
            return Err(Box::new(too_deep(places, at)));
        }
        at += 1;
    }
    Ok(())
}

pub(super) fn too_deep(places: &Places, at: usize) -> Fault {
    let message = format!("The source nests expressions more than {} deep.", limits::SOURCE_NESTING_MAX);
    places
        .fault(FaultKind::Syntax, message, Some(at))
        .hint("Build deep structures with a loop, and long texts with \"\".join(list).")
}

fn memchr_newline(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

/// The index after the string that opens at `at`, or the end of its line or of the text when it never closes.
fn after_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut end = at + if triple { 3 } else { 1 };
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 1,
            b'\n' if !triple => return end,
            byte if *byte == quote && (!triple || bytes[end..].starts_with(&[quote; 3])) => {
                return end + if triple { 3 } else { 1 };
            }
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}
