//! Lists of runs, and those whose store died.

use weir_model::{PrincipalId, RunId};

use super::{RunFilter, RunState, RunSummary};
use crate::{
    Store, StoreUnavailable,
    connection::{Connection, Mode, Param, Row},
    form::{self, FaultKindForm, LanguageForm, OpenedHead},
    trouble::Trouble,
};

/// Runs in one list.
const LISTED_MAX: u32 = 1_000;

/// What [`summary`] reads, with the number of places for one run and the time as `?1`.
macro_rules! summaries {
    ($rest:literal) => {
        concat!(
            "SELECT run.id, run.principal, run.language, run.state, run.opened, run.started_unix_ms, run.changed_unix_ms, \
             run.fault, \
             (SELECT COUNT(*) FROM record r WHERE r.place >= run.number * 4294967296 \
              AND r.place < (run.number + 1) * 4294967296 AND r.kind = 1), \
             (SELECT COUNT(*) FROM approval a WHERE a.run = run.number AND a.state = 'waiting' AND a.expires_unix_ms > ?1), \
             (SELECT COUNT(*) FROM approval a WHERE a.run = run.number AND a.state = 'decided' AND a.expires_unix_ms > ?1) \
             FROM run ",
            $rest
        )
    };
}

fn summary(mut row: Row) -> Result<RunSummary, Trouble> {
    let opened: OpenedHead = form::decode(&row.bytes(4)?)?;
    let language = row.text(2)?;
    Ok(RunSummary {
        run: RunId::new(row.text(0)?),
        principal: PrincipalId::new(row.text(1)?),
        language: LanguageForm::find(&language).ok_or_else(|| Trouble::damaged("a run has no language"))?,
        state: RunState::of(&row.text(3)?)?,
        plan: opened.plan,
        resumes: opened.resumes.map(|resumes| resumes.run),
        started_unix_ms: row.count(5)?,
        changed_unix_ms: row.count(6)?,
        fault: row.maybe_text(7)?.and_then(|code| FaultKindForm::find(&code)),
        calls: row.count(8)? as u32,
        waiting: row.count(9)? as u32,
        decided: row.count(10)? as u32,
        first_line: opened.first_line,
    })
}

impl Store {
    /// Newest first.
    pub async fn runs(&self, filter: RunFilter) -> Result<Vec<RunSummary>, StoreUnavailable> {
        let now = self.now();
        let states: String = filter.states.iter().map(|state| format!(",{},", state.as_str())).collect();
        self.read(async move |connection| {
            let rows = connection
                .query(
                    summaries!(
                        "WHERE (CAST(?2 AS TEXT) IS NULL OR run.principal = ?2) \
                         AND (?3 = '' OR ?3 LIKE '%,' || run.state || ',%') \
                         AND (CAST(?4 AS TEXT) IS NULL OR run.number < (SELECT earlier.number FROM run earlier \
                         WHERE earlier.id = ?4 AND (CAST(?2 AS TEXT) IS NULL OR earlier.principal = ?2))) \
                         ORDER BY run.number DESC LIMIT ?5"
                    ),
                    &[
                        Param::count(now),
                        Param::maybe_text(filter.principal.as_ref().map(PrincipalId::as_str)),
                        Param::Text(&states),
                        Param::maybe_text(filter.before.as_ref().map(RunId::as_str)),
                        Param::Int(i64::from(filter.limit.min(LISTED_MAX))),
                    ],
                )
                .await?;
            rows.into_iter().map(summary).collect()
        })
        .await
    }

    /// Runs that are called running and whose store is open no more; oldest first, at most 1 000.
    pub async fn orphans(&self) -> Result<Vec<RunSummary>, StoreUnavailable> {
        let now = self.now();
        self.read(async move |connection| {
            let mut found = Vec::new();
            for owner in dead(connection).await? {
                let rows = connection
                    .query(
                        summaries!("WHERE run.owner = ?2 ORDER BY run.number LIMIT ?3"),
                        &[Param::count(now), Param::Text(&owner), Param::Int(i64::from(LISTED_MAX))],
                    )
                    .await?;
                found.extend(rows.into_iter().map(summary).collect::<Result<Vec<_>, _>>()?);
            }
            found.sort_by_key(|run| run.started_unix_ms);
            found.truncate(LISTED_MAX as usize);
            Ok(found)
        })
        .await
    }

    /// Parks them, so that they can be claimed and are listed as what they are. How many there were.
    pub async fn park_orphans(&self) -> Result<u64, StoreUnavailable> {
        let now = self.now();
        self.write(Mode::Now, async move |connection| {
            let mut parked = 0;
            for owner in dead(connection).await? {
                parked += connection
                    .execute(
                        "UPDATE run SET state = 'parked', owner = NULL, changed_unix_ms = ?2 WHERE owner = ?1",
                        &[Param::Text(&owner), Param::count(now)],
                    )
                    .await?;
            }
            if parked > 0 {
                connection.announce().await?;
            }
            Ok(parked)
        })
        .await
    }
}

/// Stores that have runs in hand and are open no more.
async fn dead(connection: &mut Connection) -> Result<Vec<String>, Trouble> {
    let mut dead = Vec::new();
    for mut row in connection.query("SELECT DISTINCT owner FROM run WHERE owner IS NOT NULL", &[]).await? {
        let owner = row.text(0)?;
        if !connection.lives(&owner).await? {
            dead.push(owner);
        }
    }
    Ok(dead)
}
