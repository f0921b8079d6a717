//! Finds everything in a program that only types are made of, and what is not supported.
//!
//! Removing text can join what was apart. Wherever a type stood between two tokens that JavaScript would read as one
//! statement, or broke a line where JavaScript allows none, a character is put in its place.

use oxc::{
    ast::ast::*,
    ast_visit::{Visit, walk},
    span::{GetSpan as _, Span},
    syntax::scope::ScopeFlags,
};
use weir_model::Fault;

use super::{
    blank::{Blanks, after_trivia, breaks_between, byte_at},
    unsupported::{self, Construct},
};

pub(super) fn strip<'s>(source: &'s str, program: &Program<'_>, blanks: &mut Blanks<'s>) -> Result<(), Box<Fault>> {
    let mut stripper = Stripper { source, blanks, tail: None, fault: None };
    stripper.visit_program(program);
    stripper.fault.map_or(Ok(()), Err)
}

/// A blanked `as T` or `satisfies T`: where it begins and ends.
#[derive(Debug, Clone, Copy)]
struct Tail {
    start: u32,
    end: u32,
}

pub(super) struct Stripper<'s, 'b> {
    pub(super) source: &'s str,
    pub(super) blanks: &'b mut Blanks<'s>,
    /// The last one seen.
    tail: Option<Tail>,
    fault: Option<Box<Fault>>,
}

impl Stripper<'_, '_> {
    pub(super) fn refuse(&mut self, construct: Construct, span: Span) {
        if self.fault.is_none() {
            self.fault = Some(unsupported::fault(construct, self.source, span));
        }
    }

    /// Blanks the `?` or `!` that follows `at`.
    pub(super) fn blank_mark(&mut self, at: u32) {
        let mark = after_trivia(self.source, at);
        if matches!(byte_at(self.source, mark), b'?' | b'!') {
            self.blanks.blank_bytes(mark, mark + 1);
        }
    }

    fn blank_tail(&mut self, expression_end: u32, end: u32) {
        let start = after_trivia(self.source, expression_end);
        self.blanks.blank_bytes(start, end);
        self.tail = Some(Tail { start, end });
    }

    /// `x as T` at the very end of a statement without `;`: what follows would continue `x`.
    pub(super) fn close(&mut self, span: Span) {
        if let Some(tail) = self.tail.filter(|tail| tail.end == span.end) {
            self.blanks.put(tail.start, b';');
        }
    }
}

impl<'a> Visit<'a> for Stripper<'_, '_> {
    fn visit_statement(&mut self, statement: &Statement<'a>) {
        walk::walk_statement(self, statement);
        self.close(statement.span());
    }

    fn visit_ts_type_annotation(&mut self, annotation: &TSTypeAnnotation<'a>) {
        self.blanks.blank(annotation.span);
    }

    fn visit_ts_type_parameter_declaration(&mut self, parameters: &TSTypeParameterDeclaration<'a>) {
        self.blanks.blank(parameters.span);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, arguments: &TSTypeParameterInstantiation<'a>) {
        self.blanks.blank(arguments.span);
    }

    fn visit_ts_this_parameter(&mut self, this: &TSThisParameter<'a>) {
        self.blanks.blank(this.span);
        let comma = after_trivia(self.source, this.span.end);
        if byte_at(self.source, comma) == b',' {
            self.blanks.blank_bytes(comma, comma + 1);
        }
    }

    fn visit_ts_type_alias_declaration(&mut self, alias: &TSTypeAliasDeclaration<'a>) {
        self.blanks.blank_statement(alias.span);
    }

    fn visit_ts_interface_declaration(&mut self, interface: &TSInterfaceDeclaration<'a>) {
        self.blanks.blank_statement(interface.span);
    }

    fn visit_ts_enum_declaration(&mut self, declared: &TSEnumDeclaration<'a>) {
        if declared.declare {
            self.blanks.blank_statement(declared.span);
        } else {
            self.refuse(unsupported::ENUM, declared.span);
        }
    }

    fn visit_ts_namespace_declaration(&mut self, namespace: &TSNamespaceDeclaration<'a>) {
        if namespace.declare {
            self.blanks.blank_statement(namespace.span);
        } else {
            self.refuse(unsupported::NAMESPACE, namespace.span);
        }
    }

    fn visit_ts_external_module_declaration(&mut self, module: &TSExternalModuleDeclaration<'a>) {
        self.blanks.blank_statement(module.span);
    }

