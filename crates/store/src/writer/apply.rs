//! The statements behind journal entries, inside one transaction.
//!
//! Nothing is written into a run that this store has not in hand: it may have been taken for dead, and the run claimed elsewhere.

use std::collections::{HashMap, HashSet};

use weir_model::{ApprovalId, RunId};

use super::{
    Live, Verdict,
    entry::{AskedRow, ClosedRow, Entry, OpenedRow, ParkedRow, RecordRow, Write},
};
use crate::{
    Problem,
    connection::{Connection, Param},
    run::{close, places},
    trouble::Trouble,
};

/// The runs of this transaction, with their numbers: `None` where another store has the run.
type InHand = HashMap<RunId, Option<i64>>;

pub(super) async fn apply(
    connection: &mut Connection,
    instance: &str,
    live: &mut HashMap<RunId, Live>,
    entries: &mut [Entry],
) -> Result<Vec<Verdict>, Trouble> {
    let mut in_hand = InHand::new();
    let mut verdicts = Vec::with_capacity(entries.len());
    for entry in entries {
        verdicts.push(apply_one(connection, instance, live, &mut in_hand, entry).await?);
    }
    Ok(verdicts)
}

async fn apply_one(
    connection: &mut Connection,
    instance: &str,
    live: &mut HashMap<RunId, Live>,
    in_hand: &mut InHand,
    entry: &mut Entry,
) -> Result<Verdict, Trouble> {
    let known = live.entry(entry.run.clone()).or_default();
    if let (Some(lost), false) = (&known.lost, matches!(entry.write, Write::Closed(_))) {
        return Ok(Verdict::Refused(lost.clone()));
    }
    if let Write::Opened(row) = &entry.write {
        let number = open(connection, instance, &entry.run, row, entry.attempted).await?;
        known.next.get_or_insert(0);
        in_hand.insert(entry.run.clone(), number);
        return Ok(if number.is_some() { Verdict::Written } else { refused("there is a run of that id") });
    }
    let number = match in_hand.get(&entry.run) {
        Some(number) => *number,
        None => {
            let number = number_in_hand(connection, instance, &entry.run).await?;
            in_hand.insert(entry.run.clone(), number);
            number
        }
    };
    let Some(number) = number else {
        live.remove(&entry.run);
        // The commit that seemed to fail did not: the end is written.
        let ended = entry.attempted && matches!(entry.write, Write::Closed(_));
        return Ok(if ended { Verdict::Written } else { Verdict::Elsewhere });
    };
    match &entry.write {
        Write::Opened(_) => Ok(Verdict::Written),
        Write::Record(row) => {
            let position = match entry.position {
                Some(position) => position,
                None => next_position(connection, number, known).await?,
            };
            entry.position = Some(position);
            let place = places(number).0 + i64::from(position);
            if entry.attempted && is_there(connection, place).await? {
                return Ok(Verdict::Written);
            }
            record(connection, number, place, row).await
        }
        Write::Parked(row) => {
            in_hand.insert(entry.run.clone(), None);
            park(connection, number, row).await
        }
        Write::Closed(row) => {
            in_hand.insert(entry.run.clone(), None);
            end(connection, number, row).await
        }
    }
}

fn refused(why: &str) -> Verdict {
    Verdict::Refused(Problem::Refused(why.to_owned()))
}

/// The run's number; `None` when its id is taken.
async fn open(
    connection: &mut Connection,
    instance: &str,
    run: &RunId,
    row: &OpenedRow,
    attempted: bool,
) -> Result<Option<i64>, Trouble> {
    row.source.keep(connection).await?;
    row.bindings.keep(connection).await?;
    let made = connection
        .one(
            "INSERT INTO run (id, principal, state, owner, language, started_unix_ms, changed_unix_ms, opened, \
             source, source_hash, bindings, bindings_hash) \
             VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (id) DO NOTHING RETURNING number",
            &[
                Param::Text(run.as_str()),
                Param::Text(&row.principal),
                Param::Text(instance),
                Param::Text(row.language),
                Param::count(row.started_unix_ms),
                Param::Bytes(&row.head),
                row.source.inline(),
                row.source.hash(),
                row.bindings.inline(),
                row.bindings.hash(),
            ],
        )
        .await?;
    match made {
        Some(mut made) => made.int(0).map(Some),
        // The commit that seemed to fail did not.
        None if attempted => number_in_hand(connection, instance, run).await,
        None => Ok(None),
    }
}

async fn number_in_hand(connection: &mut Connection, instance: &str, run: &RunId) -> Result<Option<i64>, Trouble> {
    let found = connection
        .one(
            "SELECT number FROM run WHERE id = ?1 AND owner = ?2 AND state = 'running' /*share*/",
            &[Param::Text(run.as_str()), Param::Text(instance)],
        )
        .await?;
    found.map(|mut row| row.int(0)).transpose()
}

/// Behind the last record, for a run that was claimed.
async fn next_position(connection: &mut Connection, number: i64, live: &mut Live) -> Result<u32, Trouble> {
    let position = match live.next {
        Some(next) => next,
        None => {
            let (from, to) = places(number);
            let last = connection
                .one(
                    "SELECT place FROM record WHERE place >= ?1 AND place < ?2 ORDER BY place DESC LIMIT 1",
                    &[Param::Int(from), Param::Int(to)],
                )
                .await?;
            last.map_or(Ok(0), |mut row| row.int(0).map(|last| (last - from) as u32 + 1))?
        }
    };
    live.next = Some(position.checked_add(1).ok_or_else(|| Trouble::refused("the run has too many records"))?);
    Ok(position)
}

