//! A request's body: its media types, and whether its fields become arguments of their own.

use crate::{MediaKind, Method};

use super::{
    Reader,
    library::Spot,
    media::{self, MEDIA_MAX, Offer},
    node::Node,
    parameter::{In, Read},
    source::Dialect,
    survey,
};

/// A body before its fields have names.
pub(super) struct Content<'a> {
    pub(super) required: bool,
    /// In order of preference; never empty.
    pub(super) offers: Vec<Offer<'a>>,
    pub(super) description: Option<&'a str>,
    /// 2.0's `formData` parameters.
    pub(super) form: Vec<Read<'a>>,
}

impl<'a> Reader<'a> {
    /// `requestBody`. `Err` says why there can be no operation.
    pub(super) fn body(&mut self, operation: Spot<'a>, method: Method) -> Result<Option<Content<'a>>, String> {
        let Some(written) = operation.get("requestBody") else { return Ok(None) };
        let body =
            self.library.follow(written, &mut self.notes).map_err(|broken| format!("its body refers to {broken}"))?;
        if body.object().is_none() {
            return Err(format!("its body is {}, not an object", body.node.kind()));
        }
        let is_bodiless = match method {
            Method::Trace => true,
            Method::Get | Method::Head => self.dialect < Dialect::V31 && !body.flag("required"),
            _ => false,
        };
        if is_bodiless {
            self.notes.warn(format!("a {} request has no body: what is declared as one is left out", method.as_str()));
            return Ok(None);
        }
        let mut offers = Vec::new();
        for (name, about) in body.get("content").into_iter().flat_map(Spot::entries).take(MEDIA_MAX) {
            let about =
                self.library.follow(about, &mut self.notes).map_err(|broken| format!("its body refers to {broken}"))?;
            let mut offer = Offer::new(name, about.get("schema").or_else(|| about.get("itemSchema")));
            self.encode(&mut offer, about.get("encoding"));
            offers.push(offer);
        }
        if offers.is_empty() {
            return Ok(None);
        }
        self.sort(&mut offers);
        self.drop_text_of_objects(&mut offers);
        let required = match body.node.get("required") {
            Some(Node::Bool(required)) => *required,
            // Many forget to say it of bodies that make no sense without some of their fields.
            _ => self.needs_fields(&offers),
        };
        let description = written.text("description").or_else(|| body.text("description"));
        Ok(Some(Content { required, offers, description, form: Vec::new() }))
    }

    /// 2.0: parameters in `body` and `formData`.
    pub(super) fn older_body(
        &mut self,
        parameters: &mut Vec<Read<'a>>,
        consumes: Option<Spot<'a>>,
    ) -> Option<Content<'a>> {
        let (rest, inside): (Vec<_>, Vec<_>) =
            std::mem::take(parameters).into_iter().partition(|read| matches!(read.place, In::Request(_)));
        *parameters = rest;
        let consumes: Vec<&str> = consumes.into_iter().flat_map(Spot::texts).take(MEDIA_MAX).collect();
        if let Some(whole) = inside.iter().find(|read| read.place == In::Body) {
            if inside.len() > 1 {
                self.notes.warn("an operation has a body and other parameters of a body: the body counts");
            }
            let names = if consumes.is_empty() { vec!["application/json"] } else { consumes };
            let mut offers: Vec<Offer<'a>> = names.into_iter().map(|name| Offer::new(name, whole.schema)).collect();
            for offer in &mut offers {
                self.encode(offer, None);
            }
            self.sort(&mut offers);
            self.drop_text_of_objects(&mut offers);
            return Some(Content {
                required: whole.required,
                offers,
                description: whole.description,
                form: Vec::new(),
            });
        }
        if inside.is_empty() {
            return None;
        }
        let has_file = inside.iter().any(|read| read.schema.and_then(|schema| schema.text("type")) == Some("file"));
        let mut names: Vec<&str> = consumes;
        names.retain(|name| match MediaKind::of(name) {
            MediaKind::Form => !has_file,
            kind => kind == MediaKind::Multipart,
        });
        if names.is_empty() {
            names.push(if has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" });
        }
        let mut offers: Vec<Offer<'a>> = names.into_iter().map(|name| Offer::new(name, None)).collect();
        for offer in &mut offers {
            self.encode_older(offer, &inside);
        }
        self.sort(&mut offers);
        let required = inside.iter().any(|read| read.required);
        Some(Content { required, offers, description: None, form: inside })
    }

    /// XML of an object is text that the snippet would have to write itself: not where there is another way.
    fn drop_text_of_objects(&mut self, offers: &mut Vec<Offer<'a>>) {
        let is_structured =
            |offer: &Offer<'_>| matches!(offer.media.kind, MediaKind::Json | MediaKind::Form | MediaKind::Multipart);
        if !offers.iter().any(is_structured) {
            return;
        }
        let mut kept = Vec::new();
        for offer in offers.drain(..) {
            let is_text = matches!(offer.media.kind, MediaKind::Text | MediaKind::Binary | MediaKind::JsonLines);
            if !is_text || offer.schema.is_none_or(|schema| self.is_text(schema)) {
                kept.push(offer);
            }
        }
        *offers = kept;
    }

    /// Whether a schema is one of text and not of an object or a list.
    fn is_text(&mut self, schema: Spot<'a>) -> bool {
        let Some(schema) = self.unwrapped(schema) else { return false };
        match schema.node.get("type") {
            Some(Node::Text(name)) => name == "string" || name == "file",
            Some(Node::List(names)) => names.iter().any(|name| name.as_text() == Some("string")),
            _ => schema.object().is_some_and(super::node::Object::is_empty),
        }
    }

    fn needs_fields(&mut self, offers: &[Offer<'a>]) -> bool {
        let schema = offers.first().and_then(|offer| offer.schema);
        let schema = schema.and_then(|schema| self.unwrapped(schema));
        schema.is_some_and(|schema| {
            schema.get("required").is_some_and(|names| names.texts().next().is_some())
                && survey::fields(schema).next().is_some()
        })
    }

    /// The object whose fields become arguments of their own: plain, and said to be nothing else.
    pub(super) fn spread(&mut self, offers: &[Offer<'a>]) -> Option<Spot<'a>> {
        let first = offers.first()?;
        if !matches!(first.media.kind, MediaKind::Json | MediaKind::Form | MediaKind::Multipart) {
            return None;
        }
        let schema = self.unwrapped(first.schema?)?;
        let is_object = match schema.node.get("type") {
            None => true,
            Some(Node::Text(name)) => name == "object",
            Some(Node::List(names)) => matches!(&names[..], [Node::Text(name)] if name == "object"),
            Some(_) => false,
        };
        let is_plain = |(name, value): (&str, Spot<'a>)| match name {
            "type" | "properties" | "required" | "readOnly" | "writeOnly" | "$schema" | "discriminator" => true,
            "additionalProperties" => *value.node == Node::Bool(false),
            // A default of the whole is no limit; a body that may be null has to be written whole.
            "nullable" | "x-nullable" => *value.node != Node::Bool(true),
            name => media::is_remark(name),
        };
        // A field that is required and not described could not be given.
        let fields = schema.get("properties")?;
        let mut required = schema.get("required").into_iter().flat_map(Spot::texts);
        let is_complete = required.all(|name| self.library.child(fields, name).is_some());
        let has_fields = survey::fields(schema).next().is_some();
        (is_object && has_fields && is_complete && schema.entries().all(is_plain)).then_some(schema)
    }
}
