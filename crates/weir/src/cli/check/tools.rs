//! What the catalog knows of an upstream's tools and the upstream does not say: which of them cannot be used or are checked in
//! part only, and which rules of the operator's name none of them.

use std::collections::BTreeSet;

use weir_catalog::Catalog;
use weir_model::ToolId;
use weir_upstream::UpstreamStatus;

use crate::config::Effective;

/// Tools that a misspelt rule may have meant.
const NEAREST_MAX: usize = 3;

/// What there is to know of one upstream's tools.
pub(super) struct Told {
    pub(super) warnings: Vec<String>,
    pub(super) in_part: Vec<InPart>,
    pub(super) misspelt: Vec<Misspelt>,
}

/// A tool whose arguments weir does not check, or not all of them.
pub(super) struct InPart {
    pub(super) path: String,
    pub(super) reason: String,
}

/// A rule that has no effect.
pub(super) struct Misspelt {
    /// As the rule names it.
    pub(super) tool: ToolId,
    /// Paths of tools that are there, closest first.
    pub(super) nearest: Vec<String>,
}

pub(super) fn told(status: &UpstreamStatus, catalog: &Catalog, effective: &Effective) -> Told {
    let mut told = Told { warnings: status.warnings.clone(), in_part: Vec::new(), misspelt: Vec::new() };
    let Some(upstream) = catalog.upstreams().iter().find(|upstream| upstream.name == status.name) else { return told };
    // Those of a listing begin with what its upstream says itself.
    let said: BTreeSet<&str> = status.warnings.iter().map(String::as_str).collect();
    told.warnings.extend(upstream.warnings.iter().filter(|warning| !said.contains(warning.as_str())).cloned());
    for entry in &upstream.entries {
        let reason = entry.unchecked();
        told.in_part.extend(reason.map(|reason| InPart { path: entry.path().to_owned(), reason }));
    }
    // A rule and an effect may name the same tool.
    let named: BTreeSet<&ToolId> = effective.policy.tools.keys().chain(effective.effects.keys()).collect();
    let of_this = named.into_iter().filter(|tool| tool.upstream == status.name);
    for tool in catalog.not_offered(of_this) {
        let nearest = catalog.nearest_offered(tool, NEAREST_MAX);
        told.misspelt.push(Misspelt { tool: tool.clone(), nearest });
    }
    told
}
