//! Which schemas hold, however deep, fields that only requests or only responses have: those are written in two forms.

use std::collections::{HashMap, HashSet};

use super::{
    library::{Library, Spot},
    node::Node,
    note::Notes,
};

/// Schemas and fields looked at for the fields that an `allOf` hides.
const HIDDEN_LOOKS_MAX: usize = 2_000;

type Id<'a> = *const Node<'a>;

#[derive(Default)]
pub(super) struct Survey<'a> {
    split: HashMap<Id<'a>, bool>,
}

/// Who has a field: both, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    pub(crate) read_only: bool,
    pub(crate) write_only: bool,
}

/// A field's own marks, or those of the schema that it refers to.
pub(crate) fn marks<'a>(field: Spot<'a>, library: &mut Library<'a>, notes: &mut Notes) -> Marks {
    let own = Marks { read_only: field.flag("readOnly"), write_only: field.flag("writeOnly") };
    if own != Marks::default() || field.text("$ref").is_none() {
        return own;
    }
    library
        .follow(field, notes)
        .map_or(own, |target| Marks { read_only: target.flag("readOnly"), write_only: target.flag("writeOnly") })
}

/// The schemas right below a schema, those of its fields apart.
pub(crate) fn below<'a>(schema: Spot<'a>) -> impl Iterator<Item = Spot<'a>> {
    const SINGLE: [&str; 11] = [
        "items",
        "additionalProperties",
        "additionalItems",
        "unevaluatedItems",
        "unevaluatedProperties",
        "contains",
        "propertyNames",
        "not",
        "if",
        "then",
        "else",
    ];
    const LISTS: [&str; 5] = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
    const MAPS: [&str; 2] = ["patternProperties", "dependentSchemas"];
    let single = SINGLE.into_iter().filter_map(move |key| schema.get(key)).filter(|spot| spot.object().is_some());
    let lists = LISTS.into_iter().filter_map(move |key| schema.get(key)).flat_map(Spot::items);
    let maps = MAPS.into_iter().filter_map(move |key| schema.get(key)).flat_map(Spot::entries).map(|(_, spot)| spot);
    single.chain(lists).chain(maps)
}

pub(crate) fn fields<'a>(schema: Spot<'a>) -> impl Iterator<Item = (&'a str, Spot<'a>)> {
    schema.get("properties").into_iter().flat_map(Spot::entries)
}

impl<'a> Survey<'a> {
    pub(super) fn is_split(&mut self, schema: Spot<'a>, library: &mut Library<'a>, notes: &mut Notes) -> bool {
        let id = std::ptr::from_ref(schema.node);
        if let Some(&known) = self.split.get(&id) {
            return known;
        }
        // All that can be reached and is not known yet, so that circles are decided as a whole.
        let mut reached = HashSet::from([id]);
        let mut users: HashMap<Id<'a>, Vec<Id<'a>>> = HashMap::new();
        let mut marked = Vec::new();
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            let user = std::ptr::from_ref(schema.node);
            let (mut is_marked, mut targets) = (false, Vec::new());
            look(schema, library, notes, &mut is_marked, &mut targets);
            for target in targets {
                let id = std::ptr::from_ref(target.node);
                match self.split.get(&id) {
                    Some(&is_split) => is_marked |= is_split,
                    None => {
                        users.entry(id).or_default().push(user);
                        if reached.insert(id) {
                            open.push(target);
                        }
                    }
                }
            }
            if is_marked {
                marked.push(user);
            }
        }
        for id in reached {
            self.split.insert(id, false);
        }
        while let Some(id) = marked.pop() {
            if self.split.insert(id, true) == Some(false) {
                marked.extend(users.get(&id).into_iter().flatten());
            }
        }
        self.split.get(&id).copied().unwrap_or_default()
    }
}

/// Whether a schema itself has marked fields, and the schemas it refers to.
fn look<'a>(
    schema: Spot<'a>,
    library: &mut Library<'a>,
    notes: &mut Notes,
    is_marked: &mut bool,
    targets: &mut Vec<Spot<'a>>,
) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        if let Some(target) = schema.text("$ref").and_then(|_| library.follow(schema, notes).ok()) {
            targets.push(target);
        }
        for (_, field) in fields(schema) {
            *is_marked |= marks(field, library, notes) != Marks::default();
            open.push(field);
        }
        open.extend(below(schema));
    }
}

/// The fields that a schema and what it is put together from by `allOf` have on one side only, and this side is the other.
pub(crate) fn hidden<'a>(
    schema: Spot<'a>,
    is_hidden: impl Fn(Marks) -> bool,
    looks_left: &mut usize,
    library: &mut Library<'a>,
    notes: &mut Notes,
) -> Vec<&'a str> {
    let looks_max = HIDDEN_LOOKS_MAX.min(*looks_left);
    let (mut hidden, mut open, mut looks) = (Vec::new(), vec![schema], 0);
    while let Some(schema) = open.pop() {
        looks += 1;
        for (name, field) in fields(schema).take(looks_max.saturating_sub(looks)) {
            looks += 1;
            if is_hidden(marks(field, library, notes)) {
                hidden.push(name);
            }
        }
        if looks >= looks_max {
            break;
        }
        open.extend(schema.text("$ref").and_then(|_| library.follow(schema, notes).ok()));
        open.extend(schema.get("allOf").into_iter().flat_map(Spot::items));
    }
    *looks_left = looks_left.saturating_sub(looks);
    hidden
}
