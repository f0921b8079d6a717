//! The snapshot itself. Built whole from listings, then never changed: a run keeps the one it started with.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, OnceLock},
};

use sha2::{Digest, Sha256};
use weir_model::{Bindings, Definitions, Effect, Member, Namespace, Policy, Rule, Tool, ToolId, UpstreamName, limits};

use crate::{
    access::Access,
    entry::Entry,
    name, nearest, path, plain,
    search::{Hit, Index},
    shelf::Shelf,
};

/// What one upstream offers at the moment.
#[derive(Debug, Clone)]
pub struct Listing {
    pub upstream: UpstreamName,
    pub state: ListingState,
}

#[derive(Debug, Clone)]
pub enum ListingState {
    Listed { tools: Vec<Tool>, warnings: Vec<String> },
    Absent { reason: String },
}

/// The operator's word on what tools do, which replaces their own. A tool's identifier names it as well as its raw name.
pub type Effects = BTreeMap<ToolId, Effect>;

/// One upstream of the snapshot.
#[derive(Debug)]
pub struct Upstream {
    pub name: UpstreamName,
    /// What a snippet writes for it.
    pub identifier: String,
    /// In the upstream's own order.
    pub entries: Vec<Arc<Entry>>,
    /// Why it has no tools now.
    pub absent: Option<String>,
    pub warnings: Vec<String>,
    members: HashMap<Arc<str>, u32>,
}

/// An immutable snapshot of all tools; shared as `Arc<Catalog>`.
#[derive(Debug)]
pub struct Catalog {
    version: u64,
    upstreams: Vec<Upstream>,
    effects: Arc<Effects>,
    namespaces: HashMap<Arc<str>, u32>,
    shelf: Arc<Shelf>,
    /// Made by the first search: a gateway that nobody searches yet starts sooner.
    index: OnceLock<Index>,
    bindings: OnceLock<Arc<Bindings>>,
}

impl Catalog {
    pub fn build(version: u64, listings: Vec<Listing>) -> Self {
        Self::with_effects(version, listings, Arc::default())
    }

    pub fn with_effects(version: u64, listings: Vec<Listing>, effects: Arc<Effects>) -> Self {
        Self::assemble(version, listings, effects, None)
    }

    /// With the same effects, and the entries (and their compiled schemas) of tools that did not change.
    #[must_use]
    pub fn rebuild(&self, version: u64, listings: Vec<Listing>) -> Self {
        Self::assemble(version, listings, Arc::clone(&self.effects), Some(self))
    }

