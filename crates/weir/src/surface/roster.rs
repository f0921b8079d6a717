//! The upstreams as the tool descriptions name them. Fixed when first asked for and kept until the *set* of upstreams
//! changes: a client's prompt cache must not break because an upstream gained a tool or lost its connection.

use std::sync::{Arc, Mutex, PoisonError};

use weir_catalog::Catalog;

use crate::answer::escape;

/// Upstreams named one by one; further ones are counted.
const NAMED_MAX: usize = 20;
/// Bytes the names may take together. Not counted in tokens: the token table stays unloaded in an idle gateway.
const NAMED_BYTES_MAX: usize = 320;

/// What tool descriptions say of the upstreams, for one set of upstreams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    names: Vec<String>,
    /// `github (35 tools), mail (3), files and 4 more`; empty without upstreams.
    pub text: Arc<str>,
}

impl Roster {
    fn of(catalog: &Catalog) -> Self {
        let mut upstreams: Vec<(String, usize)> =
            catalog.upstreams().iter().map(|upstream| (upstream.identifier.clone(), upstream.entries.len())).collect();
        upstreams.sort();
        let text = text(&upstreams).into();
        Self { names: upstreams.into_iter().map(|(name, _)| name).collect(), text }
    }
}

/// The one roster of a gateway, shared by all its sessions.
#[derive(Debug, Default)]
pub struct RosterCell(Mutex<Option<Roster>>);

impl RosterCell {
    /// The roster as it stands: the one told last, unless the set of upstreams has changed since.
    pub fn of(&self, catalog: &Catalog) -> Roster {
        let fresh = Roster::of(catalog);
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*told {
            Some(roster) if roster.names == fresh.names => roster.clone(),
            _ => told.insert(fresh).clone(),
        }
    }
}

fn text(upstreams: &[(String, usize)]) -> String {
    let mut out = String::new();
    for (at, (name, tools)) in upstreams.iter().enumerate() {
        let name = escape::line(name, 40);
        let entry = match tools {
            0 => name,
            1 => format!("{name} (1 tool)"),
            n => format!("{name} ({n} tools)"),
        };
        let separator = if out.is_empty() { "" } else { ", " };
        if at == NAMED_MAX || out.len() + separator.len() + entry.len() > NAMED_BYTES_MAX {
            return format!("{out} and {} more", upstreams.len() - at);
        }
        out.push_str(separator);
        out.push_str(&entry);
    }
    out
}

#[cfg(test)]
mod tests {
    use weir_catalog::{Listing, ListingState};
    use weir_model::{Tool, ToolId, UpstreamName};

    use super::*;

    #[test]
    fn names_are_bounded() {
        let named = |names: &[(&str, usize)]| {
            text(&names.iter().map(|(name, tools)| ((*name).to_owned(), *tools)).collect::<Vec<_>>())
        };
        assert_eq!(named(&[]), "");
        assert_eq!(named(&[("files", 0), ("github", 35), ("mail", 1)]), "files, github (35 tools), mail (1 tool)");
        let many: Vec<_> = (0..300).map(|n| (format!("up{n:03}"), n)).collect();
        assert!(text(&many).ends_with(" more"));
        for odd in ["x7Qz9", "\u{1d4d0}", "ä"] {
            let odd: Vec<_> = (0..30).map(|n| (format!("{odd}{n}").repeat(10), 99_999)).collect();
            assert!(text(&odd).len() <= NAMED_BYTES_MAX + 20);
        }
    }

    fn catalog(upstreams: &[(&str, usize)]) -> Catalog {
        let tool = |upstream: &UpstreamName, n: usize| {
            let id = ToolId { upstream: upstream.clone(), name: format!("tool_{n}").into() };
            Tool::new(id, r#"{"type":"object"}"#)
        };
        let listings = upstreams.iter().map(|(name, count)| {
            let upstream = UpstreamName::new(name).expect("a name");
            let tools = (0..*count).map(|n| tool(&upstream, n)).collect();
            Listing { upstream, state: ListingState::Listed { tools, warnings: Vec::new() } }
        });
        Catalog::build(1, listings.collect())
    }

    #[test]
    fn a_roster_changes_with_the_set_of_upstreams_and_with_nothing_else() {
        let cell = RosterCell::default();
        let first = cell.of(&catalog(&[("mail", 1), ("github", 2)]));
        assert_eq!(&*first.text, "github (2 tools), mail (1 tool)");
        assert_eq!(cell.of(&catalog(&[("github", 9), ("mail", 0)])), first, "other tools, other order, same bytes");
        let second = cell.of(&catalog(&[("github", 9)]));
        assert_eq!(&*second.text, "github (9 tools)");
        assert_eq!(cell.of(&catalog(&[("github", 3)])), second);
    }
}
