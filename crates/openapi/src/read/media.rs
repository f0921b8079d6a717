//! Media types of a request's body: which can be sent, in which order of preference, and how their fields are written.

use std::collections::BTreeMap;

use weir_model::limits;

use crate::{Encoding, Media, MediaKind, Style};

use super::{
    Reader, keyword,
    library::Spot,
    node::Node,
    parameter::{In, Read},
};

/// Media types of one body or one response.
pub(super) const MEDIA_MAX: usize = 32;

/// A media type and what is sent in it.
#[derive(Debug, Clone)]
pub(super) struct Offer<'a> {
    pub(super) media: Media,
    /// `None`: anything.
    pub(super) schema: Option<Spot<'a>>,
    /// JSON Patch whose schema speaks of the object that is patched.
    pub(super) is_patch_of_object: bool,
}

impl<'a> Offer<'a> {
    pub(super) fn new(name: &str, schema: Option<Spot<'a>>) -> Self {
        let name = concrete(name).to_owned();
        let kind = match MediaKind::of(&name) {
            // Nobody streams events at a server: they are text.
            MediaKind::EventStream => MediaKind::Text,
            kind => kind,
        };
        Self { media: Media { name, kind, encodings: BTreeMap::new() }, schema, is_patch_of_object: false }
    }
}

/// A name that can be sent, for a range of them.
pub(super) fn concrete(name: &str) -> &str {
    let name = name.trim();
    match name {
        "" | "*" | "*/*" | "application/*" => "application/json",
        "text/*" => "text/plain",
        "multipart/*" => "multipart/form-data",
        name if name.ends_with("/*") || name.starts_with("*/") => "application/octet-stream",
        name => name,
    }
}

impl<'a> Reader<'a> {
    /// The best first; what is written first among equals.
    pub(super) fn sort(&mut self, offers: &mut Vec<Offer<'a>>) {
        for offer in offers.iter_mut() {
            offer.is_patch_of_object = is_json_patch(&offer.media.name)
                && offer
                    .schema
                    .and_then(|schema| self.unwrapped(schema))
                    .is_some_and(|schema| schema.text("type") == Some("object") || schema.get("properties").is_some());
        }
        sort(offers);
    }
}

/// RFC 6902: a list of operations, whatever the description says of it.
fn is_json_patch(name: &str) -> bool {
    name.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json-patch+json"))
}

fn sort(offers: &mut Vec<Offer<'_>>) {
    let rank = |offer: &Offer<'_>| match offer.media.kind {
        MediaKind::Json if is_plain_json(&offer.media.name) => 0,
        MediaKind::Json if !offer.is_patch_of_object => 1,
        MediaKind::Json => 2,
        MediaKind::Form => 3,
        MediaKind::Multipart => 4,
        MediaKind::JsonLines => 5,
        MediaKind::Text | MediaKind::EventStream => 6,
        MediaKind::Binary => 7,
    };
    offers.sort_by_key(rank);
    let mut known: Vec<String> = Vec::new();
    offers.retain(|offer| {
        let is_new = !known.contains(&offer.media.name);
        known.push(offer.media.name.clone());
        is_new
    });
}

/// `application/json` itself, whatever its parameters.
fn is_plain_json(name: &str) -> bool {
    name.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"))
}

impl<'a> Reader<'a> {
    /// What `encoding` says of the fields, and which of them are bytes.
    pub(super) fn encode(&mut self, offer: &mut Offer<'a>, encoding: Option<Spot<'a>>) {
        if !matches!(offer.media.kind, MediaKind::Form | MediaKind::Multipart) {
            return;
        }
        for (name, spot) in encoding.into_iter().flat_map(Spot::entries).take(limits::OPERATION_FIELDS_MAX) {
            let said = said(spot);
            if said != Encoding::default() {
                offer.media.encodings.insert(name.to_owned(), said);
            }
        }
        if offer.media.kind != MediaKind::Multipart {
            return;
        }
        let Some(schema) = offer.schema.and_then(|schema| self.unwrapped(schema)) else { return };
        for (name, field) in self.all_fields(schema) {
            if self.holds_bytes(field, 0) {
                offer.media.encodings.entry(name.to_owned()).or_default().binary = true;
            }
        }
    }

