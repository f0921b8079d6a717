//! An intersection said without one: the objects a value may be, each with all of its fields.
//! For languages whose types cannot be joined by "and".

use super::{Doc, Named, Object, Shape};

/// Objects one shape is written as; a shape that multiplies into more stays what it is.
const ALTERNATIVES_MAX: usize = 8;
/// Definitions and applicators followed inside one another.
const DEPTH_MAX: usize = 16;
/// Fields of a merged object.
const FIELDS_MAX: usize = 500;

/// The objects a shape stands for, whatever combination says so; `None` when it is not an object in every case.
pub(crate) fn alternatives(shape: &Shape, named: &[Named]) -> Option<Vec<Object>> {
    objects(shape, named, 0)
}

fn objects(shape: &Shape, named: &[Named], depth: usize) -> Option<Vec<Object>> {
    if depth > DEPTH_MAX {
        return None;
    }
    match shape {
        Shape::Object(object) => Some(vec![object.clone()]),
        Shape::Named(index) => objects(&named.get(*index)?.shape, named, depth + 1),
        Shape::Union(shapes) => {
            let mut all = Vec::new();
            for shape in shapes {
                all.extend(objects(shape, named, depth + 1)?);
                if all.len() > ALTERNATIVES_MAX {
                    return None;
                }
            }
            Some(all)
        }
        Shape::Intersection(shapes) => {
            let mut all = vec![Object::default()];
            for shape in shapes {
                let others = objects(shape, named, depth + 1)?;
                if all.len() * others.len() > ALTERNATIVES_MAX {
                    return None;
                }
                all =
                    all.iter().flat_map(|one| others.iter().map(|other| merged(one, other))).collect::<Option<_>>()?;
            }
            Some(all)
        }
        _ => None,
    }
}

/// What both objects say about each field.
fn merged(one: &Object, other: &Object) -> Option<Object> {
    if *one == Object::default() {
        return Some(other.clone());
    }
    if one.fields.len() + other.fields.len() > FIELDS_MAX {
        return None;
    }
    let mut both = one.clone();
    for field in &other.fields {
        let Some(known) = both.fields.iter_mut().find(|known| known.name == field.name) else {
            both.fields.push(field.clone());
            continue;
        };
        known.optional &= field.optional;
        known.shape = narrower(&known.shape, &field.shape);
        if known.doc == Doc::default() {
            known.doc = field.doc.clone();
        }
    }
    both.others = one.others.clone().or_else(|| other.others.clone());
    Some(both)
}

fn narrower(one: &Shape, other: &Shape) -> Shape {
    match (one, other) {
        (_, Shape::Unknown | Shape::Any) => one.clone(),
        (Shape::Unknown | Shape::Any, _) => other.clone(),
        _ if one == other => one.clone(),
        // The scalars an enum or a constant names are among those a type allows.
        (_, Shape::Literal(_)) => other.clone(),
        (Shape::Literal(_), _) => one.clone(),
        _ => Shape::Intersection(vec![one.clone(), other.clone()]),
    }
}
