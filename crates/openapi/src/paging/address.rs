//! A URL the answer names as the next page, read back into arguments. Nothing is ever sent to it.
//!
//! Its host must be this request's own. At the same path its query is the next page's, all of it; at another path of that
//! host (APIs name one thing by several) only the values of paging parameters are taken, for this operation's own path.

use serde_json::{Map, Value};
use url::Url;
use weir_model::limits::{CURSOR_BYTES_MAX, REQUEST_URL_BYTES_MAX};

use super::{Asked, input::Inputs, name};
use crate::{Parameter, Place, Style};

pub(super) enum Read {
    Arguments(Map<String, Value>),
    /// There is a next page, and nothing in the URL that could be taken over.
    Elsewhere,
    /// At another origin: its host.
    Foreign(String),
    Nothing,
}

pub(super) fn read(asked: Asked<'_>, inputs: &Inputs<'_>, address: &str) -> Read {
    let Ok(here) = Url::parse(&asked.request.url) else { return Read::Nothing };
    if address.is_empty() || address.len() > REQUEST_URL_BYTES_MAX {
        return Read::Nothing;
    }
    let Ok(there) = here.join(address) else { return Read::Nothing };
    if there.origin() != here.origin() || !there.origin().is_tuple() {
        let host: String = there.host_str().unwrap_or("no host at all").chars().take(100).collect();
        return Read::Foreign(host);
    }
    let (now, then) = (pairs(&here), pairs(&there));
    let same_path = there.path() == here.path();
    let mut arguments = asked.arguments.clone();
    let mut touched = false;
    for parameter in asked.operation.parameters.iter().filter(|parameter| parameter.place == Place::Query) {
        if !same_path && !name::is_paging(&parameter.name) {
            continue;
        }
        let (before, after) = (of(parameter, &now), of(parameter, &then));
        if before == after {
            continue;
        }
        if after.is_empty() {
            touched |= !parameter.required && arguments.shift_remove(&parameter.field).is_some();
            continue;
        }
        match value(parameter, inputs, &after) {
            Some(value) => {
                arguments.insert(parameter.field.clone(), value);
                touched = true;
            }
            None if same_path => return Read::Nothing,
            None => return Read::Elsewhere,
        }
    }
    match (touched, same_path) {
        (true, _) => Read::Arguments(arguments),
        (false, true) => Read::Nothing,
        (false, false) => Read::Elsewhere,
    }
}

fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The pairs a parameter may have made.
fn of<'a>(parameter: &Parameter, pairs: &'a [(String, String)]) -> Vec<&'a (String, String)> {
    let own = |name: &str| {
        name == parameter.name
            || parameter.style == Style::DeepObject
                && name.strip_prefix(&parameter.name).is_some_and(|rest| rest.starts_with('['))
    };
    pairs.iter().filter(|(name, _)| own(name)).collect()
}

fn value(parameter: &Parameter, inputs: &Inputs<'_>, pairs: &[&(String, String)]) -> Option<Value> {
    let texts: Vec<&str> = pairs.iter().map(|(_, text)| text.as_str()).collect();
    if parameter.content.is_some() || texts.iter().map(|text| text.len()).sum::<usize>() > CURSOR_BYTES_MAX {
        return None;
    }
    if parameter.style == Style::DeepObject {
        return members(parameter, inputs, pairs);
    }
    if let [text] = texts.as_slice()
        && let Some(value) = inputs.value(&parameter.field, text)
    {
        return Some(value);
    }
    let items = inputs.items(&parameter.field)?;
    let delimiter = match parameter.style {
        Style::SpaceDelimited => ' ',
        Style::PipeDelimited => '|',
        Style::TabDelimited => '\t',
        _ => ',',
    };
    let texts: Vec<&str> = match texts.as_slice() {
        [text] if !parameter.explode => text.split(delimiter).collect(),
        _ => texts,
    };
    texts.into_iter().map(|text| inputs.item(items, text)).collect::<Option<Vec<Value>>>().map(Value::Array)
}

/// `page[number]=2&page[size]=10`: an object of plain values; deeper ones are not read back.
fn members(parameter: &Parameter, inputs: &Inputs<'_>, pairs: &[&(String, String)]) -> Option<Value> {
    let mut members = Map::new();
    for (name, text) in pairs {
        let key = name.strip_prefix(&parameter.name)?.strip_prefix('[')?.strip_suffix(']')?;
        if key.contains(['[', ']']) || members.contains_key(key) {
            return None;
        }
        members.insert(key.to_owned(), inputs.member(&parameter.field, key, text)?);
    }
    Some(Value::Object(members))
}
