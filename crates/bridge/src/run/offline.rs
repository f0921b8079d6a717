//! What a replay has in place of the world: nothing leaves, and nothing is written.

use futures_util::{FutureExt, future::BoxFuture};
use weir_model::{Approval, FailureKind, RunId, ToolFailure, ToolReply};

use crate::port::{
    Durability, Journal, JournalUnavailable, Record, Recorded, RunClosed, RunOpened, UpstreamCall, Upstreams,
};

pub(super) struct NoUpstreams;

impl Upstreams for NoUpstreams {
    fn call(&self, _: UpstreamCall) -> BoxFuture<'static, Result<ToolReply, ToolFailure>> {
        std::future::ready(Err(ToolFailure::new(FailureKind::Internal, "a replay calls nothing"))).boxed()
    }
}

pub(super) struct NoJournal;

fn kept<'a>() -> BoxFuture<'a, Result<(), JournalUnavailable>> {
    std::future::ready(Ok(())).boxed()
}

impl Journal for NoJournal {
    fn opened(&self, _: RunOpened) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        kept()
    }

    fn append<'a>(&'a self, _: &'a RunId, _: Record, _: Durability) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        kept()
    }

    fn parked<'a>(&'a self, _: &'a RunId, _: &'a [Approval]) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        kept()
    }

    fn closed(&self, _: RunClosed) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        kept()
    }

    fn recorded<'a>(&'a self, _: &'a RunId) -> BoxFuture<'a, Result<Option<Recorded>, JournalUnavailable>> {
        std::future::ready(Ok(None)).boxed()
    }
}
