//! What a snippet can name: upstreams and their tools as identifiers. Names only, nothing behind them.

/// The names of one catalog snapshot, as one principal sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bindings {
    /// Differs whenever the names differ; workers keep the last few they were told.
    pub version: u64,
    pub namespaces: Vec<Namespace>,
}

/// One upstream's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// The identifier a snippet writes: `github` in `github.list_issues`.
    pub identifier: String,
    /// The upstream's own name, for `tools["my-server"]`.
    pub raw: String,
    pub members: Vec<Member>,
}

/// One tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The identifier a snippet writes: `list_issues`.
    pub identifier: String,
    /// The upstream's own name, for `tools.github["list-issues"]`.
    pub raw: String,
}
