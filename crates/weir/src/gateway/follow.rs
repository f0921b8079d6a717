//! The catalog follows the upstreams: one new snapshot per change, runs keep the one they started with.

use std::{collections::HashSet, sync::Arc};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weir_catalog::{Catalog, Effects, Listing, ListingState};
use weir_model::{Policy, ToolId};
use weir_upstream::{UpstreamState, UpstreamStatus};

type Statuses = watch::Receiver<Arc<[UpstreamStatus]>>;

/// Why an absent upstream is absent, as agents learn it: the reason itself may quote host paths and what a process printed.
const ABSENT: &str = "it cannot be reached now; whoever runs weir sees why with `weir check`";

/// What the operator said of single tools.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) effects: Arc<Effects>,
    pub(super) policy: Arc<Policy>,
}

/// The snapshots, from what the upstreams say now and whenever that changes, until `stop`.
pub(super) fn catalog_as_said(
    mut statuses: Statuses,
    said: Said,
    stop: CancellationToken,
) -> watch::Receiver<Arc<Catalog>> {
    let listed = listings(&statuses.borrow_and_update());
    let first = Arc::new(Catalog::with_effects(1, listed, said.effects.clone()));
    let mut misspelt = Misspelt::default();
    misspelt.tell(&first, &said);
    let (sender, receiver) = watch::channel(first);
    tokio::spawn(async move {
        let mut version = 1;
        while let Some(Ok(())) = stop.run_until_cancelled(statuses.changed()).await {
            version += 1;
            let listings = listings(&statuses.borrow_and_update());
            let next = Arc::new(sender.borrow().rebuild(version, listings));
            misspelt.tell(&next, &said);
            sender.send_replace(next);
        }
    });
    receiver
}

/// Tools that the configuration names and their upstream does not offer. Each is told once: a rule that fits nothing
/// protects nothing.
#[derive(Default)]
struct Misspelt {
    told: HashSet<ToolId>,
}

impl Misspelt {
    fn tell(&mut self, catalog: &Catalog, said: &Said) {
        for tool in self.untold(catalog, said) {
            tracing::warn!(%tool, "[policy] names a tool that its upstream does not offer");
        }
    }

    fn untold(&mut self, catalog: &Catalog, said: &Said) -> Vec<ToolId> {
        let named = said.policy.tools.keys().chain(said.effects.keys());
        catalog.not_offered(named).into_iter().filter(|tool| self.told.insert((*tool).clone())).cloned().collect()
    }
}

/// Whether a snapshot is as far as the statuses are: nothing ready is still missing.
pub(super) fn shows(catalog: &Catalog, statuses: &[UpstreamStatus]) -> bool {
    statuses.iter().all(|status| {
        let shown = catalog.upstreams().iter().find(|upstream| upstream.name == status.name);
        match &status.state {
            UpstreamState::Ready { .. } => shown.is_some_and(|upstream| upstream.absent.is_none()),
            UpstreamState::Absent { .. } | UpstreamState::Starting => true,
        }
    })
}

fn listings(statuses: &[UpstreamStatus]) -> Vec<Listing> {
    statuses
        .iter()
        .map(|status| Listing {
            upstream: status.name.clone(),
            state: match &status.state {
                UpstreamState::Ready { tools, .. } => {
                    ListingState::Listed { tools: tools.to_vec(), warnings: status.warnings.clone() }
                }
                UpstreamState::Absent { .. } => ListingState::Absent { reason: ABSENT.into() },
                UpstreamState::Starting => ListingState::Absent { reason: "it is still starting".into() },
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use weir_model::{Rule, Tool, UpstreamName};

    use super::*;

    fn id(name: &str) -> ToolId {
        ToolId { upstream: UpstreamName::new("hub").unwrap(), name: name.into() }
    }

    fn catalog(version: u64, names: &[&str]) -> Catalog {
        let tools = names.iter().map(|name| Tool::new(id(name), r#"{"type":"object"}"#));
        let state = ListingState::Listed { tools: tools.collect(), warnings: Vec::new() };
        Catalog::build(version, vec![Listing { upstream: id("").upstream, state }])
    }

    #[test]
    fn a_misspelt_name_is_told_once() {
        let policy = Policy { tools: [(id("gte"), Rule::Deny), (id("get"), Rule::Ask)].into(), ..Policy::default() };
        let said = Said { effects: Arc::default(), policy: Arc::new(policy) };
        let mut misspelt = Misspelt::default();
        assert_eq!(misspelt.untold(&catalog(1, &["get"]), &said), [id("gte")]);
        assert_eq!(misspelt.untold(&catalog(2, &["put"]), &said), [id("get")]);
        assert_eq!(misspelt.untold(&catalog(3, &["put", "all"]), &said), []);
    }
}