async fn is_there(connection: &mut Connection, place: i64) -> Result<bool, Trouble> {
    Ok(connection.one("SELECT 1 FROM record WHERE place = ?1", &[Param::Int(place)]).await?.is_some())
}

async fn record(connection: &mut Connection, number: i64, place: i64, row: &RecordRow) -> Result<Verdict, Trouble> {
    if let Some(approval) = &row.uses
        && let Some(why) = unusable(connection, number, approval).await?
    {
        return Ok(refused(why));
    }
    if let Some(value) = &row.value {
        value.keep(connection).await?;
    }
    connection
        .execute(
            "INSERT INTO record (place, kind, head, value, value_hash) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                Param::Int(place),
                Param::Int(row.kind as i64),
                Param::Bytes(&row.head),
                row.value.as_ref().map_or(Param::Null, |value| value.inline()),
                row.value.as_ref().map_or(Param::Null, |value| value.hash()),
            ],
        )
        .await?;
    let Some(approval) = &row.uses else { return Ok(Verdict::Written) };
    connection
        .execute(
            "UPDATE approval SET state = 'used' WHERE id = ?1 AND run = ?2",
            &[Param::Text(approval.as_str()), Param::Int(number)],
        )
        .await?;
    Ok(Verdict::Written)
}

/// Why a decision cannot be acted on.
async fn unusable(
    connection: &mut Connection,
    number: i64,
    approval: &ApprovalId,
) -> Result<Option<&'static str>, Trouble> {
    let found = connection
        .one(
            "SELECT state FROM approval WHERE id = ?1 AND run = ?2 /*update*/",
            &[Param::Text(approval.as_str()), Param::Int(number)],
        )
        .await?;
    let state = found.map(|mut row| row.text(0)).transpose()?;
    Ok(match state.as_deref() {
        Some("decided") => None,
        Some("used") => Some("the approval is used already"),
        _ => Some("nobody has decided the approval"),
    })
}

async fn park(connection: &mut Connection, number: i64, row: &ParkedRow) -> Result<Verdict, Trouble> {
    let asked: HashSet<&str> = row.asked.iter().map(|asked| asked.id.as_str()).collect();
    let waiting =
        connection.query("SELECT id FROM approval WHERE run = ?1 AND state = 'waiting'", &[Param::Int(number)]).await?;
    for mut waiting in waiting {
        let id = waiting.text(0)?;
        if !asked.contains(id.as_str()) {
            let withdraw = "UPDATE approval SET state = 'withdrawn' WHERE id = ?1 AND state = 'waiting'";
            connection.execute(withdraw, &[Param::Text(&id)]).await?;
        }
    }
    for asked in &row.asked {
        ask(connection, number, asked).await?;
    }
    let (from, to) = places(number);
    connection
        .execute(
            "UPDATE run SET state = 'parked', owner = NULL, changed_unix_ms = ?2, bytes = CAST(COALESCE(( \
             SELECT SUM(LENGTH(r.head) + COALESCE(LENGTH(r.value), 0) + COALESCE(c.stored, 0)) \
             FROM record r LEFT JOIN content c ON c.hash = r.value_hash WHERE r.place >= ?3 AND r.place < ?4), 0) AS BIGINT) \
             WHERE number = ?1",
            &[Param::Int(number), Param::count(row.now_unix_ms), Param::Int(from), Param::Int(to)],
        )
        .await?;
    connection.announce().await?;
    Ok(Verdict::Written)
}

/// A decision that was made and not used yet stands, and a wait that goes on began when it began. What was used or withdrawn is
/// asked for again: a call in doubt has the id under which it was approved.
async fn ask(connection: &mut Connection, number: i64, row: &AskedRow) -> Result<(), Trouble> {
    row.arguments.keep(connection).await?;
    connection
        .execute(
            "INSERT INTO approval (id, run, principal, state, asked_unix_ms, expires_unix_ms, head, arguments, arguments_hash) \
             VALUES (?1, ?2, ?3, 'waiting', ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (id) DO UPDATE SET state = 'waiting', asked_unix_ms = excluded.asked_unix_ms, \
             expires_unix_ms = excluded.expires_unix_ms, head = excluded.head, arguments = excluded.arguments, \
             arguments_hash = excluded.arguments_hash, decision = NULL, done = NULL, done_hash = NULL, decided_by = NULL, \
             decided_unix_ms = NULL \
             WHERE approval.run = excluded.run AND (approval.state IN ('used', 'withdrawn') \
             OR approval.expires_unix_ms <= excluded.asked_unix_ms)",
            &[
                Param::Text(row.id.as_str()),
                Param::Int(number),
                Param::Text(&row.principal),
                Param::count(row.asked_unix_ms),
                Param::count(row.expires_unix_ms),
                Param::Bytes(&row.head),
                row.arguments.inline(),
                row.arguments.hash(),
            ],
        )
        .await?;
    Ok(())
}

async fn end(connection: &mut Connection, number: i64, row: &ClosedRow) -> Result<Verdict, Trouble> {
    close(connection, number, row).await?;
    Ok(Verdict::Written)
}
