//! The database's schema: a list of steps, of which `weir.schema_version` counts those taken.

use tokio_postgres::Client;

use crate::{Problem, trouble::Trouble};

/// Each takes the schema one version further. What was ever released is never changed.
const STEPS: &[&str] = &[include_str!("migration/0001.sql")];

/// Held while the schema changes: replicas start together.
const SCHEMA_LOCK: i64 = 0x7765_6972_0000_0002;

/// Brings the schema to this weir's version.
pub(super) async fn migrate(client: &mut Client) -> Result<(), Trouble> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
    // Who may use a schema may not always create one.
    if transaction.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = 'weir'", &[]).await?.is_none() {
        transaction.batch_execute("CREATE SCHEMA weir").await?;
    }
    if transaction
        .query_opt("SELECT 1 FROM pg_tables WHERE schemaname = 'weir' AND tablename = 'schema_version'", &[])
        .await?
        .is_none()
    {
        let begin =
            "CREATE TABLE weir.schema_version (version BIGINT NOT NULL); INSERT INTO weir.schema_version VALUES (0)";
        transaction.batch_execute(begin).await?;
    }
    let found: i64 = transaction.query_one("SELECT version FROM weir.schema_version", &[]).await?.try_get(0)?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(Trouble::new(Problem::Newer { found, known }));
    }
    let taken = usize::try_from(found).map_err(|_| Trouble::damaged(format!("its schema has the version {found}")))?;
    for step in &STEPS[taken..] {
        transaction.batch_execute(step).await?;
    }
    if taken < STEPS.len() {
        transaction.execute("UPDATE weir.schema_version SET version = $1", &[&known]).await?;
    }
    transaction.commit().await?;
    Ok(())
}
