//! Taking a run in hand: of all who try, one gets it.

use std::{
    collections::HashSet,
    sync::{Arc, MutexGuard, PoisonError},
};

use weir_bridge::port::Recorded;
use weir_model::{PrincipalId, Report, RunId};

use super::RunState;
use crate::{
    Store, StoreUnavailable,
    connection::{Connection, Mode, Param},
    text::may_be_id,
    trouble::Trouble,
};

#[derive(Debug, Clone)]
pub enum Claim {
    /// It is this store's now. Its journal goes on where it was.
    Claimed(Box<Recorded>),
    /// It is in a living store's hand, this one's or another's.
    Running,
    Ended(Arc<Report>),
    /// There is none, or it is another principal's.
    Unknown,
}

enum Taken {
    Ours,
    Running,
    Ended,
    Unknown,
}

impl Store {
    /// Takes a parked run in hand, or one whose store died.
    pub async fn claim(&self, run: &RunId, principal: &PrincipalId) -> Result<Claim, StoreUnavailable> {
        if !may_be_id(run.as_str()) {
            return Ok(Claim::Unknown);
        }
        // A run that this store parked a moment ago is parked only when that is written.
        let (wanted, of, instance, now) = (run.clone(), principal.clone(), self.shared.instance.clone(), self.now());
        // Whoever finds it here is the only one who may take it for not taken.
        let doubtful = self.doubtful().remove(run);
        let taken = self
            .write(Mode::Soon, async move |connection| take(connection, &wanted, &of, &instance, doubtful, now).await)
            .await;
        let taken = match taken {
            Ok(taken) => taken,
            Err(unavailable) => {
                // It may be ours without our knowing: then the next who asks gets it, for nobody carries it.
                self.doubtful().insert(run.clone());
                return Err(unavailable);
            }
        };
        match taken {
            Taken::Unknown => return Ok(Claim::Unknown),
            Taken::Running => return Ok(Claim::Running),
            Taken::Ended => {}
            Taken::Ours => self.shared.claimed(run.clone()),
        }
        let recorded = match self.recorded(run, Some(principal)).await {
            Ok(recorded) => recorded,
            Err(unavailable) => {
                if self.let_go(run).await.is_err() {
                    self.doubtful().insert(run.clone());
                }
                return Err(unavailable);
            }
        };
        // Retention may take one that ended at any time.
        let Some(recorded) = recorded else { return Ok(Claim::Unknown) };
        Ok(match (taken, &recorded.report) {
            (Taken::Ended, Some(report)) => Claim::Ended(report.clone()),
            (Taken::Ended, None) => Claim::Unknown,
            _ => Claim::Claimed(Box::new(recorded)),
        })
    }

    fn doubtful(&self) -> MutexGuard<'_, HashSet<RunId>> {
        self.shared.doubtful.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was claimed and cannot be read stays as it was.
    async fn let_go(&self, run: &RunId) -> Result<(), StoreUnavailable> {
        let (run, instance) = (run.clone(), self.shared.instance.clone());
        self.write(Mode::Soon, async move |connection| {
            connection
                .execute(
                    "UPDATE run SET state = 'parked', owner = NULL WHERE id = ?1 AND owner = ?2",
                    &[Param::Text(run.as_str()), Param::Text(&instance)],
                )
                .await
        })
        .await?;
        Ok(())
    }
}

async fn take(
    connection: &mut Connection,
    run: &RunId,
    principal: &PrincipalId,
    instance: &str,
    doubtful: bool,
    now: u64,
) -> Result<Taken, Trouble> {
    let found = connection
        .one(
            "SELECT number, state, owner FROM run WHERE id = ?1 AND principal = ?2 /*update*/",
            &[Param::Text(run.as_str()), Param::Text(principal.as_str())],
        )
        .await?;
    let Some(mut found) = found else { return Ok(Taken::Unknown) };
    let number = found.int(0)?;
    match (RunState::of(&found.text(1)?)?, found.maybe_text(2)?) {
        (RunState::Parked, _) => {}
        (RunState::Running, owner) => {
            if let Some(owner) = owner
                && !(doubtful && owner == instance)
                && connection.lives(&owner).await?
            {
                return Ok(Taken::Running);
            }
        }
        (RunState::Completed | RunState::Failed | RunState::Cancelled, _) => return Ok(Taken::Ended),
    }
    connection
        .execute(
            "UPDATE run SET state = 'running', owner = ?2, cancel = 0, changed_unix_ms = ?3 WHERE number = ?1",
            &[Param::Int(number), Param::Text(instance), Param::count(now)],
        )
        .await?;
    connection.announce().await?;
    Ok(Taken::Ours)
}