    fn assemble(version: u64, listings: Vec<Listing>, effects: Arc<Effects>, before: Option<&Self>) -> Self {
        let raw: Vec<&str> = listings.iter().map(|listing| listing.upstream.as_str()).collect();
        let identifiers = name::namespaces(&raw);
        let lookalikes = name::lookalikes(&raw);
        let shelf = before.map_or_else(Arc::default, |catalog| Arc::clone(&catalog.shelf));
        let mut upstreams = Vec::with_capacity(listings.len());
        let mut namespaces = HashMap::new();
        for (listing, identifier) in listings.into_iter().zip(identifiers) {
            if namespaces.contains_key(listing.upstream.as_str()) {
                continue; // the config cannot name an upstream twice; the first one stands
            }
            let number = u32::try_from(upstreams.len()).expect("a config has fewer upstreams than u32 can count");
            namespaces.insert(Arc::from(listing.upstream.as_str()), number);
            namespaces.insert(Arc::from(identifier.as_str()), number);
            let mut upstream = Upstream::assemble(listing, identifier, &effects, &shelf, before);
            upstream.warnings.extend(lookalikes.iter().filter_map(|pair| pair.told_to(upstream.name.as_str())));
            upstreams.push(upstream);
        }
        Self { version, upstreams, effects, namespaces, shelf, index: OnceLock::new(), bindings: OnceLock::new() }
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn upstreams(&self) -> &[Upstream] {
        &self.upstreams
    }

    fn upstream(&self, name: &UpstreamName) -> Option<&Upstream> {
        Some(&self.upstreams[*self.namespaces.get(name.as_str())? as usize]).filter(|upstream| upstream.name == *name)
    }

    /// The names a principal's snippets can use. Upstreams without a visible tool are not among them.
    pub fn bindings(&self, access: &dyn Access) -> Arc<Bindings> {
        if access.sees_everything() {
            return Arc::clone(self.bindings.get_or_init(|| Arc::new(self.names(access))));
        }
        Arc::new(self.names(access))
    }

    fn names(&self, access: &dyn Access) -> Bindings {
        let mut namespaces = Vec::new();
        for upstream in &self.upstreams {
            let visible = upstream.entries.iter().filter(|entry| access.sees(&entry.tool().id));
            let members: Vec<_> = visible
                .map(|entry| Member { identifier: entry.member().into(), raw: entry.tool().id.name.to_string() })
                .collect();
            if !members.is_empty() {
                let (identifier, raw) = (upstream.identifier.clone(), upstream.name.to_string());
                namespaces.push(Namespace { identifier, raw, members });
            }
        }
        Bindings { version: digest(&namespaces), namespaces }
    }

    /// An upstream and its tool, each by identifier or raw name. Exact: no case folding, no normalisation.
    pub fn resolve(&self, namespace: &str, member: &str) -> Option<&Arc<Entry>> {
        let upstream = &self.upstreams[*self.namespaces.get(namespace)? as usize];
        Some(&upstream.entries[*upstream.members.get(member)? as usize])
    }

    /// A tool as people and models write it: `github.list_issues`, `github/list-issues`, `tools["my server"]["list-issues"]`.
    /// A text that fits two different tools is none.
    pub fn resolve_path(&self, path: &str) -> Option<&Arc<Entry>> {
        path::resolve(path, |namespace, member| self.resolve(namespace, member))
    }

    pub fn entry(&self, id: &ToolId) -> Option<&Arc<Entry>> {
        self.resolve(id.upstream.as_str(), &id.name).filter(|entry| entry.tool().id == *id)
    }

    /// A policy whose rules stand under the tools' canonical ids, whichever of its names a tool was written by. Where both
    /// names have a rule, the stricter one holds. Rules of tools that are not there stay as they are.
    pub fn policy(&self, written: &Policy) -> Policy {
        let mut tools = BTreeMap::new();
        for (id, rule) in &written.tools {
            let canonical = self.named(id).map_or(id, |entry| &entry.tool().id);
            let held = tools.entry(canonical.clone()).or_insert(*rule);
            *held = stricter(*held, *rule);
        }
        Policy { tools, ..written.clone() }
    }

    /// Those of some named tools that their upstream does not offer although it is there: misspelt, most likely.
    pub fn not_offered<'a>(&self, named: impl IntoIterator<Item = &'a ToolId>) -> Vec<&'a ToolId> {
        let there =
            |id: &ToolId| self.upstreams.iter().any(|there| there.name == id.upstream && there.absent.is_none());
        named.into_iter().filter(|id| there(id) && self.named(id).is_none()).collect()
    }

    /// Paths of its upstream's tools with names close to that of a tool that is not offered, closest first.
    pub fn nearest_offered(&self, id: &ToolId, max: usize) -> Vec<String> {
        let offered = self.upstream(&id.upstream).map_or(&[][..], |upstream| &upstream.entries);
        nearest::members(&id.name, offered.iter(), max)
    }

    fn named(&self, id: &ToolId) -> Option<&Arc<Entry>> {
        self.resolve(id.upstream.as_str(), &id.name).filter(|entry| entry.tool().id.upstream == id.upstream)
    }

    /// Paths of visible tools whose names are close to what was written, closest first. For "did you mean" only.
    pub fn nearest(&self, written: &str, access: &dyn Access, max: usize) -> Vec<String> {
        let visible = self.upstreams.iter().flat_map(|u| &u.entries).filter(|e| access.sees(&e.tool().id));
        nearest::paths(written, visible, max)
    }

    /// The tools that fit a query in plain words, best first; empty when nothing is suitable.
    pub fn search(&self, query: &str, limit: usize, access: &dyn Access) -> Vec<Hit> {
        let index = self.index.get_or_init(|| {
            let callable = self.upstreams.iter().flat_map(|u| &u.entries).filter(|e| e.quarantined().is_none());
            Index::build(callable.cloned().collect())
        });
        index.search(query, limit, access)
    }
}

impl Upstream {
    fn assemble(
        listing: Listing,
        identifier: String,
        effects: &Effects,
        shelf: &Arc<Shelf>,
        before: Option<&Catalog>,
    ) -> Self {
        let mut upstream = Self {
            name: listing.upstream,
            identifier,
            entries: Vec::new(),
            absent: None,
            warnings: Vec::new(),
            members: HashMap::new(),
        };
        match listing.state {
            ListingState::Absent { reason } => upstream.absent = Some(reason),
            ListingState::Listed { tools, warnings } => {
                upstream.warnings = warnings;
                upstream.fill(tools, effects, shelf, before);
            }
        }
        upstream
    }

