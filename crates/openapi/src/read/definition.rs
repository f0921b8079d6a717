//! The schemas that tools share: which there are, what they are called, which of their forms something needs.
//!
//! Never one that nothing reaches, never one name for two.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{
    library::{Library, Spot, component_names},
    node::Node,
    note::Notes,
    pointer,
    survey::Survey,
};

/// Bytes of a definition's name.
const NAME_BYTES_MAX: usize = 128;
/// What a definition is called that has no name with a letter in it.
const NAMELESS: &str = "type";

/// Requests leave out what is `readOnly`, responses what is `writeOnly`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Request,
    Response,
}

/// A definition in one of its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    definition: Definition,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Definition {
    Schema(usize),
    /// Base64 text, or an object that has it: made by weir.
    Bytes,
}

struct Schema<'a> {
    spot: Spot<'a>,
    /// Has two forms.
    is_split: bool,
    name: String,
    request_name: Option<String>,
}

pub(crate) struct Definitions<'a> {
    by_node: HashMap<*const Node<'a>, usize>,
    schemas: Vec<Schema<'a>>,
    bytes_name: Option<String>,
    components: HashMap<*const Node<'a>, &'a str>,
    names: Names,
    survey: Survey<'a>,
    waiting: VecDeque<Wanted>,
    known: HashSet<Wanted>,
}

impl<'a> Definitions<'a> {
    pub(crate) fn new(root: Spot<'a>) -> Self {
        let components: Vec<_> = component_names(root).collect();
        Self {
            by_node: HashMap::new(),
            schemas: Vec::new(),
            bytes_name: None,
            names: Names::reserving(components.iter().map(|(name, _)| plain(name))),
            components: components.into_iter().map(|(name, spot)| (std::ptr::from_ref(spot.node), name)).collect(),
            survey: Survey::default(),
            waiting: VecDeque::new(),
            known: HashSet::new(),
        }
    }

    /// What a reference to a schema is written as. The definition itself is kept once somebody [`Definitions::keep`]s it.
    pub(crate) fn refer(
        &mut self,
        spot: Spot<'a>,
        reference: &str,
        form: Form,
        library: &mut Library<'a>,
        notes: &mut Notes,
    ) -> (Wanted, &str) {
        let node = std::ptr::from_ref(spot.node);
        let index = match self.by_node.get(&node) {
            Some(&index) => index,
            None => {
                let name = match self.components.get(&node) {
                    Some(name) => self.names.component(&plain(name)),
                    None => self.names.other(&plain(&pointer::last_name(reference))),
                };
                let is_split = self.survey.is_split(spot, library, notes);
                self.schemas.push(Schema { spot, is_split, name, request_name: None });
                self.by_node.insert(node, self.schemas.len() - 1);
                self.schemas.len() - 1
            }
        };
        let schema = &mut self.schemas[index];
        if form == Form::Request && schema.is_split {
            let wanted = Wanted { definition: Definition::Schema(index), form };
            let name = match schema.request_name.take() {
                Some(name) => name,
                None => self.names.other(&format!("{}Input", schema.name)),
            };
            return (wanted, schema.request_name.insert(name));
        }
        (Wanted { definition: Definition::Schema(index), form: Form::Response }, &schema.name)
    }

    /// The same for bytes in arguments.
    pub(crate) fn refer_to_bytes(&mut self) -> (Wanted, &str) {
        let names = &mut self.names;
        let name = self.bytes_name.get_or_insert_with(|| names.other("Bytes"));
        (Wanted { definition: Definition::Bytes, form: Form::Request }, name)
    }

    pub(crate) fn keep(&mut self, wanted: impl IntoIterator<Item = Wanted>) {
        for wanted in wanted {
            if self.known.insert(wanted) {
                self.waiting.push_back(wanted);
            }
        }
    }

    /// One that is kept and has not been written: its name, and the schema it is written from (`None`: bytes).
    pub(crate) fn take_waiting(&mut self) -> Option<(String, Option<Spot<'a>>, Form)> {
        let wanted = self.waiting.pop_front()?;
        Some(match wanted.definition {
            Definition::Bytes => (self.bytes_name.clone().unwrap_or_default(), None, wanted.form),
            Definition::Schema(index) => {
                let schema = &self.schemas[index];
                let name = match wanted.form {
                    Form::Request => schema.request_name.clone().unwrap_or_default(),
                    Form::Response => schema.name.clone(),
                };
                (name, Some(schema.spot), wanted.form)
            }
        })
    }
}

/// Names taken, and those that only the component of that name may take.
struct Names {
    reserved: HashSet<String>,
    taken: HashSet<String>,
    /// The last number tried, by name.
    numbers: HashMap<String, usize>,
}

impl Names {
    fn reserving(names: impl Iterator<Item = String>) -> Self {
        Self { reserved: names.collect(), taken: HashSet::new(), numbers: HashMap::new() }
    }

    fn component(&mut self, name: &str) -> String {
        if self.taken.insert(name.to_owned()) { name.to_owned() } else { self.numbered(name) }
    }

    fn other(&mut self, name: &str) -> String {
        if !self.reserved.contains(name) && self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        self.numbered(name)
    }

    fn numbered(&mut self, name: &str) -> String {
        let number = self.numbers.entry(name.to_owned()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{name}{number}");
            if !self.reserved.contains(&numbered) && self.taken.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

/// Of letters, digits, `.`, `-` and `_` alone, so that it stands in a pointer and in a URL as it is.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => plain.push(character),
            _ if plain.ends_with('_') => {}
            _ => plain.push('_'),
        }
        if plain.len() >= NAME_BYTES_MAX {
            break;
        }
    }
    if !name.ends_with('_') {
        plain.truncate(plain.trim_end_matches('_').len());
    }
    if plain.bytes().any(|byte| byte.is_ascii_alphanumeric()) { plain } else { NAMELESS.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_stand_in_a_pointer_as_they_are() {
        for (written, expected) in [
            ("Pet", "Pet"),
            ("io.k8s.api.core.v1.Pod", "io.k8s.api.core.v1.Pod"),
            ("Response«List«User»»", "Response_List_User"),
            ("a/b~c%20d", "a_b_c_20d"),
            ("__", "type"),
            ("", "type"),
            ("имя", "type"),
            ("private_", "private_"),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
    }
}
