//! Snippets that are one function and nothing else: models trained on other products write `async () => { … }`.
//! Such a function is called, and what it returns is the result; likewise a lone call of one.

use oxc::{
    ast::ast::{Expression, Program, Statement},
    span::{GetSpan as _, Span},
};

use super::{Shift, text};

/// Text to be put around a span.
#[derive(Debug)]
pub(super) struct Wrap {
    span: Span,
    before: &'static str,
    after: &'static str,
    pub(super) shift: Shift,
}

impl Wrap {
    pub(super) fn insert_before(&self, at: usize, text: &mut String) {
        if at == self.span.end as usize {
            text.push_str(self.after);
        }
        if at == self.span.start as usize {
            text.push_str(self.before);
        }
    }
}

pub(super) fn wrap(source: &str, program: &Program<'_>) -> Option<Wrap> {
    if !program.directives.is_empty() {
        return None;
    }
    // What was blanked altogether does not count: types may stand beside the function.
    let mut statements = program.body.iter().filter(|statement| !is_type(statement));
    let (Some(Statement::ExpressionStatement(only)), None) = (statements.next(), statements.next()) else {
        return None;
    };
    let expression = &only.expression;
    let (before, after) = match unwrapped(expression) {
        Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_) => ("return (", ")()"),
        Expression::CallExpression(call) => match unwrapped(&call.callee) {
            Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_) => ("return ", ""),
            _ => return None,
        },
        _ => return None,
    };
    let span = expression.span();
    let line = text::position(source, span.start as usize).line;
    let columns = u32::try_from(before.len()).unwrap_or_default();
    Some(Wrap { span, before, after, shift: Shift { line, columns } })
}

fn unwrapped<'e, 'a>(mut expression: &'e Expression<'a>) -> &'e Expression<'a> {
    while let Expression::ParenthesizedExpression(inner) = expression {
        expression = &inner.expression;
    }
    expression
}

fn is_type(statement: &Statement<'_>) -> bool {
    matches!(
        statement,
        Statement::TSTypeAliasDeclaration(_) | Statement::TSInterfaceDeclaration(_) | Statement::EmptyStatement(_)
    )
}
