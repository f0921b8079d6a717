//! Approvals: which wait, and deciding one of them. Of two who decide at once, one does, and the other is told.
//!
//! One that is unknown, expired, withdrawn or used gets one answer: it does not wait.

use std::sync::Arc;

use weir_model::{
    Approval, ApprovalId, AskReason, Decision, Language, PrincipalId, Rule, RunId,
    limits::{DENIAL_CHARS_MAX, MIB},
};

use crate::{
    Store, StoreUnavailable,
    connection::{Connection, Mode, Param, Row},
    form::{self, ApprovalHead, DecisionHead},
    policy,
    run::{decision, language, number_of},
    text::may_be_id,
    trouble::Trouble,
    value::{Packed, text, unpack},
};

/// Approvals in one list; the oldest come first, and further ones when those are decided.
const LISTED_MAX: i64 = 1_000;
/// Their arguments together.
const LISTED_BYTES_MAX: u64 = 64 * MIB;
/// Who decided, as it is kept.
const BY_CHARS_MAX: usize = 200;

/// What [`view`] reads.
macro_rules! views {
    ($rest:literal) => {
        concat!(
            "SELECT a.head, a.state, a.expires_unix_ms, a.arguments, a.arguments_hash, c.compressed, c.length, c.data, \
             a.decided_by, a.decided_unix_ms, a.decision, a.done, a.done_hash, d.compressed, d.length, d.data, \
             a.asked_unix_ms \
             FROM approval a LEFT JOIN content c ON c.hash = a.arguments_hash LEFT JOIN content d ON d.hash = a.done_hash ",
            $rest
        )
    };
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalState {
    Waiting,
    /// Not acted on yet.
    Decided {
        by: String,
        decision: Decision,
        unix_ms: u64,
    },
    Used {
        by: String,
        decision: Decision,
        unix_ms: u64,
    },
    /// It can be decided, or acted on, no more.
    Expired,
    /// Its run ended, or went on without it.
    Withdrawn,
}

/// Everything an approver must see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalView {
    pub approval: Approval,
    pub state: ApprovalState,
    /// The whole snippet.
    pub source: Arc<str>,
    pub language: Language,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideOutcome {
    /// It holds, and was the first.
    Decided,
    /// Unknown, expired, withdrawn or used: nothing of that name waits.
    NotWaiting,
    /// Somebody was first, and it was not acted on yet.
    AlreadyDecided { by: String, decision: Decision },
    /// `Done` fits only a call in doubt; it still waits.
    NotInDoubt,
}

impl Store {
    /// What waits and has not expired; oldest first, at most 1 000, and fewer where their arguments are megabytes.
    pub async fn approvals(
        &self,
        principal: Option<&PrincipalId>,
    ) -> Result<Vec<(Approval, ApprovalState)>, StoreUnavailable> {
        let (principal, now) = (principal.cloned(), self.now());
        self.read(async move |connection| {
            let listed = listed(connection, principal.as_ref(), now).await?;
            let rows = connection
                .query(
                    views!(
                        "WHERE a.state = 'waiting' AND a.expires_unix_ms > ?1 \
                         AND (CAST(?2 AS TEXT) IS NULL OR a.principal = ?2) ORDER BY a.asked_unix_ms, a.id LIMIT ?3"
                    ),
                    &[
                        Param::count(now),
                        Param::maybe_text(principal.as_ref().map(PrincipalId::as_str)),
                        Param::size(listed),
                    ],
                )
                .await?;
            rows.into_iter().map(|mut row| view(&mut row, now)).collect()
        })
        .await
    }

    /// All that one run ever asked for, whatever became of it; in the order of its calls.
    pub async fn approvals_of(
        &self,
        run: &RunId,
        principal: Option<&PrincipalId>,
    ) -> Result<Vec<(Approval, ApprovalState)>, StoreUnavailable> {
        if !may_be_id(run.as_str()) {
            return Ok(Vec::new());
        }
        let (run, principal, now) = (run.clone(), principal.cloned(), self.now());
        self.read(async move |connection| match number_of(connection, &run, principal.as_ref()).await? {
            Some(number) => approvals_of(connection, number, now).await,
            None => Ok(Vec::new()),
        })
        .await
    }

    /// `None` also for another principal's than the one given.
    pub async fn approval(
        &self,
        id: &ApprovalId,
        principal: Option<&PrincipalId>,
    ) -> Result<Option<ApprovalView>, StoreUnavailable> {
        if !may_be_id(id.as_str()) {
            return Ok(None);
        }
        let (id, principal, now) = (id.clone(), principal.cloned(), self.now());
        let foreign = move |view: &ApprovalView| principal.as_ref().is_some_and(|of| *of != view.approval.principal);
        let shown = self.read(async move |connection| shown(connection, &id, now).await).await?;
        Ok(shown.filter(|view| !foreign(view)))
    }

    /// Durable when it resolves. `ApproveAlways` also writes the policy's entry. `by` is who decides, for people to read.
    pub async fn decide(
        &self,
        id: &ApprovalId,
        decision: Decision,
        by: &str,
        now_unix_ms: u64,
    ) -> Result<DecideOutcome, StoreUnavailable> {
        if !may_be_id(id.as_str()) {
            return Ok(DecideOutcome::NotWaiting);
        }
        let decision = match decision {
            Decision::Deny { message } => Decision::Deny { message: message.chars().take(DENIAL_CHARS_MAX).collect() },
            other => other,
        };
        let id = id.clone();
        let by: String = by.chars().take(BY_CHARS_MAX).collect();
        self.write(Mode::Now, async move |connection| {
            decide(connection, &id, decision.clone(), (&by, now_unix_ms)).await
        })
        .await
    }
}

fn view(row: &mut Row, now: u64) -> Result<(Approval, ApprovalState), Trouble> {
    let ApprovalHead(mut approval) = form::decode(&row.bytes(0)?)?;
    let arguments = unpack(row, 3)?.ok_or_else(|| Trouble::damaged("an approval has no arguments"))?;
    approval.arguments = text(arguments)?.into();
    approval.expires_unix_ms = row.count(2)?;
    approval.asked_unix_ms = row.count(16)?;
    let expired = approval.expires_unix_ms <= now;
    let state = match row.text(1)?.as_str() {
        "withdrawn" => ApprovalState::Withdrawn,
        "waiting" | "decided" if expired => ApprovalState::Expired,
        "waiting" => ApprovalState::Waiting,
        decided => {
            let by = text(row.bytes(8)?)?;
            let unix_ms = row.count(9)?;
            let decision = decision(row, 10)?;
            match decided {
                "decided" => ApprovalState::Decided { by, decision, unix_ms },
                "used" => ApprovalState::Used { by, decision, unix_ms },
                other => return Err(Trouble::damaged(format!("an approval has the state {other:?}"))),
            }
        }
    };
    Ok((approval, state))
}

/// How many of those that wait are listed.
async fn listed(connection: &mut Connection, principal: Option<&PrincipalId>, now: u64) -> Result<usize, Trouble> {
    let waiting = connection
        .query(
            "SELECT COALESCE(LENGTH(a.arguments), c.length, 0) \
             FROM approval a LEFT JOIN content c ON c.hash = a.arguments_hash \
             WHERE a.state = 'waiting' AND a.expires_unix_ms > ?1 AND (CAST(?2 AS TEXT) IS NULL OR a.principal = ?2) \
             ORDER BY a.asked_unix_ms, a.id LIMIT ?3",
            &[Param::count(now), Param::maybe_text(principal.map(PrincipalId::as_str)), Param::Int(LISTED_MAX)],
        )
        .await?;
    let (mut listed, mut bytes) = (0, 0u64);
    for mut row in waiting {
        bytes = bytes.saturating_add(row.count(0)?);
        if listed > 0 && bytes > LISTED_BYTES_MAX {
            break;
        }
        listed += 1;
    }
    Ok(listed)
}

/// In the order of the run's calls.
pub(crate) async fn approvals_of(
    connection: &mut Connection,
    run: i64,
    now: u64,
) -> Result<Vec<(Approval, ApprovalState)>, Trouble> {
    let rows = connection.query(views!("WHERE a.run = ?1"), &[Param::Int(run)]).await?;
    let mut found = rows.into_iter().map(|mut row| view(&mut row, now)).collect::<Result<Vec<_>, Trouble>>()?;
    found.sort_by_key(|(approval, _)| approval.seq);
    Ok(found)
}

async fn shown(connection: &mut Connection, id: &ApprovalId, now: u64) -> Result<Option<ApprovalView>, Trouble> {
    let found = connection.one(views!("WHERE a.id = ?1"), &[Param::Text(id.as_str())]).await?;
    let Some(mut found) = found else { return Ok(None) };
    let (approval, state) = view(&mut found, now)?;
    let run = connection
        .one(
            "SELECT run.language, run.source, run.source_hash, c.compressed, c.length, c.data \
             FROM run LEFT JOIN content c ON c.hash = run.source_hash WHERE run.id = ?1",
            &[Param::Text(approval.run.as_str())],
        )
        .await?;
    let Some(mut run) = run else { return Ok(None) };
    let language = language(&run.text(0)?)?;
    let source = unpack(&mut run, 1)?.ok_or_else(|| Trouble::damaged("a run has no source"))?;
    Ok(Some(ApprovalView { approval, state, source: text(source)?.into(), language }))
}

async fn decide(
    connection: &mut Connection,
    id: &ApprovalId,
    decision: Decision,
    (by, now): (&str, u64),
) -> Result<DecideOutcome, Trouble> {
    // From here on nobody else decides this one.
    let lock = "SELECT 1 FROM approval WHERE id = ?1 /*update*/";
    if connection.one(lock, &[Param::Text(id.as_str())]).await?.is_none() {
        return Ok(DecideOutcome::NotWaiting);
    }
    let found = shown(connection, id, now).await?;
    let Some(ApprovalView { approval, state, .. }) = found else { return Ok(DecideOutcome::NotWaiting) };
    match state {
        ApprovalState::Waiting => {}
        ApprovalState::Decided { by, decision, .. } => return Ok(DecideOutcome::AlreadyDecided { by, decision }),
        ApprovalState::Used { .. } | ApprovalState::Expired | ApprovalState::Withdrawn => {
            return Ok(DecideOutcome::NotWaiting);
        }
    }
    if matches!(decision, Decision::Done { .. }) && approval.reason != AskReason::InDoubt {
        return Ok(DecideOutcome::NotInDoubt);
    }
    if decision == Decision::ApproveAlways {
        policy::add(connection, &approval.tool, Rule::Allow).await?;
    }
    let (head, done) = DecisionHead::of(decision);
    let done = done.map(|value| Packed::new(value.into()));
    if let Some(done) = &done {
        done.keep(connection).await?;
    }
    connection
        .execute(
            "UPDATE approval SET state = 'decided', decision = ?2, done = ?3, done_hash = ?4, decided_by = ?5, \
             decided_unix_ms = ?6 WHERE id = ?1",
            &[
                Param::Text(id.as_str()),
                Param::Bytes(&form::encode(&head)),
                done.as_ref().map_or(Param::Null, |done| done.inline()),
                done.as_ref().map_or(Param::Null, |done| done.hash()),
                Param::Bytes(by.as_bytes()),
                Param::count(now),
            ],
        )
        .await?;
    connection.announce().await?;
    Ok(DecideOutcome::Decided)
}
