//! A lambda made in a loop keeps the loop variable's value of its turn: `[lambda: f(n) for n in ns]` calls `f` once for each `n`.
//!
//! By itself every such lambda would see the variable's last value, and `parallel` of them would make the last call many times.
//! Written out, it is what a careful author writes: `lambda n=n: f(n)`.

use starlark::syntax::ast::{
    AssignTargetP, AstAssignTarget, AstExpr, AstNoPayload, AstStmt, ClauseP, ExprP, ForClauseP, LambdaP, ParameterP,
    StmtP,
};

/// Where a parameter is to be added, and its text.
pub(super) fn parameters_to_add(source: &str, program: &AstStmt) -> Vec<(usize, String)> {
    let mut scope = Scope { source, loops: Vec::new(), found: Vec::new() };
    scope.statement(program);
    scope.found
}

struct Scope<'a> {
    source: &'a str,
    /// Variables of the loops around, outermost first.
    loops: Vec<&'a str>,
    found: Vec<(usize, String)>,
}

impl<'a> Scope<'a> {
    fn statement(&mut self, statement: &'a AstStmt) {
        match &statement.node {
            StmtP::Statements(inner) => inner.iter().for_each(|inner| self.statement(inner)),
            StmtP::Return(Some(value)) | StmtP::Expression(value) => self.expression(value),
            StmtP::AssignModify(_, _, value) => self.expression(value),
            StmtP::Assign(assign) => self.expression(&assign.rhs),
            StmtP::If(condition, then) => {
                self.expression(condition);
                self.statement(then);
            }
            StmtP::IfElse(condition, branches) => {
                self.expression(condition);
                self.statement(&branches.0);
                self.statement(&branches.1);
            }
            StmtP::For(each) => {
                self.expression(&each.over);
                let outer = self.loops.len();
                self.target(&each.var);
                self.statement(&each.body);
                self.loops.truncate(outer);
            }
            StmtP::Def(def) => {
                let around = std::mem::take(&mut self.loops);
                self.statement(&def.body);
                self.loops = around;
            }
            StmtP::Break | StmtP::Continue | StmtP::Pass | StmtP::Return(None) | StmtP::Load(_) => {}
        }
    }

    fn target(&mut self, target: &'a AstAssignTarget) {
        match &target.node {
            AssignTargetP::Identifier(name) => self.loops.push(name.node.ident.as_str()),
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
        let outer = self.loops.len();
        match &expression.node {
            ExprP::Lambda(lambda) => self.lambda(expression, lambda),
            ExprP::ListComprehension(_, first, rest) => self.clauses(first, rest),
            ExprP::DictComprehension(_, first, rest) => self.clauses(first, rest),
            _ => {}
        }
        expression.node.visit_expr(|child| self.expression(child));
        self.loops.truncate(outer);
    }

    fn lambda(&mut self, expression: &AstExpr, lambda: &'a LambdaP<AstNoPayload>) {
        let plain = lambda.params.iter().all(|parameter| matches!(parameter.node, ParameterP::Normal(..)));
        if self.loops.is_empty() || !plain {
            return;
        }
        let own: Vec<&str> = lambda
            .params
            .iter()
            .filter_map(|parameter| parameter.node.ident())
            .map(|name| name.node.ident.as_str())
            .collect();
        let mut used = Vec::new();
        names(&lambda.body, &mut used);
        let mut kept: Vec<&str> = Vec::new();
        for name in &self.loops {
            if used.contains(name) && !own.contains(name) && !kept.contains(name) {
                kept.push(name);
            }
        }
        let written: Vec<String> = kept.iter().map(|name| format!("{name}={name}")).collect();
        if written.is_empty() {
            return;
        }
        let written = written.join(", ");
        let begin = expression.span.begin().get() as usize;
        // Inside a text with expressions places may be another text's.
        if !self.source.get(begin..).is_some_and(|text| text.starts_with("lambda")) {
            return;
        }
        self.found.push(match lambda.params.last() {
            Some(last) => (last.span.end().get() as usize, format!(", {written}")),
            None => (begin + "lambda".len(), format!(" {written}")),
        });
    }
}

fn names<'a>(expression: &'a AstExpr, found: &mut Vec<&'a str>) {
    if let ExprP::Identifier(name) = &expression.node {
        found.push(name.node.ident.as_str());
    }
    expression.node.visit_expr(|child| names(child, found));
}