    fn fill(&mut self, tools: Vec<Tool>, effects: &Effects, shelf: &Arc<Shelf>, before: Option<&Catalog>) {
        let mut tools = self.admit(tools);
        share(&mut tools, before.and_then(|catalog| catalog.upstream(&self.name)));
        let raw: Vec<&str> = tools.iter().map(|tool| &*tool.id.name).collect();
        let identifiers = name::members(&raw);
        for (tool, identifier) in tools.into_iter().zip(identifiers) {
            let known = before.and_then(|catalog| catalog.entry(&tool.id));
            let raw = Arc::clone(&tool.id.name);
            let effect = said(effects, &tool, &identifier).unwrap_or_else(|| tool.effect());
            let entry = known
                .and_then(|entry| entry.reuse(&tool, effect, &self.identifier, &identifier))
                .unwrap_or_else(|| Arc::new(Entry::new(tool, effect, &self.identifier, &identifier, shelf)));
            if let Some(reason) = entry.quarantined() {
                self.warnings.push(format!("The tool {} cannot be used: {reason}.", plain::quoted(&raw)));
            }
            let number = u32::try_from(self.entries.len()).expect("admit() keeps a bounded number of tools");
            if *raw != *identifier {
                self.members.insert(identifier.into(), number);
            }
            self.members.insert(raw, number);
            self.entries.push(entry);
        }
    }

    /// What of a listing can be a tool at all. Everything left out is told in a warning.
    fn admit(&mut self, tools: Vec<Tool>) -> Vec<Tool> {
        let listed = tools.len();
        let mut seen = HashSet::new();
        let mut kept = Vec::with_capacity(listed.min(limits::TOOLS_PER_UPSTREAM_MAX));
        for mut tool in tools {
            if kept.len() == limits::TOOLS_PER_UPSTREAM_MAX {
                self.warnings.push(format!("It lists {listed} tools; only the first {} are used.", kept.len()));
                break;
            }
            if tool.id.name.len() > limits::TOOL_NAME_BYTES_MAX {
                let (name, max) = (plain::quoted(&tool.id.name), limits::TOOL_NAME_BYTES_MAX);
                self.warnings.push(format!("A tool is left out: its name, {name}, is longer than {max} bytes."));
                continue;
            }
            if !seen.insert(Arc::clone(&tool.id.name)) {
                let name = plain::quoted(&tool.id.name);
                self.warnings.push(format!("It lists the tool {name} twice; the first one is used."));
                continue;
            }
            tool.id.upstream = self.name.clone();
            if let Some(text) = &mut tool.description {
                text.truncate(text.floor_char_boundary(limits::DESCRIPTION_BYTES_MAX));
            }
            kept.push(tool);
        }
        kept
    }
}

/// Definitions that say the same as before are the ones from before: kept once, and equal at a glance.
fn share(tools: &mut [Tool], before: Option<&Upstream>) {
    let old = before.and_then(|upstream| upstream.entries.iter().find_map(|entry| entry.tool().definitions.as_ref()));
    let Some(old) = old else { return };
    let mut same: Option<Arc<Definitions>> = None;
    for definitions in tools.iter_mut().filter_map(|tool| tool.definitions.as_mut()) {
        if !same.as_ref().is_some_and(|same| Arc::ptr_eq(same, definitions)) {
            if **definitions != **old {
                return;
            }
            same = Some(Arc::clone(definitions));
        }
        *definitions = Arc::clone(old);
    }
}

fn stricter(one: Rule, other: Rule) -> Rule {
    match (one, other) {
        (Rule::Deny, _) | (_, Rule::Deny) => Rule::Deny,
        (Rule::Ask, _) | (_, Rule::Ask) => Rule::Ask,
        (Rule::Allow, Rule::Allow) => Rule::Allow,
    }
}

/// What the operator says of a tool, under its raw name or its identifier.
fn said(effects: &Effects, tool: &Tool, identifier: &str) -> Option<Effect> {
    if effects.is_empty() {
        return None;
    }
    let by_identifier = || effects.get(&ToolId { upstream: tool.id.upstream.clone(), name: identifier.into() });
    effects.get(&tool.id).or_else(by_identifier).copied()
}

/// A number that differs when the names differ, so that equal views of different principals share one.
fn digest(namespaces: &[Namespace]) -> u64 {
    let mut hash = Sha256::new();
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for namespace in namespaces {
        text(&namespace.identifier);
        text(&namespace.raw);
        text(&namespace.members.len().to_string());
        for member in &namespace.members {
            text(&member.identifier);
            text(&member.raw);
        }
    }
    let bytes = hash.finalize();
    u64::from_le_bytes(bytes[..8].try_into().expect("a SHA-256 digest has 32 bytes"))
}
