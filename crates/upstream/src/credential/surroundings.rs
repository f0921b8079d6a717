//! What a credential needs to know of the upstream it is for.

use std::path::{Path, PathBuf};

use tokio_util::task::TaskTracker;
use weir_model::{PrincipalId, UpstreamName};

use crate::{Transport, UpstreamConfig};

/// Connections to upstreams are the operator's own; keys of others bring principals of others.
const OPERATOR: &str = "local";

#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) principal: PrincipalId,
    pub(crate) upstream: UpstreamName,
    /// What a login is for: an MCP endpoint's URL, an API's `base_url`, else the one address that its description names.
    pub(crate) resource: Option<String>,
    /// Where tokens of logins and rotated refresh tokens are kept.
    pub(crate) tokens: Option<PathBuf>,
    /// It may be connected to whatever the rules say: the operator wrote it. So may what shares its origin.
    pub(crate) resource_is_allowed: bool,
    pub(crate) allow_private: bool,
    pub(crate) tracker: TaskTracker,
}

impl Surroundings {
    pub(crate) fn of(config: &UpstreamConfig, tokens: Option<&Path>, tracker: &TaskTracker) -> Self {
        let resource = match &config.transport {
            Transport::Stdio { .. } => None,
            Transport::Http { url, .. } => Some(url.clone()),
            Transport::OpenApi(api) => api.base_url.clone(),
        };
        Self {
            principal: PrincipalId::new(OPERATOR),
            upstream: config.name.clone(),
            resource,
            resource_is_allowed: matches!(config.transport, Transport::Http { .. }),
            tokens: tokens.map(Path::to_owned),
            allow_private: config.allow_private,
            tracker: tracker.clone(),
        }
    }

    /// The same, for an API at this address where its config names none.
    pub(crate) fn or_at(&self, address: Option<&str>) -> Self {
        let resource = self.resource.clone().or_else(|| address.map(str::to_owned));
        Self { resource, ..self.clone() }
    }
}
