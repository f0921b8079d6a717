//! Whether every tool a snippet plainly calls exists. Nothing has happened yet when it does not.
//!
//! Conservative: a name that is declared, assigned or reachable in any unusual way is left to run time, where a missing
//! tool is an exception at the call.

use std::collections::HashSet;

use oxc::{
    ast::ast::*,
    ast_visit::{Visit, walk},
    span::Span,
};
use weir_model::{Fault, FaultKind, limits};

use super::{Bindings, text};
use crate::frame::cut;

/// Members that every namespace has, and what objects have of themselves.
const MEMBERS_OF_ALL: [&str; 16] = [
    "pages",
    "then",
    "catch",
    "finally",
    "toJSON",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
    "call",
    "apply",
    "bind",
];

/// What a snippet finds beside the namespaces. A name like one of these means it, however near it is to a namespace.
const GLOBALS: &str = "AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean \
    DOMException DataView Date DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity \
    Int16Array Int32Array Int8Array InternalError Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError \
    ReferenceError Reflect RegExp Set String SuppressedError Symbol SyntaxError TextDecoder TextEncoder ToolError TypeError \
    URIError URL URLSearchParams Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet arguments atob btoa \
    clearInterval clearTimeout console crypto decodeURI decodeURIComponent describe encodeURI encodeURIComponent escape eval \
    globalThis isFinite isNaN load parseFloat parseInt performance queueMicrotask search setInterval setTimeout sleep store \
    structuredClone tools undefined unescape";

pub(super) fn check(source: &str, program: &Program<'_>, bindings: &Bindings) -> Result<(), Box<Fault>> {
    if bindings.is_empty() {
        return Ok(());
    }
    let mut seen = Seen::default();
    seen.visit_program(program);
    if seen.unsure {
        return Ok(());
    }
    let unknown = seen.calls.iter().find(|call| !seen.may_exist(call, bindings));
    unknown.map_or(Ok(()), |call| Err(fault(source, call)))
}

fn fault(source: &str, call: &Call<'_>) -> Box<Fault> {
    let position = text::position(source, call.span.start as usize);
    let written = cut(&call.path.join("."), limits::SOURCE_LINE_CHARS_MAX);
    let mut fault = Fault::new(FaultKind::UnknownTool, written).at(Some(position));
    fault.source_line = text::line(source, position.line);
    Box::new(fault)
}

/// A call of a plain chain of names: `github.list_issues`, `tools["github"]["list-issues"]`.
#[derive(Debug)]
struct Call<'a> {
    path: Vec<&'a str>,
    span: Span,
}

#[derive(Debug, Default)]
struct Seen<'a> {
    calls: Vec<Call<'a>>,
    /// Names that something in the program declares or assigns.
    declared: HashSet<&'a str>,
    /// Roots something is assigned to a member of, or that are handed on whole.
    touched: HashSet<&'a str>,
    /// The program makes globals in ways no scan can follow.
    unsure: bool,
}

impl Seen<'_> {
    fn may_exist(&self, call: &Call<'_>, bindings: &Bindings) -> bool {
        let [root, rest @ ..] = call.path.as_slice() else { return true };
        if self.declared.contains(root) || self.touched.contains(root) {
            return true;
        }
        let (namespace, member) = match (*root, rest) {
            ("tools", [namespace, member, ..]) if bindings.has_namespace(namespace) => (*namespace, *member),
            ("tools", [namespace, _, ..]) => return MEMBERS_OF_ALL.contains(namespace),
            (root, [member, ..]) if bindings.is_namespace(root) => (root, *member),
            // The guest explains names that are not there; only a mistyped namespace is better told now.
            (root, _) => {
                return GLOBALS.split_whitespace().any(|global| global == root) || !bindings.is_nearly_namespace(root);
            }
        };
        MEMBERS_OF_ALL.contains(&member) || bindings.has_member(namespace, member)
    }
}

/// The names of a plain member chain, root first. `None` for anything else, optional chains included.
fn path<'a>(expression: &Expression<'a>) -> Option<Vec<&'a str>> {
    let (object, name): (_, &'a str) = match expression {
        Expression::Identifier(root) => return Some(vec![root.name.as_str()]),
        Expression::StaticMemberExpression(member) if !member.optional => {
            (&member.object, member.property.name.as_str())
        }
        Expression::ComputedMemberExpression(member) if !member.optional => match &member.expression {
            Expression::StringLiteral(name) => (&member.object, name.value.as_str()),
            _ => return None,
        },
        Expression::TSNonNullExpression(inner) => return path(&inner.expression),
        Expression::ParenthesizedExpression(inner) => return path(&inner.expression),
        Expression::TSAsExpression(inner) => return path(&inner.expression),
        _ => return None,
    };
    let mut path = path(object)?;
    path.push(name);
    Some(path)
}

impl<'a> Visit<'a> for Seen<'a> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if !call.optional
            && let Some(path) = path(&call.callee).filter(|path| path.len() > 1)
        {
            self.calls.push(Call { path, span: call.span });
        }
        // `Object.assign(github, …)` and the like: a namespace handed on may gain members.
        for argument in &call.arguments {
            if let Argument::Identifier(name) = argument {
                self.touched.insert(name.name.as_str());
            }
        }
        if let Expression::Identifier(callee) = &call.callee {
            self.unsure |= matches!(callee.name.as_str(), "eval" | "Function");
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.unsure |= matches!(name.name.as_str(), "globalThis" | "global" | "self" | "window");
    }

    fn visit_with_statement(&mut self, _with: &WithStatement<'a>) {
        self.unsure = true;
    }

    fn visit_binding_identifier(&mut self, name: &BindingIdentifier<'a>) {
        self.declared.insert(name.name.as_str());
    }

    fn visit_simple_assignment_target(&mut self, target: &SimpleAssignmentTarget<'a>) {
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(name) => {
                self.declared.insert(name.name.as_str());
            }
            SimpleAssignmentTarget::StaticMemberExpression(member) => self.touch(&member.object),
            SimpleAssignmentTarget::ComputedMemberExpression(member) => self.touch(&member.object),
            _ => {}
        }
        walk::walk_simple_assignment_target(self, target);
    }

    // Types name nothing that runs.
    fn visit_ts_type_annotation(&mut self, _annotation: &TSTypeAnnotation<'a>) {}
    fn visit_ts_type_alias_declaration(&mut self, _alias: &TSTypeAliasDeclaration<'a>) {}
    fn visit_ts_interface_declaration(&mut self, _interface: &TSInterfaceDeclaration<'a>) {}
    fn visit_ts_type_parameter_declaration(&mut self, _parameters: &TSTypeParameterDeclaration<'a>) {}
    fn visit_ts_type_parameter_instantiation(&mut self, _arguments: &TSTypeParameterInstantiation<'a>) {}
    fn visit_ts_global_declaration(&mut self, _global: &TSGlobalDeclaration<'a>) {}
    fn visit_ts_external_module_declaration(&mut self, _module: &TSExternalModuleDeclaration<'a>) {}
}

impl<'a> Seen<'a> {
    fn touch(&mut self, object: &Expression<'a>) {
        if let Some(root) = path(object).and_then(|path| path.first().copied()) {
            self.touched.insert(root);
        }
    }
}
