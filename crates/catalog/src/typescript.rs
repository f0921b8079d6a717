//! Writes shapes as TypeScript types: on several lines with comments for stubs, on one short line for signatures.

use crate::{
    name, plain,
    schema::{Doc, Field, Named, Object, Shape},
};

/// How much is written, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// One field per line, with comments of at most so many characters; `None` writes one line without comments.
    pub(crate) comments: Option<usize>,
    /// Objects nested deeper are `{…}` on one line.
    pub(crate) depth_max: usize,
    /// Further literals of a union, and further types of it, are `…` on one line.
    pub(crate) literals_max: usize,
    /// Further fields of an object are `…` on one line; required ones come first.
    pub(crate) fields_max: usize,
}

impl Layout {
    /// Everything, on one line.
    pub(crate) const INLINE: Self =
        Self { comments: None, depth_max: usize::MAX, literals_max: usize::MAX, fields_max: usize::MAX };

    pub(crate) const fn stub(comment_chars: usize) -> Self {
        Self { comments: Some(comment_chars), ..Self::INLINE }
    }
}

/// A definition short enough to stand wherever it is meant: its type's text is no longer than this.
pub(crate) const INLINE_CHARS_MAX: usize = 40;

/// Writes the types of one document.
pub(crate) struct Writer<'a> {
    pub(crate) named: &'a [Named],
    pub(crate) layout: Layout,
    /// What a definition is called in the text; asked for each that is not written inline.
    pub(crate) namer: &'a mut dyn FnMut(usize) -> String,
}

impl Writer<'_> {
    pub(crate) fn text(&mut self, shape: &Shape, indent: usize) -> String {
        self.write(shape, indent, 0)
    }

    fn write(&mut self, shape: &Shape, indent: usize, depth: usize) -> String {
        match shape {
            Shape::Any => "any".to_owned(),
            Shape::Unknown => "unknown".to_owned(),
            Shape::Never => "never".to_owned(),
            Shape::Null => "null".to_owned(),
            Shape::Boolean => "boolean".to_owned(),
            Shape::Integer | Shape::Number => "number".to_owned(),
            Shape::String => "string".to_owned(),
            Shape::Literal(text) => literal(text),
            Shape::Array(item) => self.array(item, indent, depth),
            Shape::Tuple { items, required, rest } => self.tuple(items, *required, rest.as_deref(), indent, depth),
            Shape::Object(object) => self.object(object, indent, depth),
            Shape::Union(shapes) => self.union(shapes, indent, depth),
            Shape::Intersection(shapes) => {
                let mut texts: Vec<String> = Vec::new();
                for shape in shapes {
                    let text = self.write(shape, indent, depth);
                    texts.push(if matches!(shape, Shape::Union(_)) { format!("({text})") } else { text });
                }
                texts.join(" & ")
            }
            Shape::Named(index) => match self.short(*index) {
                Some(text) => text,
                None => (self.namer)(*index),
            },
        }
    }

    fn array(&mut self, item: &Shape, indent: usize, depth: usize) -> String {
        let text = self.write(item, indent, depth);
        let is_compound = match item {
            Shape::Union(_) | Shape::Intersection(_) => true,
            Shape::Named(index) => match &self.named[*index].shape {
                Shape::Object(_) => false,
                _ => text.contains(['|', '&']),
            },
            _ => false,
        };
        if is_compound { format!("({text})[]") } else { format!("{text}[]") }
    }

    fn tuple(&mut self, items: &[Shape], required: usize, rest: Option<&Shape>, indent: usize, depth: usize) -> String {
        let mut texts: Vec<String> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let text = self.write(item, indent, depth);
            let text = if is_simple(&text) { text } else { format!("({text})") };
            texts.push(if at < required { text } else { format!("{text}?") });
        }
        if let Some(rest) = rest {
            texts.push(format!("...{}", self.array(rest, indent, depth)));
        }
        format!("[{}]", texts.join(", "))
    }

    fn union(&mut self, shapes: &[Shape], indent: usize, depth: usize) -> String {
        let mut texts: Vec<String> = Vec::new();
        let (mut literals, mut others) = (0, 0);
        let is_cut = |shown: usize, layout: Layout| layout.comments.is_none() && shown > layout.literals_max;
        for shape in shapes {
            let count = if matches!(shape, Shape::Literal(_)) { &mut literals } else { &mut others };
            *count += usize::from(*shape != Shape::Null);
            if *shape != Shape::Null && is_cut(*count, self.layout) {
                continue;
            }
            let text = self.write(shape, indent, depth);
            if !texts.contains(&text) {
                texts.push(if matches!(shape, Shape::Intersection(_)) { format!("({text})") } else { text });
            }
        }
        if is_cut(literals, self.layout) || is_cut(others, self.layout) {
            texts.push("…".to_owned());
        }
        texts.join(if self.layout.comments.is_some() { " | " } else { "|" })
    }

    fn object(&mut self, object: &Object, indent: usize, depth: usize) -> String {
        if object.fields.is_empty() {
            return match &object.others {
                None => "{}".to_owned(),
                Some(others) if self.layout.comments.is_none() && **others == Shape::Any => "object".to_owned(),
                Some(others) => format!("{{[key: string]: {}}}", self.write(others, indent, depth)),
            };
        }
        match self.layout.comments {
            Some(chars_max) => self.lines(object, chars_max, indent, depth),
            None => self.line(object, depth),
        }
    }

    fn lines(&mut self, object: &Object, chars_max: usize, indent: usize, depth: usize) -> String {
        let pad = "  ".repeat(indent + 1);
        let mut text = "{\n".to_owned();
        for field in &object.fields {
            text.push_str(&comment(&field.doc, chars_max, indent + 1));
            let shape = self.write(&field.shape, indent + 1, depth + 1);
            text.push_str(&format!("{pad}{}{}: {shape};\n", key(&field.name), if field.optional { "?" } else { "" }));
        }
        if object.others.is_some() {
            // A narrower type would have to hold for the fields above as well.
            text.push_str(&format!("{pad}[key: string]: any;\n"));
        }
        text.push_str(&"  ".repeat(indent));
        text.push('}');
        text
    }

    fn line(&mut self, object: &Object, depth: usize) -> String {
        if depth > self.layout.depth_max {
            return "{…}".to_owned();
        }
        let (mut fields, optional): (Vec<&Field>, Vec<&Field>) =
            object.fields.iter().partition(|field| !field.optional);
        fields.extend(optional);
        let mut texts: Vec<String> = Vec::new();
        for field in fields.iter().take(self.layout.fields_max) {
            let shape = self.write(&field.shape, 0, depth + 1);
            texts.push(format!("{}{}: {shape}", key(&field.name), if field.optional { "?" } else { "" }));
        }
        if fields.len() > self.layout.fields_max {
            texts.push("…".to_owned());
        }
        format!("{{{}}}", texts.join(", "))
    }

    /// The whole text of a definition, if it is shorter than a name would be worth.
    pub(crate) fn short(&mut self, index: usize) -> Option<String> {
        let named = self.named.get(index).filter(|named| may_be_short(named))?;
        let layout = std::mem::replace(&mut self.layout, Layout::INLINE);
        let text = Some(self.write(&named.shape, 0, 0));
        self.layout = layout;
        text.filter(|text| text.chars().count() <= INLINE_CHARS_MAX)
    }
}

