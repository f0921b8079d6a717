//! Runs as the store knows them: their states, lists, and what is written when one ends.

mod cancel;
mod claim;
mod decided;
mod list;
mod recorded;

use weir_model::{FaultKind, Language, PrincipalId, RunId, RunStatus};

use crate::{
    connection::{Connection, Param},
    trouble::Trouble,
    writer::ClosedRow,
};

pub use cancel::Cancellation;
pub use claim::Claim;
pub(crate) use recorded::{decision, language, number_of};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Some open store has it in hand, or had and died.
    Running,
    /// It waits, and nobody has it in hand.
    Parked,
    Completed,
    Failed,
    Cancelled,
}

impl RunState {
    pub const ALL: [Self; 5] = [Self::Running, Self::Parked, Self::Completed, Self::Failed, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Parked => "parked",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn of(code: &str) -> Result<Self, Trouble> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == code);
        found.ok_or_else(|| Trouble::damaged(format!("a run has the state {code:?}")))
    }
}

impl From<RunStatus> for RunState {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Parked => Self::Parked,
            RunStatus::Completed => Self::Completed,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// `None`: everyone's.
    pub principal: Option<PrincipalId>,
    /// None: all states.
    pub states: Vec<RunState>,
    /// At most 1 000 are listed, whatever this says.
    pub limit: u32,
    /// Only runs that began before this one: the last of the page before.
    pub before: Option<RunId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    pub run: RunId,
    pub principal: PrincipalId,
    pub language: Language,
    pub state: RunState,
    pub plan: bool,
    /// The run whose finished calls it took over.
    pub resumes: Option<RunId>,
    pub started_unix_ms: u64,
    /// When it took its present state.
    pub changed_unix_ms: u64,
    pub calls: u32,
    /// Approvals that wait for a decision and have not expired.
    pub waiting: u32,
    /// Decisions that were made and not acted on yet: a parked run with some, and none waiting, can go on.
    pub decided: u32,
    /// Why it failed.
    pub fault: Option<FaultKind>,
    /// The snippet's first line that says something.
    pub first_line: String,
}

/// The places of a run's records: from the first up to, but without, the second.
pub(crate) fn places(number: i64) -> (i64, i64) {
    (number << 32, (number + 1) << 32)
}

/// Writes a run's end. It is nobody's afterwards, and nothing of it can be decided any more.
pub(crate) async fn close(connection: &mut Connection, number: i64, row: &ClosedRow) -> Result<(), Trouble> {
    let (from, to) = places(number);
    let size = row.report.size() + row.result.as_ref().map_or(0, |result| result.size());
    row.report.keep(connection).await?;
    if let Some(result) = &row.result {
        result.keep(connection).await?;
    }
    connection
        .execute(
            "UPDATE run SET state = ?2, owner = NULL, cancel = 0, changed_unix_ms = ?3, fault = ?4, report = ?5, \
             report_hash = ?6, result = ?7, result_hash = ?8, bytes = ?9 + CAST(COALESCE(( \
             SELECT SUM(LENGTH(r.head) + COALESCE(LENGTH(r.value), 0) + COALESCE(c.stored, 0)) \
             FROM record r LEFT JOIN content c ON c.hash = r.value_hash WHERE r.place >= ?10 AND r.place < ?11), 0) AS BIGINT) \
             WHERE number = ?1",
            &[
                Param::Int(number),
                Param::Text(row.state.as_str()),
                Param::count(row.now_unix_ms),
                Param::maybe_text(row.fault),
                row.report.inline(),
                row.report.hash(),
                row.result.as_ref().map_or(Param::Null, |result| result.inline()),
                row.result.as_ref().map_or(Param::Null, |result| result.hash()),
                Param::size(size),
                Param::Int(from),
                Param::Int(to),
            ],
        )
        .await?;
    connection
        .execute(
            "UPDATE approval SET state = 'withdrawn' WHERE run = ?1 AND state IN ('waiting', 'decided')",
            &[Param::Int(number)],
        )
        .await?;
    connection.announce().await
}
