//! A tool's schema together with the shared definitions it reaches, as the one document that compiling and checking take.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value};
use weir_model::limits;

use super::{
    Root, Shared, Unusable,
    audit::{Branches, bounded, count},
    document::{Definition, Target, name, redirect, references, step},
};

/// Where the definitions are in the document: under a key of their own, so that they meet none of the tool's. Where the
/// tool's schema has that key, underscores follow.
const PLACE: &str = "$shared";
/// Definitions between the tool's schema and those that are left out when not all of them can be had.
const HOPS: [usize; 5] = [usize::MAX, 8, 4, 2, 1];

/// The document, and whether definitions or references had to be left out of it: what they would check passes. Near
/// definitions are kept before far ones.
pub(crate) fn with_definitions(own: Value, shared: &Shared) -> Result<(Value, bool), Unusable> {
    let reached = Reached::from(&own, shared);
    for hops in HOPS {
        let (document, cut) = reached.document(&own, shared, hops);
        // Each by itself is fine, but their cycles may wind deeper than the stack bears.
        if bounded(&document).is_ok() {
            return Ok((document, cut));
        }
    }
    let (document, cut) = reached.document(&own, shared, 0);
    bounded(&document).map(|()| (document, cut))
}

/// Definitions that a schema leads to, the nearest first, as far as the limits of one schema allow.
struct Reached<'a> {
    definitions: Vec<Found<'a>>,
    places: HashMap<(*const Shared, usize), usize>,
}

struct Found<'a> {
    name: String,
    schema: &'a Value,
    /// Definitions from the tool's schema to this one, itself included.
    hops: usize,
}

impl<'a> Reached<'a> {
    fn from(own: &Value, shared: &'a Shared) -> Self {
        let mut reached = Self { definitions: Vec::new(), places: HashMap::new() };
        let (mut values, mut bytes_left) = (0, limits::SCHEMA_BYTES_MAX);
        // What the tool itself says counts first, and is bounded by the audit.
        let _ = count(own, &mut values);
        let mut branches = Branches::default();
        let mut seen = HashSet::new();
        let mut open = VecDeque::new();
        let from_own = references(own).into_iter().filter_map(|reference| definition(reference, Some(own), shared));
        open.extend(from_own.map(|(definition, name)| (definition, name, 1)));
        while let Some((definition, name, hops)) = open.pop_front() {
            if !seen.insert(definition.key()) || definition.bytes() > bytes_left {
                continue;
            }
            let Some(schema) = definition.schema() else { continue };
            let mut with = values;
            let is_usable = branches.of(schema, Root::new(&Value::Null, Some(shared)).outside()).is_ok();
            if !is_usable || count(schema, &mut with).is_err() {
                continue;
            }
            (values, bytes_left) = (with, bytes_left - definition.bytes());
            reached.places.insert(definition.key(), reached.definitions.len());
            reached.definitions.push(Found { name, schema, hops });
            let next = references(schema).into_iter().filter_map(|reference| self::definition(reference, None, shared));
            open.extend(next.map(|(next, name)| (next, name, hops + 1)));
        }
        reached
    }

    /// `own` with the definitions at most so far away; references to others are gone.
    fn document(&self, own: &Value, shared: &Shared, hops: usize) -> (Value, bool) {
        let mut at = PLACE.to_owned();
        while own.get(&at).is_some() {
            at.push('_');
        }
        let mut cut = false;
        let mut place = |reference: &str, own: Option<&Value>| {
            let Some((definition, name)) = definition(reference, own, shared) else {
                // The tool's own word stands, right or wrong: what follows judges it.
                cut |= own.is_none();
                return own.is_some().then(|| reference.to_owned());
            };
            let kept = self.places.get(&definition.key()).filter(|&&at| self.definitions[at].hops <= hops);
            cut |= kept.is_none();
            kept.map(|_| format!("#/{at}/{}", step(&name)))
        };
        let mut document = own.clone();
        redirect(&mut document, false, &mut |reference| place(reference, Some(own)));
        let near = self.definitions.iter().filter(|found| found.hops <= hops);
        let definitions = near.map(|found| {
            let mut schema = found.schema.clone();
            redirect(&mut schema, false, &mut |reference| place(reference, None));
            (found.name.clone(), schema)
        });
        let definitions: Map<String, Value> = definitions.collect();
        if let (Value::Object(fields), false) = (&mut document, definitions.is_empty()) {
            fields.insert(at, Value::Object(definitions));
        }
        (document, cut)
    }
}

/// The shared definition a reference means, if it means one, and its name; `own` is the tool's schema when it stands
/// there.
fn definition<'a>(reference: &str, own: Option<&Value>, shared: &'a Shared) -> Option<(Definition<'a>, String)> {
    if own.is_some_and(|own| Root::alone(own).own(reference).is_some()) {
        return None;
    }
    match Root::new(&Value::Null, Some(shared)).outside().resolve(reference)? {
        Target::Shared(definition) => Some((definition, name(reference)?)),
        Target::Own(_) => None,
    }
}
