//! From the model's source to a program that may run: parsed, checked and made safe to evaluate. Nothing of it has run.
//!
//! Parsing recurses on nested source, so it has a stack sized for the text; what is nested deeper than a run can bear is refused there.

use std::{
    collections::HashMap,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use corosensei::{on_stack, stack::DefaultStack};
use starlark::syntax::{
    AstModule, Dialect, DialectTypes,
    ast::{AssignOp, AssignTargetP, AstExpr, AstLiteral, AstStmt, ExprP, StmtP},
};
use weir_model::{Fault, FaultKind, limits};

use super::{captures, globals, places::Places, preflight, saved::Saved, scan};
use crate::{frame::cut, source::Bindings};

/// A snippet that may run.
pub(crate) struct Program {
    pub(super) ast: AstModule,
    pub(super) places: Places,
    /// What `run_saved` finds.
    pub(super) saved: Saved,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("source", &self.places.source()).finish_non_exhaustive()
    }
}

type Checked = Result<(), Box<Fault>>;

/// What a parser may need for one byte of the most deeply nested source.
const STACK_BYTES_PER_BYTE: usize = 16 * 1024;
const STACK_BYTES_MIN: usize = 1024 * 1024;
const STACK_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Named in no message: places are told in weir's own words.
pub(super) const FILE: &str = "snippet";
/// A saved program that it calls: its places are nobody's lines.
const SAVED_FILE: &str = "saved";

fn dialect() -> Dialect {
    Dialect {
        enable_def: true,
        enable_lambda: true,
        // Parsed, and refused below with a better word.
        enable_load: true,
        enable_keyword_only_arguments: true,
        enable_positional_only_arguments: true,
        enable_types: DialectTypes::ParseOnly,
        enable_load_reexport: false,
        enable_top_level_stmt: true,
        enable_f_strings: true,
        ..Dialect::Standard
    }
}

/// Checks a snippet and makes it ready. The fault of kind `UnknownTool` says what was written; who knows more names adds them.
pub(crate) fn prepare(source: &str, bindings: &Bindings) -> Result<Program, Box<Fault>> {
    prepared(source, FILE, |places, ast| preflight::check(places, ast.statement(), bindings))
}

/// The same for a saved program. A tool of it that is not there is an error at the call.
pub(super) fn prepare_saved(source: &str) -> Result<Program, Box<Fault>> {
    prepared(source, SAVED_FILE, |_, _| Ok(()))
}

fn prepared(
    source: &str,
    file: &str,
    check: impl FnOnce(&Places, &AstModule) -> Checked,
) -> Result<Program, Box<Fault>> {
    let places = Places::new(source.strip_prefix('\u{feff}').unwrap_or(source).to_owned());
    scan::check_nesting(&places)?;
    let bytes = source.len().saturating_mul(STACK_BYTES_PER_BYTE).clamp(STACK_BYTES_MIN, STACK_BYTES_MAX);
    let stack = DefaultStack::new(bytes).map_err(|_| Box::new(unparsable()))?;
    let work = || catch_unwind(AssertUnwindSafe(|| parse(places, file, check)));
    on_stack(stack, work).unwrap_or_else(|_panicked| Err(Box::new(unparsable())))
}

fn unparsable() -> Fault {
    Fault::new(FaultKind::Syntax, "The source cannot be parsed.").hint("Write it in a simpler way.")
}

fn parse(
    mut places: Places,
    file: &str,
    check: impl FnOnce(&Places, &AstModule) -> Checked,
) -> Result<Program, Box<Fault>> {
    let mut ast = parsed(places.source().to_owned(), file, &places)?;
    if let Some(at) = deepest(ast.statement()) {
        return Err(Box::new(scan::too_deep(&places, at)));
    }
    refuse_load(&ast, &places)?;
    check(&places, &ast)?;
    let mut replacements = plain_products(&ast, &places)?;
    replacements.extend(guarded_sums(&ast));
    let parameters = captures::parameters_to_add(places.source(), ast.statement());
    replacements.extend(parameters.into_iter().map(|(at, text)| (at..at, text)));
    replacements.sort_by_key(|(range, _)| range.start);
    if !replacements.is_empty() {
        let text = places.edit(&replacements);
        ast = parsed(text, file, &places)?;
    }
    let operators = globals::OPERATORS.map(|(operator, _)| (operator.to_owned(), operator.to_owned()));
    ast.replace_binary_operators(&HashMap::from(operators));
    let saved = Saved::of(places.source());
    Ok(Program { ast, places, saved })
}

fn parsed(text: String, file: &str, places: &Places) -> Result<AstModule, Box<Fault>> {
    AstModule::parse(file, text, &dialect()).map_err(|error| Box::new(syntax_fault(&error, places)))
}

