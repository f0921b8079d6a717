//! The types one upstream's Python or Starlark stub declares: each object with fields under a name of its own.
//!
//! Definitions keep the name their document gives them; other objects are called after the field they stand in.
//! What says the same is declared once.

use std::collections::{HashMap, HashSet};

use super::TYPES_MAX;
use crate::{
    python::{
        Dialect, Place, Say, WORDS, WRITES_MAX, comment_lines, commented, expression, hashed, is_name, note, quoted,
        type_name,
    },
    schema::{Named, Object, Shape, alternatives},
    typescript::{INLINE_CHARS_MAX, may_be_short},
};

/// Every type declared in a text. Names are given once in it, whatever upstream they belong to.
pub(super) struct Records {
    pub(super) dialect: Dialect,
    pub(super) comment_chars: usize,
    taken: HashSet<String>,
    /// Those of them that types have.
    declared: HashSet<String>,
    /// Names given in this upstream, by what they stand for.
    given: HashMap<String, String>,
    declarations: Vec<String>,
    /// Tools of this upstream that are called like a word types are made of.
    shadowed: Vec<String>,
}

impl Records {
    /// `taken` are the names the text uses otherwise.
    pub(super) fn new(dialect: Dialect, comment_chars: usize, taken: HashSet<String>) -> Self {
        let taken = taken.into_iter().chain(WORDS.map(str::to_owned)).collect();
        let (given, declarations, shadowed) = (HashMap::new(), Vec::new(), Vec::new());
        Self { dialect, comment_chars, taken, declared: HashSet::new(), given, declarations, shadowed }
    }

    /// The next upstream's types are its own.
    pub(super) fn begin<'a>(&mut self, members: impl Iterator<Item = &'a str>) {
        self.given.clear();
        self.shadowed = members.filter(|member| WORDS.contains(member)).map(str::to_owned).collect();
    }

    /// What was declared since the last time.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.declarations).concat()
    }

    /// Length of what was declared since the last time.
    pub(super) fn bytes(&self) -> usize {
        self.declarations.iter().map(String::len).sum()
    }

    /// Types of one document; [`Types::finish`] declares what they name.
    pub(super) fn types<'a>(&'a mut self, named: &'a [Named]) -> Types<'a> {
        let in_class = self.dialect == Dialect::Python;
        Types { records: self, named, open: Vec::new(), in_class, left: WRITES_MAX }
    }

    fn name(&mut self, candidates: impl Iterator<Item = String>) -> String {
        let name = candidates
            .into_iter()
            .find(|name| !self.taken.contains(name))
            .expect("one of endlessly many names is free");
        self.taken.insert(name.clone());
        self.declared.insert(name.clone());
        name
    }

    fn is_full(&self) -> bool {
        self.given.len() >= TYPES_MAX
    }

    fn declare(&self, name: &str, body: &Body, said: &str) -> String {
        let Body { is_class, arguments, fields } = body;
        match (self.dialect, is_class) {
            (Dialect::Python, true) => {
                format!("{}class {name}(TypedDict{arguments}):\n{fields}", comment_lines(said, ""))
            }
            (Dialect::Python, false) => {
                format!("{}{name} = TypedDict(\"{name}\", {{\n{fields}}}{arguments})\n", comment_lines(said, ""))
            }
            (Dialect::Starlark, _) => headed(&format!("{name}: dict"), said) + &hashed(fields),
        }
    }

    fn declare_alias(&self, name: &str, text: &str, said: &str) -> String {
        match self.dialect {
            Dialect::Python => format!("{}{name}: TypeAlias = {text}\n", comment_lines(said, "")),
            Dialect::Starlark => headed(&format!("{name}: {text}"), said),
        }
    }
}

/// A type's heading in comments, then what is said of it: further in than any heading.
fn headed(heading: &str, said: &str) -> String {
    hashed(heading) + &hashed(&said.lines().map(|line| format!("    {line}\n")).collect::<String>())
}

/// A record without its name.
#[derive(Debug)]
struct Body {
    is_class: bool,
    arguments: String,
    fields: String,
}

/// Writes the types of one document.
pub(super) struct Types<'a> {
    records: &'a mut Records,
    named: &'a [Named],
    /// Definitions that are named and not declared yet.
    open: Vec<usize>,
    /// Inside the upstream's class, where a tool's name hides a builtin's.
    in_class: bool,
    left: usize,
}