    /// 2.0: the fields are parameters.
    pub(super) fn encode_older(&mut self, offer: &mut Offer<'a>, fields: &[Read<'a>]) {
        for field in fields.iter().filter(|field| field.place == In::Form) {
            let Some(schema) = field.schema else { continue };
            let is_list = schema.text("type") == Some("array");
            let encoding = Encoding {
                style: is_list.then_some(field.style),
                explode: is_list.then_some(field.explode),
                binary: offer.media.kind == MediaKind::Multipart && self.holds_bytes(schema, 0),
                ..Encoding::default()
            };
            if encoding != Encoding::default() {
                offer.media.encodings.insert(field.name.to_owned(), encoding);
            }
        }
    }

    /// The fields of an object and of what it is put together from, one level of it.
    fn all_fields(&mut self, schema: Spot<'a>) -> Vec<(&'a str, Spot<'a>)> {
        let mut fields: Vec<_> = super::survey::fields(schema).take(limits::OPERATION_FIELDS_MAX).collect();
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema.get(key).into_iter().flat_map(Spot::items).take(MEDIA_MAX) {
                if let Ok(part) = self.library.follow(part, &mut self.notes) {
                    fields.extend(super::survey::fields(part).take(limits::OPERATION_FIELDS_MAX));
                }
            }
        }
        fields
    }

    /// Whether a field is a file, a list of files, or may be one of these.
    fn holds_bytes(&mut self, field: Spot<'a>, level: usize) -> bool {
        let Ok(field) = self.library.follow(field, &mut self.notes) else { return false };
        if keyword::is_bytes(field) {
            return true;
        }
        self.looks_left = self.looks_left.saturating_sub(1);
        if level > 2 || self.looks_left == 0 {
            return false;
        }
        let lists = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| field.get(key)).flat_map(Spot::items);
        let below: Vec<Spot<'a>> = lists.take(MEDIA_MAX).chain(field.get("items")).collect();
        below.into_iter().any(|spot| self.holds_bytes(spot, level + 1))
    }

    /// What a schema refers to or merely wraps (`allOf` of one), in the end; `None` when it leads nowhere.
    pub(super) fn unwrapped(&mut self, schema: Spot<'a>) -> Option<Spot<'a>> {
        let mut schema = schema;
        for _ in 0..limits::REFERENCE_HOPS_MAX {
            schema = self.library.follow(schema, &mut self.notes).ok()?;
            let only = schema.get("allOf").and_then(|parts| match parts.node.as_list() {
                Some([_]) => parts.items().next(),
                _ => None,
            });
            let says_more = || schema.entries().any(|(name, _)| !is_remark(name) && name != "allOf");
            match only.filter(|_| !says_more()) {
                Some(only) => schema = only,
                None => return Some(schema),
            }
        }
        None
    }
}

/// Keywords of a schema that do not limit its values.
pub(super) fn is_remark(name: &str) -> bool {
    matches!(
        name,
        "title"
            | "description"
            | "example"
            | "examples"
            | "xml"
            | "externalDocs"
            | "default"
            | "deprecated"
            | "$comment"
    ) || (name.starts_with("x-") && name != "x-nullable")
}

fn said(spot: Spot<'_>) -> Encoding {
    // `image/png, image/jpeg` and `image/*` leave the choice to the caller.
    let content_type = spot.text("contentType").filter(|name| !name.contains([',', '*'])).map(str::to_owned);
    let style = match spot.text("style") {
        Some("form") => Some(Style::Form),
        Some("spaceDelimited") => Some(Style::SpaceDelimited),
        Some("pipeDelimited") => Some(Style::PipeDelimited),
        Some("deepObject") => Some(Style::DeepObject),
        _ => None,
    };
    let explode = match spot.node.get("explode") {
        Some(Node::Bool(explode)) => Some(*explode),
        _ => None,
    };
    Encoding { content_type, style, explode, allow_reserved: spot.flag("allowReserved"), binary: false }
}