fn syntax_fault(error: &starlark::Error, places: &Places) -> Fault {
    let mut message = cut(error.without_diagnostic().to_string().trim_end(), limits::ERROR_MESSAGE_CHARS_MAX - 2);
    if !message.ends_with(['.', '?', '!']) {
        message.push('.');
    }
    let at = error.span().map(|place| place.span.begin().get() as usize);
    let mut fault = places.fault(FaultKind::Syntax, message, at);
    let line = fault.source_line.as_deref().unwrap_or_default();
    fault.hint = hint(line).map(str::to_owned);
    fault
}

/// For a line that a parser of this language stumbles over.
fn hint(line: &str) -> Option<&'static str> {
    let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let known = words.find_map(scan::instead_of);
    if known.is_some() {
        return known;
    }
    if line.contains("load") {
        return Some(LOAD_HINT);
    }
    line.contains("**").then_some("Starlark has no power operator: use math.pow(x, y), or a product.")
}

const LOAD_HINT: &str =
    "There are no other files. For the value behind a handle use load_handle(\"name\"); the tools are there already.";

fn refuse_load(ast: &AstModule, places: &Places) -> Result<(), Box<Fault>> {
    let loads = ast.loads();
    let Some(load) = loads.first() else { return Ok(()) };
    let at = load.span.span.begin().get() as usize;
    let fault = places.fault(FaultKind::Unsupported, "load is not available in a snippet.", Some(at));
    Err(Box::new(fault.hint(LOAD_HINT)))
}

/// A place nested deeper than a run's stack can bear.
fn deepest(program: &AstStmt) -> Option<usize> {
    fn expression(node: &AstExpr, depth: usize, found: &mut Option<usize>) {
        if depth > limits::SOURCE_NESTING_MAX {
            found.get_or_insert(node.span.begin().get() as usize);
        }
        if found.is_none() {
            node.node.visit_expr(|child| expression(child, depth + 1, found));
        }
    }
    fn statement(node: &AstStmt, depth: usize, found: &mut Option<usize>) {
        if depth > limits::SOURCE_NESTING_MAX {
            found.get_or_insert(node.span.begin().get() as usize);
        }
        if found.is_none() {
            node.node.visit_stmt(|child| statement(child, depth + 1, found));
        }
    }
    let mut found = None;
    statement(program, 0, &mut found);
    program.node.visit_expr(|child| expression(child, 0, &mut found));
    found
}

/// `x *= y` as `x = x * (y)`, so that every product is one that can be checked before it is made.
fn plain_products(ast: &AstModule, places: &Places) -> Result<Vec<(Range<usize>, String)>, Box<Fault>> {
    let mut found = Vec::new();
    collect(ast.statement(), AssignOp::Multiply, &mut found);
    let mut replacements = Vec::with_capacity(2 * found.len());
    for statement in found {
        let StmtP::AssignModify(target, _, value) = &statement.node else { continue };
        let AssignTargetP::Identifier(name) = &target.node else {
            let message = "*= works on a name only.";
            let at = target.span.begin().get() as usize;
            let fault = places.fault(FaultKind::Unsupported, message, Some(at));
            return Err(Box::new(fault.hint("Write it as a[i] = a[i] * b.")));
        };
        let (from, to) = (target.span.end().get() as usize, value.span.begin().get() as usize);
        let Some(operator) = places.source().get(from..to).and_then(|between| between.find("*=")) else { continue };
        let operator = from + operator;
        replacements.push((operator..operator + 2, format!("= {} * (", name.node.ident)));
        let end = value.span.end().get() as usize;
        replacements.push((end..end, ")".to_owned()));
    }
    Ok(replacements)
}

/// `x += y` as `x += weir_added(x,(y))`, so that what becomes large is known before it is made. Not where `y` is a number.
fn guarded_sums(ast: &AstModule) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    collect(ast.statement(), AssignOp::Add, &mut found);
    let mut replacements = Vec::with_capacity(2 * found.len());
    for statement in found {
        let StmtP::AssignModify(target, _, value) = &statement.node else { continue };
        if matches!(&value.node, ExprP::Literal(AstLiteral::Int(_) | AstLiteral::Float(_))) {
            continue;
        }
        let named = match &target.node {
            AssignTargetP::Identifier(name) => name.node.ident.as_str(),
            // Naming it twice would do twice what its parts do.
            _ => "None",
        };
        let (begin, end) = (value.span.begin().get() as usize, value.span.end().get() as usize);
        replacements.push((begin..begin, format!("{}({named},(", globals::ADDED)));
        replacements.push((end..end, "))".to_owned()));
    }
    replacements
}

fn collect<'a>(statement: &'a AstStmt, operator: AssignOp, found: &mut Vec<&'a AstStmt>) {
    if matches!(&statement.node, StmtP::AssignModify(_, written, _) if *written == operator) {
        found.push(statement);
    }
    statement.node.visit_stmt(|child| collect(child, operator, found));
}