    fn visit_ts_global_declaration(&mut self, global: &TSGlobalDeclaration<'a>) {
        self.blanks.blank_statement(global.span);
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if declaration.declare {
            self.blanks.blank_statement(declaration.span);
            return;
        }
        if matches!(declaration.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.refuse(unsupported::USING, declaration.span);
        }
        walk::walk_variable_declaration(self, declaration);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if declarator.definite {
            self.blank_mark(declarator.id.span().end);
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        if function.declare || function.body.is_none() {
            self.blanks.blank_statement(function.span);
        } else {
            walk::walk_function(self, function, flags);
        }
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'a>) {
        if parameter.accessibility.is_some() || parameter.readonly || parameter.r#override {
            self.refuse(unsupported::PARAMETER_PROPERTY, parameter.span);
        }
        if parameter.optional {
            self.blank_mark(parameter.pattern.span().end);
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        let parameters = arrow.params.span;
        if let Some(types) = &arrow.type_parameters
            && breaks_between(self.source, types.span.start, parameters.start)
        {
            // `return <T>\n(x) => x`: the bracket moves up, or the line would end at `return`.
            self.blanks.put(types.span.start, b'(');
            self.blanks.blank_bytes(parameters.start, parameters.start + 1);
        }
        if let Some(returned) = &arrow.return_type
            && breaks_between(self.source, parameters.end, returned.span.end)
        {
            // `(x): \n T => x`: no line may end between the parameters and the arrow.
            self.blanks.blank_bytes(parameters.end - 1, parameters.end);
            self.blanks.put(returned.span.end - 1, b')');
        }
        walk::walk_arrow_function_expression(self, arrow);
    }

    fn visit_ts_as_expression(&mut self, cast: &TSAsExpression<'a>) {
        self.visit_expression(&cast.expression);
        self.blank_tail(cast.expression.span().end, cast.span.end);
    }

    fn visit_ts_satisfies_expression(&mut self, check: &TSSatisfiesExpression<'a>) {
        self.visit_expression(&check.expression);
        self.blank_tail(check.expression.span().end, check.span.end);
    }

    fn visit_ts_instantiation_expression(&mut self, instantiation: &TSInstantiationExpression<'a>) {
        self.visit_expression(&instantiation.expression);
        self.blank_tail(instantiation.expression.span().end, instantiation.span.end);
    }

    fn visit_ts_non_null_expression(&mut self, asserted: &TSNonNullExpression<'a>) {
        self.visit_expression(&asserted.expression);
        self.blank_mark(asserted.expression.span().end);
    }

    fn visit_ts_type_assertion(&mut self, assertion: &TSTypeAssertion<'a>) {
        let begins = assertion.expression.span().start;
        let kept = byte_at(self.source, begins) == b'(' || byte_at(self.source, begins).is_ascii_alphanumeric();
        let function =
            matches!(assertion.expression, Expression::FunctionExpression(_) | Expression::ClassExpression(_));
        if !kept || function || breaks_between(self.source, assertion.span.start, begins) {
            self.refuse(unsupported::PREFIX_ASSERTION, assertion.span);
        }
        self.blanks.blank_bytes(assertion.span.start, begins);
        self.visit_expression(&assertion.expression);
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        self.class(class);
    }

    fn visit_class_element(&mut self, element: &ClassElement<'a>) {
        self.class_element(element);
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.refuse(unsupported::DECORATOR, decorator.span);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        self.refuse(unsupported::IMPORT, import.span);
    }

    fn visit_import_meta(&mut self, meta: &ImportMeta) {
        self.refuse(unsupported::IMPORT_META, meta.span);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        let types_only = import.specifiers.as_ref().is_some_and(|specifiers| {
            !specifiers.is_empty()
                && specifiers.iter().all(|specifier| match specifier {
                    ImportDeclarationSpecifier::ImportSpecifier(one) => one.import_kind.is_type(),
                    _ => false,
                })
        });
        if import.import_kind.is_type() || types_only {
            self.blanks.blank_statement(import.span);
        } else {
            self.refuse(unsupported::IMPORT, import.span);
        }
    }

    fn visit_ts_import_equals_declaration(&mut self, import: &TSImportEqualsDeclaration<'a>) {
        if import.import_kind.is_type() {
            self.blanks.blank_statement(import.span);
        } else {
            self.refuse(unsupported::IMPORT, import.span);
        }
    }

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'a>) {
        let is_type = match &export.declaration {
            Declaration::TSTypeAliasDeclaration(_) | Declaration::TSInterfaceDeclaration(_) => true,
            Declaration::FunctionDeclaration(function) => function.declare,
            Declaration::VariableDeclaration(variables) => variables.declare,
            Declaration::ClassDeclaration(class) => class.declare,
            Declaration::TSEnumDeclaration(declared) => declared.declare,
            _ => false,
        };
        self.export(export.span, is_type);
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        let all = !export.specifiers.is_empty() && export.specifiers.iter().all(|one| one.export_kind.is_type());
        self.export(export.span, export.export_kind.is_type() || all);
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.export(export.span, export.export_kind.is_type());
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        self.export(export.span, export.export_kind.is_type());
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        let is_type = matches!(export.declaration, ExportDefaultDeclarationKind::TSInterfaceDeclaration(_));
        self.export(export.span, is_type);
    }

    fn visit_ts_export_assignment(&mut self, export: &TSExportAssignment<'a>) {
        self.export(export.span, false);
    }

    fn visit_ts_namespace_export_declaration(&mut self, export: &TSNamespaceExportDeclaration<'a>) {
        self.export(export.span, true);
    }
}

impl Stripper<'_, '_> {
    fn export(&mut self, span: Span, is_type: bool) {
        if is_type {
            self.blanks.blank_statement(span);
        } else {
            self.refuse(unsupported::EXPORT, span);
        }
    }
}
