//! What an answer's body says about pages: the few members that APIs say it in, and how many items there are.

use serde_json::{Map, Value};

use super::{cursor, name::plain, number};
use crate::response::json::Top;

/// A longer member says nothing about pages.
const MEMBER_BYTES_MAX: usize = 64 * 1024;

/// Where a body holds its items when it is an object, the likelier first.
const ITEMS: &[&str] = &[
    "data", "items", "results", "records", "entries", "values", "value", "list", "elements", "rows", "content", "hits",
];

/// Where a body speaks of pages, besides its top.
const CONTAINERS: &[&[&str]] = &[
    &["meta"],
    &["metadata"],
    &["pagination"],
    &["paging"],
    &["paging", "cursors"],
    &["paging", "next"],
    &["page_info"],
    &["pageInfo"],
    &["page"],
    &["response_metadata"],
    &["cursors"],
    &["cursor"],
    &["next_page"],
    &["meta", "pagination"],
    &["meta", "page"],
    &["meta", "cursor"],
    &["meta", "paging"],
    &["links"],
    &["info"],
];

/// Where a body names the next page's URL.
const URLS: &[&[&str]] = &[
    &["next"],
    &["next", "href"],
    &["next", "url"],
    &["links", "next"],
    &["links", "next", "href"],
    &["links", "pages", "next"],
    &["_links", "next"],
    &["_links", "next", "href"],
    &["next_page_url"],
    &["nextPageUrl"],
    &["next_page_uri"],
    &["next_page_link"],
    &["next_url"],
    &["nextUrl"],
    &["next_uri"],
    &["next_href"],
    &["next_link"],
    &["nextLink"],
    &["@odata.nextLink"],
    &["odata.nextLink"],
    &["@nextLink"],
    &["next_page"],
    &["next_page", "uri"],
    &["next_page", "url"],
    &["nextPage"],
    &["paging", "next"],
    &["paging", "next", "link"],
    &["pagination", "next"],
    &["pagination", "next_url"],
    &["pagination", "next_link"],
    &["pagination", "nextLink"],
    &["pagination", "links", "next"],
    &["meta", "next"],
    &["meta", "next_url"],
    &["meta", "next_page_url"],
    &["meta", "links", "next"],
    &["meta", "pagination", "links", "next"],
    &["info", "next"],
];

/// Whether there are more, or this was the last.
const MORE: &[&str] = &["hasmore", "hasnext", "hasnextpage", "more", "moreavailable"];
const NO_MORE: &[&str] = &["islast", "islastpage", "last", "isend"];

#[derive(Default)]
pub(super) struct Body {
    /// The members of an object that may speak of pages.
    head: Map<String, Value>,
    /// Items on this page, where it is clear which member they are.
    pub(super) items: Option<usize>,
    /// What identifies the last item.
    pub(super) last_id: Option<Value>,
}

impl Body {
    /// `counted`: the items are looked at too, which costs a second reading of them.
    pub(super) fn of(top: &Top<'_>, counted: bool) -> Self {
        let members = match top {
            Top::Object(members) => members,
            Top::List { count, last } => {
                return Self { head: Map::new(), items: Some(*count), last_id: last.and_then(|last| id(last.get())) };
            }
            Top::Other => return Self::default(),
        };
        let mut head = Map::new();
        for (key, raw) in members {
            if raw.get().len() <= MEMBER_BYTES_MAX && is_telling(key, counted) {
                head.extend(serde_json::from_str(raw.get()).ok().map(|value| (key.clone(), value)));
            }
        }
        let mut body = Self { head, items: None, last_id: None };
        let lists = || members.iter().filter(|(_, raw)| raw.get().starts_with('['));
        let known = ITEMS.iter().find_map(|name| lists().find(|(key, _)| key == name));
        let only = || lists().next().filter(|_| lists().count() == 1);
        if let Some((_, raw)) = known.or_else(only).filter(|_| counted)
            && let Top::List { count, last } = Top::of(raw.get())
        {
            body.items = Some(count);
            body.last_id = last.and_then(|last| id(last.get()));
        }
        body
    }

    /// What may be the next page's URL: it looks like one.
    pub(super) fn urls(&self) -> impl Iterator<Item = &str> {
        let listed = self.head.get("links").and_then(Value::as_array).into_iter().flatten();
        let listed = listed.filter(|link| link.get("rel").is_some_and(|rel| rel == "next"));
        let listed = listed.filter_map(|link| link.get("href").or_else(|| link.get("uri"))?.as_str());
        let named = URLS.iter().filter_map(|path| self.at(path)?.as_str());
        named.chain(listed).filter(|text| text.contains("://") || text.starts_with(['/', '?']))
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.head.get(*first)?, |value, key| value.get(key))
    }

    /// The objects that may speak of pages, the outermost first.
    fn places(&self) -> impl Iterator<Item = &Map<String, Value>> {
        let containers = CONTAINERS.iter().filter_map(|path| self.at(path)?.as_object());
        std::iter::once(&self.head).chain(containers)
    }

    /// What the body says under the first of these names, compared as [`plain`] writes them.
    pub(super) fn told(&self, names: &[&str]) -> Option<&Value> {
        let places: Vec<&Map<String, Value>> = self.places().collect();
        names.iter().find_map(|name| {
            places.iter().find_map(|place| {
                place.iter().find(|(key, value)| !value.is_null() && plain(key) == *name).map(|(_, value)| value)
            })
        })
    }

    /// Whether the body says that there are more pages.
    pub(super) fn more(&self) -> Option<bool> {
        let more = self.told(MORE).and_then(Value::as_bool);
        more.or_else(|| Some(!self.told(NO_MORE)?.as_bool()?))
    }
}

/// Whether a member of an object is worth reading.
fn is_telling(key: &str, counted: bool) -> bool {
    let begins = |paths: &[&[&str]]| paths.iter().any(|path| path[0] == key);
    if begins(URLS) {
        return true;
    }
    let plain = plain(key);
    let said = |names: &[&str]| names.contains(&plain.as_str());
    counted
        && (begins(CONTAINERS) || said(MORE) || said(NO_MORE) || cursor::is_given(&plain) || number::is_told(&plain))
}

fn id(item: &str) -> Option<Value> {
    if item.len() > MEMBER_BYTES_MAX || !item.starts_with('{') {
        return None;
    }
    serde_json::from_str::<Value>(item).ok()?.get("id").cloned()
}
