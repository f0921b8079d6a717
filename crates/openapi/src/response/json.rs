//! JSON as it came: whether it is any, how deep it is, and a look at its outermost members without reading the rest.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use weir_model::{limits::JSON_DEPTH_MAX, too_deep};

/// Outermost members that are looked at.
const MEMBERS_MAX: usize = 256;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoJson {
    TooDeep,
    /// What is wrong and where, without the text itself.
    Malformed(String),
}

/// The outermost level of a JSON text.
pub(crate) enum Top<'a> {
    Object(Vec<(String, &'a RawValue)>),
    List { count: usize, last: Option<&'a RawValue> },
    Other,
}

/// Whether the text is JSON that may be passed on: valid, and not nested deeper than anybody reads.
pub(crate) fn check(text: &str) -> Result<(), NoJson> {
    if too_deep(text, JSON_DEPTH_MAX) {
        return Err(NoJson::TooDeep);
    }
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| NoJson::Malformed(error.to_string()))
}

impl<'a> Top<'a> {
    /// Of a text that passed [`check`], or of a part of one. A key with half a surrogate pair makes it [`Top::Other`].
    pub(crate) fn of(text: &'a str) -> Self {
        serde_json::from_str(text).unwrap_or(Self::Other)
    }
}

impl<'de> Deserialize<'de> for Top<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Outermost)
    }
}

struct Outermost;

impl<'de> Visitor<'de> for Outermost {
    type Value = Top<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Top<'de>, A::Error> {
        let mut members = Vec::new();
        while members.len() < MEMBERS_MAX {
            match access.next_entry()? {
                Some(member) => members.push(member),
                None => return Ok(Top::Object(members)),
            }
        }
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Top::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Top<'de>, A::Error> {
        let (mut count, mut last) = (0, None);
        while let Some(item) = access.next_element()? {
            (count, last) = (count + 1, Some(item));
        }
        Ok(Top::List { count, last })
    }

    fn visit_unit<E>(self) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }
}
