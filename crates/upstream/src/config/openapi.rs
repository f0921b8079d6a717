//! What the operator says about an API with an OpenAPI description.

use std::{collections::BTreeMap, num::NonZeroU32, path::PathBuf};

use weir_model::Secret;

use super::Auth;
use crate::Glob;

#[derive(Debug, Clone)]
pub struct OpenApi {
    pub description: DescriptionAt,
    /// Instead of the description's own servers.
    pub base_url: Option<String>,
    /// Values of server variables.
    pub variables: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: Vec<(String, Secret)>,
    /// Credentials by the description's names of its security schemes; `UpstreamConfig::auth` is for all operations, and wins.
    pub schemes: BTreeMap<String, Auth>,
    pub include: Vec<Selector>,
    pub exclude: Vec<Selector>,
    /// Deprecated operations are found by search like any other.
    pub deprecated: bool,
    /// Requests per second; none: as many as there are.
    pub rate: Option<NonZeroU32>,
    /// Requests under way at once.
    pub concurrency: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DescriptionAt {
    File(PathBuf),
    /// `https`, or `http` to loopback.
    Url(String),
}

/// Which operations are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `tag:issues`
    Tag(Glob),
    /// `path:/repos/*`
    Path(Glob),
    /// `GET`
    Method(String),
    /// The operation's name.
    Id(Glob),
}

impl OpenApi {
    /// Everything but the description at its default.
    pub fn new(description: DescriptionAt) -> Self {
        Self {
            description,
            base_url: None,
            variables: BTreeMap::new(),
            headers: Vec::new(),
            schemes: BTreeMap::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            deprecated: false,
            rate: None,
            concurrency: 16,
        }
    }
}
