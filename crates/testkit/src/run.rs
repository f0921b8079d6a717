//! A bridge over fakes, and runs for it, in a line each; a test says only what it is about.

use std::{future, sync::Arc};

use weir_bridge::{
    Around, Bridge, RunRequest,
    port::{Clock, Sandbox, Upstreams},
};
use weir_catalog::{Catalog, Everything};
use weir_model::{Language, Limits, Policy, PrincipalId, RunId, limits::APPROVAL_TTL};

use crate::FakeStore;

/// Everything that is kept is kept in `store`.
pub fn bridge(
    sandbox: Arc<dyn Sandbox>,
    upstreams: Arc<dyn Upstreams>,
    store: &Arc<FakeStore>,
    clock: Arc<dyn Clock>,
) -> Bridge {
    Bridge {
        sandbox,
        upstreams,
        journal: store.clone(),
        handles: store.clone(),
        state: store.clone(),
        clock,
        approval_ttl: APPROVAL_TTL,
    }
}

/// All tools are visible; nobody cancels and nobody leaves.
pub fn around(catalog: Arc<Catalog>, policy: Policy) -> Around {
    Around {
        catalog,
        access: Arc::new(Everything),
        policy,
        traceparent: None,
        observer: None,
        cancel: Box::pin(future::pending()),
        leave: Box::pin(future::pending()),
    }
}

/// A new run of the principal `local` with the default limits.
pub fn request(run: &str, language: Language, source: &str, around: Around) -> RunRequest {
    RunRequest {
        run: RunId::new(run),
        principal: PrincipalId::new("local"),
        source: source.into(),
        language,
        limits: Limits::default(),
        seed: 1,
        plan: false,
        resumes: None,
        around,
    }
}
