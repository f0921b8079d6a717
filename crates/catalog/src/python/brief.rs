//! Types on one short line, for signatures: readable before exact. Objects stand where they are meant: `{name: str}`.

use super::{Parameters, Place, Say, WRITES_MAX, expression, quoted, type_name};
use crate::{
    name,
    schema::{Field, Named, Object, Shape},
    typescript::{INLINE_CHARS_MAX, Layout, may_be_short},
};

pub(crate) struct Brief<'a> {
    named: &'a [Named],
    layout: Layout,
    left: usize,
}

impl<'a> Brief<'a> {
    pub(crate) fn new(named: &'a [Named], layout: Layout) -> Self {
        Self { named, layout, left: WRITES_MAX }
    }

    pub(crate) fn text(&mut self, shape: &Shape) -> String {
        expression(shape, self, Place::top(""))
    }

    /// What stands between a call's parentheses.
    pub(crate) fn parameters(&mut self, parameters: &Parameters) -> String {
        match parameters {
            Parameters::Dict(shape) => self.text(shape),
            Parameters::Keywords { parameters, others: Some(others) } if parameters.is_empty() => {
                format!("**{}", self.text(others))
            }
            Parameters::Keywords { parameters, .. } => {
                let fields = parameters.iter().map(|parameter| (parameter.name.clone(), &parameter.field)).collect();
                self.fields(fields, Place::top(""))
            }
        }
    }

    /// Required ones first; more than fit are `…`.
    fn fields(&mut self, fields: Vec<(String, &Field)>, place: Place<'_>) -> String {
        let (mut fields, optional): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(_, field)| !field.optional);
        fields.extend(optional);
        let mut texts: Vec<String> = Vec::new();
        for (name, field) in fields.iter().take(self.layout.fields_max) {
            let shape = expression(&field.shape, self, place.field("", ""));
            texts.push(format!("{name}{}: {shape}", if field.optional { "?" } else { "" }));
        }
        if fields.len() > self.layout.fields_max {
            texts.push("…".to_owned());
        }
        texts.join(", ")
    }
}

impl Say for Brief<'_> {
    fn spend(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn named(&self) -> &[Named] {
        self.named
    }

    fn object(&mut self, object: &Object, place: Place<'_>) -> String {
        if place.depth > self.layout.depth_max {
            return "{…}".to_owned();
        }
        let name = |field: &Field| {
            if name::is_identifier(&field.name) { field.name.clone() } else { quoted(&field.name) }
        };
        let fields = object.fields.iter().map(|field| (name(field), field)).collect();
        format!("{{{}}}", self.fields(fields, place))
    }

    fn definition(&mut self, index: usize, _place: Place<'_>) -> String {
        let named = self.named;
        let Some(definition) = named.get(index) else { return "Any".to_owned() };
        let short = may_be_short(definition).then(|| Brief::new(named, Layout::INLINE).text(&definition.shape));
        short.filter(|text| text.chars().count() <= INLINE_CHARS_MAX).unwrap_or_else(|| type_name(&definition.name, 1))
    }

    fn literals(&self, literals: &[String]) -> String {
        let max = self.layout.literals_max;
        let mut texts: Vec<&str> = literals.iter().take(max).map(String::as_str).collect();
        if literals.len() > max {
            texts.push("…");
        }
        texts.join("|")
    }

    fn branches_max(&self) -> usize {
        self.layout.literals_max
    }

    fn word(&self, word: &'static str) -> String {
        word.to_owned()
    }

    fn is_brief(&self) -> bool {
        true
    }
}
