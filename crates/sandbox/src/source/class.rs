//! The part of stripping that classes need: modifiers, members without a body, and fields that would run into the next line.

use oxc::{
    ast::ast::*,
    ast_visit::{Visit, walk},
    span::{GetSpan as _, Span},
};

use super::{
    blank::{after_trivia, byte_at},
    strip::Stripper,
    unsupported,
};

/// Words that only TypeScript knows before a member's name.
const MODIFIERS: [&str; 7] = ["public", "private", "protected", "readonly", "override", "abstract", "declare"];
/// Words that JavaScript knows there.
const KEPT: [&str; 5] = ["static", "async", "get", "set", "accessor"];

impl Stripper<'_, '_> {
    pub(super) fn class<'a>(&mut self, class: &Class<'a>) {
        if class.declare {
            self.blanks.blank_statement(class.span);
            return;
        }
        if class.r#abstract && word(self.source, class.span.start) == "abstract" {
            self.blanks.blank_bytes(class.span.start, class.span.start + 8);
        }
        if let Some(last) = class.implements.last() {
            let heritage = class.heritage.as_ref().map(|heritage| {
                heritage.type_arguments.as_ref().map_or(heritage.expression.span().end, |types| types.span.end)
            });
            let types = class.type_parameters.as_ref().map(|types| types.span.end);
            let name = class.id.as_ref().map(|id| id.span.end);
            // Without a name, the words before are `class` alone.
            let before = heritage.or(types).or(name).unwrap_or(class.span.start + 5);
            self.blanks.blank_bytes(before, last.span.end);
        }
        self.visit_decorators(&class.decorators);
        if let Some(types) = &class.type_parameters {
            self.visit_ts_type_parameter_declaration(types);
        }
        if let Some(heritage) = &class.heritage {
            self.visit_class_heritage(heritage);
        }
        self.visit_class_body(&class.body);
    }

    pub(super) fn class_element<'a>(&mut self, element: &ClassElement<'a>) {
        match element {
            ClassElement::StaticBlock(block) => self.visit_static_block(block),
            ClassElement::TSIndexSignature(signature) => self.blanks.blank_statement(signature.span),
            ClassElement::MethodDefinition(method) => self.method(method),
            ClassElement::PropertyDefinition(property) => self.property(property),
            ClassElement::AccessorProperty(property) => match property.r#type {
                AccessorPropertyType::TSAbstractAccessorProperty => self.blanks.blank_statement(property.span),
                AccessorPropertyType::AccessorProperty => self.refuse(unsupported::ACCESSOR, property.span),
            },
        }
    }

    fn method<'a>(&mut self, method: &MethodDefinition<'a>) {
        if method.value.body.is_none() {
            self.blanks.blank_statement(method.span);
            return;
        }
        self.modifiers(method.span, method.key.span().start);
        if method.optional {
            self.blank_mark(self.after_key(&method.key, method.computed));
        }
        walk::walk_method_definition(self, method);
    }

    fn property<'a>(&mut self, property: &PropertyDefinition<'a>) {
        if property.declare || property.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition {
            self.blanks.blank_statement(property.span);
            return;
        }
        self.modifiers(property.span, property.key.span().start);
        if property.optional || property.definite {
            self.blank_mark(self.after_key(&property.key, property.computed));
        }
        walk::walk_property_definition(self, property);
        match (&property.type_annotation, &property.value) {
            // `get: T` before a method would become its `get`.
            (Some(annotation), None) => self.blanks.put(annotation.span.start, b';'),
            (_, Some(_)) => self.close(property.span),
            (None, None) => {}
        }
    }

    /// Blanks the modifiers of a member; a `;` in place of the first keeps the member apart from the one before.
    fn modifiers(&mut self, member: Span, key: u32) {
        let mut at = member.start;
        while at < key {
            let word = word(self.source, at);
            let end = at + u32::try_from(word.len()).unwrap_or_default();
            if MODIFIERS.contains(&word) {
                self.blanks.blank_bytes(at, end);
                if at == member.start {
                    self.blanks.put(at, b';');
                }
            } else if !KEPT.contains(&word) {
                return;
            }
            at = after_trivia(self.source, end);
        }
    }

    fn after_key(&self, key: &PropertyKey<'_>, computed: bool) -> u32 {
        let end = after_trivia(self.source, key.span().end);
        if computed && byte_at(self.source, end) == b']' { end + 1 } else { end }
    }
}

/// The run of letters at `at`.
fn word(source: &str, at: u32) -> &str {
    let rest = source.get(at as usize..).unwrap_or_default();
    let length = rest.bytes().take_while(u8::is_ascii_lowercase).count();
    &rest[..length]
}
