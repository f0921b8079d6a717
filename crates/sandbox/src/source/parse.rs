//! Parses a snippet as the body of an async function: `await` and `return` are at home, breaking out of it is a syntax error.

use oxc::{
    allocator::Allocator,
    ast::ast::Program,
    diagnostics::Diagnostics,
    parser::{ParseOptions, Parser},
    span::SourceType,
};
use weir_model::{Fault, FaultKind, limits};

use super::{Bindings, Prepared, blank::Blanks, entry, preflight, strip, text};
use crate::frame::cut;

pub(super) fn prepare(source: String, typescript: bool, bindings: &Bindings) -> Result<Prepared, Box<Fault>> {
    // One column wide, like the mark it replaces.
    let text = match source.strip_prefix('\u{feff}') {
        Some(rest) => format!(" {rest}"),
        None => source.clone(),
    };
    let allocator = Allocator::default();
    let kind = SourceType::mjs().with_typescript(typescript);
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, &text, kind).with_options(options).parse();
    if parsed.panicked || parsed.diagnostics.has_errors() {
        return Err(Box::new(syntax_fault(&text, &parsed.diagnostics, typescript)));
    }
    let (code, shift) = transform(&text, &parsed.program, bindings)?;
    Ok(Prepared { source, code, shift })
}

fn transform(
    text: &str,
    program: &Program<'_>,
    bindings: &Bindings,
) -> Result<(String, Option<super::Shift>), Box<Fault>> {
    let mut blanks = Blanks::new(text);
    strip::strip(text, program, &mut blanks)?;
    preflight::check(text, program, bindings)?;
    if let Some(hashbang) = &program.hashbang {
        blanks.blank(hashbang.span);
    }
    let wrap = entry::wrap(text, program);
    let code = blanks.apply(wrap.as_ref());
    Ok((code, wrap.map(|wrap| wrap.shift)))
}

fn syntax_fault(text: &str, diagnostics: &Diagnostics, typescript: bool) -> Fault {
    let Some(first) = diagnostics.errors().next() else {
        return Fault::new(FaultKind::Syntax, "The source is not a program.");
    };
    let position = first.labels.first().map(|label| text::position(text, label.offset() as usize));
    let mut message = cut(&first.message, limits::ERROR_MESSAGE_CHARS_MAX - 2);
    if !message.ends_with(['.', '?', '!']) {
        message.push('.');
    }
    let mut fault = Fault::new(FaultKind::Syntax, message).at(position);
    fault.hint = match &first.help {
        Some(help) => Some(cut(help, limits::ERROR_MESSAGE_CHARS_MAX)),
        None if !typescript => Some("The language is javascript: types need language typescript.".to_owned()),
        None => None,
    };
    fault.source_line = position.and_then(|at| text::line(text, at.line));
    fault
}
