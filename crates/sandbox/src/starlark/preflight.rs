//! Whether every tool a snippet plainly names exists. Nothing has happened yet when it does not.
//!
//! Conservative: a name the program defines anywhere is left to run time, where a missing tool is an error at the call.

use std::collections::HashSet;

use starlark::syntax::ast::{
    AssignTargetP, AstAssignTarget, AstExpr, AstLiteral, AstNoPayload, AstParameter, AstStmt, ClauseP, ExprP,
    ForClauseP, StmtP,
};
use weir_model::{Fault, FaultKind, limits};

use super::{globals, places::Places};
use crate::{frame::cut, source::Bindings};

pub(super) fn check(places: &Places, program: &AstStmt, bindings: &Bindings) -> Result<(), Box<Fault>> {
    if bindings.is_empty() {
        return Ok(());
    }
    let mut seen = Seen::default();
    seen.statement(program);
    program.node.visit_expr(|expression| seen.expression(expression));
    let Some(unknown) = seen.chains.iter().find(|chain| !seen.may_exist(chain, bindings)) else { return Ok(()) };
    let written = cut(&unknown.path.join("."), limits::SOURCE_LINE_CHARS_MAX);
    Err(Box::new(places.fault(FaultKind::UnknownTool, written, Some(unknown.at))))
}

/// A plain chain of names: `github.list_issues`, `tools["github"]["list-issues"]`.
struct Chain<'a> {
    path: Vec<&'a str>,
    at: usize,
    called: bool,
}

#[derive(Default)]
struct Seen<'a> {
    chains: Vec<Chain<'a>>,
    /// Names that something in the program defines.
    defined: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn may_exist(&self, chain: &Chain<'a>, bindings: &Bindings) -> bool {
        let [root, rest @ ..] = chain.path.as_slice() else { return true };
        if self.defined.contains(root) {
            return true;
        }
        let builtin = globals::has(root);
        match (*root, rest) {
            ("tools", [namespace, rest @ ..]) => {
                bindings.has_namespace(namespace)
                    && rest.first().is_none_or(|member| bindings.has_member(namespace, member))
            }
            (root, [member, ..]) if bindings.is_namespace(root) && !builtin => bindings.has_member(root, member),
            // The interpreter explains names that are not there; only a mistyped namespace is better told now.
            (root, _) => builtin || bindings.is_namespace(root) || !chain.called || !bindings.is_nearly_namespace(root),
        }
    }

    fn statement(&mut self, statement: &'a AstStmt) {
        match &statement.node {
            StmtP::Assign(assign) => self.target(&assign.lhs),
            StmtP::AssignModify(target, ..) => self.target(target),
            StmtP::For(each) => self.target(&each.var),
            StmtP::Def(def) => {
                self.defined.insert(def.name.node.ident.as_str());
                self.parameters(&def.params);
            }
            _ => {}
        }
        statement.node.visit_stmt(|child| self.statement(child));
    }

    fn parameters(&mut self, parameters: &'a [AstParameter]) {
        self.defined.extend(
            parameters.iter().filter_map(|parameter| parameter.node.ident()).map(|name| name.node.ident.as_str()),
        );
    }

    fn target(&mut self, target: &'a AstAssignTarget) {
        match &target.node {
            AssignTargetP::Identifier(name) => {
                self.defined.insert(name.node.ident.as_str());
            }
            AssignTargetP::Tuple(targets) => targets.iter().for_each(|target| self.target(target)),
            AssignTargetP::Index(_) | AssignTargetP::Dot(..) => {}
        }
    }

    fn clauses(&mut self, first: &'a ForClauseP<AstNoPayload>, rest: &'a [ClauseP<AstNoPayload>]) {
        self.target(&first.var);
        for clause in rest {
            if let ClauseP::For(clause) = clause {
                self.target(&clause.var);
            }
        }
    }

    fn expression(&mut self, expression: &'a AstExpr) {
        match &expression.node {
            ExprP::Call(callee, _) => {
                if let Some(path) = path(callee).filter(|path| path.len() > 1) {
                    self.chains.push(Chain { path, at: place(callee), called: true });
                }
            }
            ExprP::Dot(..) | ExprP::Index(_) => {
                if let Some(path) = path(expression) {
                    self.chains.push(Chain { path, at: place(expression), called: false });
                }
            }
            ExprP::Lambda(lambda) => self.parameters(&lambda.params),
            ExprP::ListComprehension(_, first, rest) => self.clauses(first, rest),
            ExprP::DictComprehension(_, first, rest) => self.clauses(first, rest),
            _ => {}
        }
        expression.node.visit_expr(|child| self.expression(child));
    }
}

fn place(expression: &AstExpr) -> usize {
    expression.span.begin().get() as usize
}

/// The names of a plain chain, root first. `None` for anything else.
fn path(expression: &AstExpr) -> Option<Vec<&str>> {
    let (object, name) = match &expression.node {
        ExprP::Identifier(root) => return Some(vec![root.node.ident.as_str()]),
        ExprP::Dot(object, name) => (&**object, name.node.as_str()),
        ExprP::Index(both) => match &both.1.node {
            ExprP::Literal(AstLiteral::String(name)) => (&both.0, name.node.as_str()),
            _ => return None,
        },
        _ => return None,
    };
    let mut path = path(object)?;
    path.push(name);
    Some(path)
}
