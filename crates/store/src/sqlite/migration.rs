//! The file's schema: a list of steps, of which `PRAGMA user_version` counts those taken.

use rusqlite::{Connection, TransactionBehavior};

use crate::{Problem, trouble::Trouble};

/// Each takes the schema one version further. What was ever released is never changed.
const STEPS: &[&str] = &[include_str!("migration/0001.sql")];

/// In the file's header: "weir".
pub(super) const APPLICATION: i64 = 0x7765_6972;

/// Brings the schema to this weir's version. Two processes at once: the second finds it done.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Trouble> {
    if taken(connection)? == STEPS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in &STEPS[taken(&transaction)?..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", STEPS.len() as i64)?;
    transaction.commit()?;
    Ok(())
}

/// How many steps the file has taken; refused when it is more than there are.
fn taken(connection: &Connection) -> Result<usize, Trouble> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(Trouble::new(Problem::Newer { found, known }));
    }
    usize::try_from(found).map_err(|_| Trouble::damaged(format!("its schema has the version {found}")))
}