/// A field's name as TypeScript takes it.
pub(crate) fn key(name: &str) -> String {
    if name::is_identifier(name) { name.to_owned() } else { literal(&serde_json::Value::from(name).to_string()) }
}

/// A comment above a declaration, with its line end; empty when there is nothing to say.
pub(crate) fn comment(doc: &Doc, chars_max: usize, indent: usize) -> String {
    let pad = "  ".repeat(indent);
    let mut text = doc.description.as_deref().map(|text| plain::block(text, chars_max)).unwrap_or_default();
    if !doc.notes.is_empty() && chars_max > 0 {
        let notes = plain::line(&doc.notes.join("; "), 200);
        text = if text.is_empty() { notes } else { format!("{text} ({notes})") };
    }
    if text.is_empty() || chars_max == 0 {
        return String::new();
    }
    format!("{pad}/** {} */\n", text.replace('\n', &format!("\n{pad}  ")))
}

/// `rich_text.Request` → `RichTextRequest`, with a number from the second on.
pub(crate) fn type_name(raw: &str, n: usize) -> String {
    spelled(raw, n, name::is_type_reserved)
}

/// A type's name in any language, apart from the words it keeps for itself.
pub(crate) fn spelled(raw: &str, n: usize, is_reserved: fn(&str) -> bool) -> String {
    let words = last(raw).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name: String = words
        .map(|word| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]))
        .collect::<String>()
        .chars()
        .take(48)
        .collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || is_reserved(&name) {
        name = format!("T{name}");
    }
    if n > 1 {
        name.push_str(&n.to_string());
    }
    name
}

/// `io.k8s.api.core.v1.Pod` → `Pod`: whoever writes so many levels means the last one.
fn last(raw: &str) -> &str {
    let is_long = raw.split('.').count() > 4 && raw.split('.').all(|word| !word.is_empty());
    raw.rsplit('.').next().filter(|_| is_long).unwrap_or(raw)
}

/// JSON text as TypeScript source: what JSON lets pass and a reader cannot see is escaped.
fn literal(json: &str) -> String {
    if !json.starts_with('"') {
        return json.to_owned();
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        let hidden = !c.is_ascii() && plain::line(&c.to_string(), 1).is_empty();
        if hidden {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")));
        } else {
            let breaks = c == '/' && text.ends_with(['*', '<']) || c == '*' && text.ends_with('/');
            if breaks || c == '`' && text.ends_with("``") {
                text.push('\\');
            }
            text.push(c);
        }
    }
    text
}

fn is_simple(text: &str) -> bool {
    !text.contains([' ', '|', '&'])
}

/// Whether a definition is worth trying inline: nothing in it needs a name or a comment.
pub(crate) fn may_be_short(named: &Named) -> bool {
    !named.opaque && !has_comments(&named.shape) && is_small(&named.shape, 12)
}

fn has_comments(shape: &Shape) -> bool {
    match shape {
        Shape::Object(object) => {
            object.fields.iter().any(|field| field.doc != Doc::default() || has_comments(&field.shape))
        }
        Shape::Array(item) => has_comments(item),
        Shape::Tuple { items, .. } => items.iter().any(has_comments),
        Shape::Union(shapes) | Shape::Intersection(shapes) => shapes.iter().any(has_comments),
        _ => false,
    }
}

/// Cheap to try: no definition inside, no more than a handful of parts.
fn is_small(shape: &Shape, parts_max: usize) -> bool {
    match shape {
        Shape::Named(_) => false,
        Shape::Array(item) => is_small(item, parts_max),
        Shape::Union(shapes) | Shape::Intersection(shapes) => {
            shapes.len() <= parts_max && shapes.iter().all(|shape| is_small(shape, parts_max / 2))
        }
        Shape::Tuple { items, .. } => {
            items.len() <= parts_max && items.iter().all(|item| is_small(item, parts_max / 2))
        }
        Shape::Object(object) => {
            object.fields.len() <= parts_max
                && object.fields.iter().all(|field| is_small(&field.shape, parts_max / 2))
                && object.others.as_deref().is_none_or(|others| is_small(others, parts_max / 2))
        }
        _ => true,
    }
}