impl Types<'_> {
    pub(super) fn text(&mut self, shape: &Shape, place: Place<'_>) -> String {
        expression(shape, self, place)
    }

    /// Declares every definition that was named, and those they name.
    pub(super) fn finish(mut self) {
        self.in_class = false;
        while let Some(index) = self.open.pop() {
            let definition = &self.named[index];
            let name = self.records.given[&definition.content].clone();
            let slot = self.reserve();
            let said = note(&definition.doc, self.records.comment_chars);
            self.records.declarations[slot] = match self.record_of(&definition.shape) {
                Some(object) => {
                    let body = self.body(&object, Place::top(&name));
                    self.records.declare(&name, &body, &said)
                }
                None => {
                    let text = expression(&definition.shape, &mut self, Place::top(&name));
                    self.records.declare_alias(&name, &text, &said)
                }
            };
        }
    }

    /// The one object with fields that a definition stands for, if it does.
    fn record_of(&self, shape: &Shape) -> Option<Object> {
        let mut objects = match shape {
            Shape::Object(_) | Shape::Intersection(_) => alternatives(shape, self.named)?,
            _ => return None,
        };
        let object = objects.pop().filter(|_| objects.is_empty())?;
        (!object.fields.is_empty()).then_some(object)
    }

    /// A place among the declarations: what contains another type stands before it.
    fn reserve(&mut self) -> usize {
        self.records.declarations.push(String::new());
        self.records.declarations.len() - 1
    }

    fn body(&mut self, object: &Object, place: Place<'_>) -> Body {
        let in_class = std::mem::replace(&mut self.in_class, false);
        let texts: Vec<String> = object
            .fields
            .iter()
            .map(|field| expression(&field.shape, self, place.field(&field.name, place.called)))
            .collect();
        let others =
            object.others.as_deref().map(|others| expression(others, self, place.field("value", place.called)));
        self.in_class = in_class;
        match self.records.dialect {
            Dialect::Python => self.python_body(object, &texts, others),
            Dialect::Starlark => self.starlark_body(object, &texts, others),
        }
    }

    fn python_body(&self, object: &Object, texts: &[String], others: Option<String>) -> Body {
        // Inside a class a field hides a type of the same name.
        let is_class = object.fields.iter().all(|field| {
            is_name(&field.name)
                && !WORDS.contains(&field.name.as_str())
                && !self.records.declared.contains(&field.name)
        });
        let all_optional = object.fields.iter().all(|field| field.optional);
        let mut fields = String::new();
        for (field, text) in object.fields.iter().zip(texts) {
            let text = if field.optional && !all_optional { format!("NotRequired[{text}]") } else { text.clone() };
            let declaration = match is_class {
                true => format!("{}: {text}", field.name),
                false => format!("{}: {text},", quoted(&field.name)),
            };
            fields.push_str(&commented(&declaration, &note(&field.doc, self.records.comment_chars), "    "));
        }
        let mut arguments = String::new();
        if let Some(others) = others {
            arguments.push_str(&format!(", extra_items={others}"));
        }
        if all_optional {
            arguments.push_str(", total=False");
        }
        Body { is_class, arguments, fields }
    }

    fn starlark_body(&self, object: &Object, texts: &[String], others: Option<String>) -> Body {
        let mut fields = String::new();
        for (field, text) in object.fields.iter().zip(texts) {
            let name = if is_name(&field.name) { field.name.clone() } else { quoted(&field.name) };
            let declaration = format!("{name}{}: {text}", if field.optional { "?" } else { "" });
            fields.push_str(&commented(&declaration, &note(&field.doc, self.records.comment_chars), "  "));
        }
        if let Some(others) = others {
            fields.push_str(&format!("  other keys: {others}\n"));
        }
        Body { is_class: false, arguments: String::new(), fields }
    }
}

impl Say for Types<'_> {
    fn spend(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn named(&self) -> &[Named] {
        self.named
    }

    fn object(&mut self, object: &Object, place: Place<'_>) -> String {
        if self.records.is_full() {
            return expression(&Shape::Object(Object::default()), self, place);
        }
        let slot = self.reserve();
        let body = self.body(object, place);
        let content = format!("{body:?}");
        if let Some(name) = self.records.given.get(&content) {
            return name.clone();
        }
        let called = if place.item { one_of(place.called) } else { place.called.to_owned() };
        let longer = if place.within == place.called { called.clone() } else { format!("{} {called}", place.within) };
        let candidates = std::iter::once(type_name(&called, 1)).chain((1..).map(|n| type_name(&longer, n)));
        let name = self.records.name(candidates);
        self.records.declarations[slot] = self.records.declare(&name, &body, "");
        self.records.given.insert(content, name.clone());
        name
    }

    fn definition(&mut self, index: usize, place: Place<'_>) -> String {
        let named = self.named;
        let definition = &named[index];
        if !matches!(definition.shape, Shape::Object(ref object) if !object.fields.is_empty())
            && may_be_short(definition)
        {
            let text = expression(&definition.shape, self, place);
            if text.chars().count() <= INLINE_CHARS_MAX {
                return text;
            }
        }
        if let Some(name) = self.records.given.get(&definition.content) {
            return name.clone();
        }
        if self.records.is_full() {
            return self.word("Any");
        }
        let name = self.records.name((1..).map(|n| type_name(&definition.name, n)));
        self.records.given.insert(definition.content.clone(), name.clone());
        self.open.push(index);
        name
    }

    fn literals(&self, literals: &[String]) -> String {
        match self.records.dialect {
            Dialect::Python => format!("Literal[{}]", literals.join(", ")),
            Dialect::Starlark => literals.join(" | "),
        }
    }

    fn branches_max(&self) -> usize {
        usize::MAX
    }

    fn word(&self, word: &'static str) -> String {
        if self.in_class && self.records.shadowed.iter().any(|shadowed| shadowed == word) {
            format!("builtins.{word}")
        } else {
            word.to_owned()
        }
    }

    fn is_brief(&self) -> bool {
        false
    }
}

/// What one of many is called: `issues` → `issue`, `entries` → `entry`. A word it does not know stays.
fn one_of(many: &str) -> String {
    if let Some(stem) = many.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    match many.strip_suffix('s') {
        Some(one)
            if one.len() > 2
                && !one.ends_with(['s', 'u', 'i'])
                && !["se", "xe", "ze", "he"].iter().any(|end| one.ends_with(end)) =>
        {
            one.to_owned()
        }
        _ => many.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::one_of;

    #[test]
    fn one_of_many() {
        for (many, one) in [
            ("issues", "issue"),
            ("entries", "entry"),
            ("labels", "label"),
            ("status", "status"),
            ("class", "class"),
            ("responses", "responses"),
            ("data", "data"),
            ("ies", "ies"),
        ] {
            assert_eq!(one_of(many), one);
        }
    }
}
