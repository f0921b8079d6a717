//! The policy's entries that came of decisions: "never ask for this tool again".

use weir_model::{Rule, ToolId, UpstreamName};

use crate::{
    Store, StoreUnavailable,
    connection::{Connection, Mode, Param},
    trouble::Trouble,
    value::text,
};

impl Store {
    /// Sorted by tool.
    pub async fn policy_entries(&self) -> Result<Vec<(ToolId, Rule)>, StoreUnavailable> {
        self.read(async move |connection| {
            let sql = "SELECT upstream, tool, rule FROM policy ORDER BY upstream, tool";
            let rows = connection.query(sql, &[]).await?;
            let entry = |mut row: crate::connection::Row| {
                let upstream = UpstreamName::new(&text(row.bytes(0)?)?);
                let upstream = upstream.map_err(|error| Trouble::damaged(error.to_string()))?;
                let name = text(row.bytes(1)?)?.into();
                Ok((ToolId { upstream, name }, rule(&row.text(2)?)?))
            };
            rows.into_iter().map(entry).collect()
        })
        .await
    }

    /// Replaces what was said of the tool before.
    pub async fn add_policy_entry(&self, tool: &ToolId, rule: Rule) -> Result<(), StoreUnavailable> {
        let tool = tool.clone();
        self.write(Mode::Now, async move |connection| {
            add(connection, &tool, rule).await?;
            connection.announce().await
        })
        .await
    }

    /// Whether there was one.
    pub async fn remove_policy_entry(&self, tool: &ToolId) -> Result<bool, StoreUnavailable> {
        let tool = tool.clone();
        self.write(Mode::Now, async move |connection| {
            let sql = "DELETE FROM policy WHERE upstream = ?1 AND tool = ?2";
            let name = [Param::Bytes(tool.upstream.as_str().as_bytes()), Param::Bytes(tool.name.as_bytes())];
            let removed = connection.execute(sql, &name).await?;
            connection.announce().await?;
            Ok(removed > 0)
        })
        .await
    }
}

pub(crate) async fn add(connection: &mut Connection, tool: &ToolId, rule: Rule) -> Result<(), Trouble> {
    connection
        .execute(
            "INSERT INTO policy (upstream, tool, rule) VALUES (?1, ?2, ?3) \
             ON CONFLICT (upstream, tool) DO UPDATE SET rule = excluded.rule",
            &[
                Param::Bytes(tool.upstream.as_str().as_bytes()),
                Param::Bytes(tool.name.as_bytes()),
                Param::Text(rule.as_str()),
            ],
        )
        .await?;
    Ok(())
}

fn rule(code: &str) -> Result<Rule, Trouble> {
    let found = [Rule::Allow, Rule::Ask, Rule::Deny].into_iter().find(|known| known.as_str() == code);
    found.ok_or_else(|| Trouble::damaged(format!("a policy entry says {code:?}")))
}
