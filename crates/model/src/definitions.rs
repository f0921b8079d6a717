//! Schemas that the tools of one upstream share.

use std::{collections::HashMap, fmt, ops::Range};

/// Each under a name: what `#/$defs/NAME` in a tool's own schemas points at, when the tool does not define it itself.
/// One text for all of them: a thousand definitions cost little more than their characters.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Definitions {
    text: Box<str>,
    places: Vec<Range<usize>>,
    by_name: HashMap<Box<str>, usize>,
}

impl Definitions {
    /// (name, JSON text of a schema). Of two with one name the first stands.
    pub fn new<N: AsRef<str>, S: AsRef<str>>(schemas: impl IntoIterator<Item = (N, S)>) -> Self {
        let (mut text, mut places, mut by_name) = (String::new(), Vec::new(), HashMap::new());
        for (name, schema) in schemas {
            if by_name.contains_key(name.as_ref()) {
                continue;
            }
            by_name.insert(Box::from(name.as_ref()), places.len());
            let start = text.len();
            text.push_str(schema.as_ref());
            places.push(start..text.len());
        }
        Self { text: text.into(), places, by_name }
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A definition's number, from 0 to [`Definitions::len`].
    pub fn number(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// JSON text of the definition with a number of [`Definitions::number`].
    pub fn schema(&self, number: usize) -> &str {
        &self.text[self.places[number].clone()]
    }

    /// In the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut names = vec![""; self.places.len()];
        for (name, &number) in &self.by_name {
            names[number] = name;
        }
        names.into_iter().zip(&self.places).map(|(name, place)| (name, &self.text[place.clone()]))
    }
}

impl fmt::Debug for Definitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Definitions({} of {} bytes)", self.places.len(), self.text.len())
    }
}
