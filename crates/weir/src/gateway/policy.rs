//! The policy as it is now: the operator's, and what people said they never want to be asked again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use weir_model::{Policy, Rule, ToolId};
use weir_store::Store;

/// Another process may add entries; this is how late a new run may see them.
const FRESH_FOR: Duration = Duration::from_secs(2);

pub(super) struct PolicyNow {
    configured: Policy,
    current: Mutex<Option<(Instant, Arc<Policy>)>>,
}

impl PolicyNow {
    pub(super) fn new(configured: Policy) -> Self {
        Self { configured, current: Mutex::new(None) }
    }

    /// A store that cannot be read adds nothing: then more is asked, never less.
    pub(super) async fn current(&self, store: &Store) -> Arc<Policy> {
        if let Some((read, policy)) = &*self.current.lock().unwrap_or_else(PoisonError::into_inner)
            && read.elapsed() < FRESH_FOR
        {
            return policy.clone();
        }
        let entries = store.policy_entries().await.unwrap_or_default();
        let policy = Arc::new(merged(&self.configured, entries));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), policy.clone()));
        policy
    }

    /// The next run reads the entries again.
    pub(super) fn stale(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What somebody allowed for good stands above what the operator asks for, and never above what the operator denies.
fn merged(configured: &Policy, entries: Vec<(ToolId, Rule)>) -> Policy {
    let mut policy = configured.clone();
    for (tool, rule) in entries {
        let denied = policy.tools.get(&tool).or_else(|| policy.upstreams.get(&tool.upstream)) == Some(&Rule::Deny);
        if !denied {
            policy.tools.insert(tool, rule);
        }
    }
    policy
}

#[cfg(test)]
mod tests {
    use weir_model::{Effect, UpstreamName};

    use super::*;

    #[test]
    fn an_entry_never_lifts_a_denial() {
        let upstream = UpstreamName::new("mail").expect("a name");
        let tool = |name: &str| ToolId { upstream: upstream.clone(), name: Arc::from(name) };
        let mut configured = Policy::default();
        configured.tools.insert(tool("send"), Rule::Deny);
        configured.tools.insert(tool("draft"), Rule::Ask);
        let policy = merged(&configured, vec![(tool("send"), Rule::Allow), (tool("draft"), Rule::Allow)]);
        assert_eq!(policy.rule(&tool("send"), Effect::Write), Rule::Deny);
        assert_eq!(policy.rule(&tool("draft"), Effect::Write), Rule::Allow);
    }
}
