//! Saved snippets: programs with a name, for later runs of the same principal.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use weir_model::{Language, PrincipalId, ToolId};

use crate::{
    Problem, Store, StoreUnavailable,
    connection::{Mode, Param, Row},
    form::{self, Each, ToolIdForm},
    run::language,
    trouble::Trouble,
    value::{Packed, text, unpack},
};

/// A name of a saved snippet.
const NAME_BYTES_MAX: usize = 128;
/// One's source.
const SOURCE_BYTES_MAX: usize = 256 * 1024;
/// Saved snippets of one principal.
const SNIPPETS_MAX: u64 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSnippet {
    pub name: String,
    pub principal: PrincipalId,
    pub language: Language,
    pub source: Arc<str>,
    pub description: String,
    /// What it needs.
    pub tools: Vec<ToolId>,
    pub saved_unix_ms: u64,
    /// 1, then one more with each time it is saved; what [`Store::save_snippet`] is given does not matter.
    pub version: u32,
}

#[derive(Serialize, Deserialize)]
struct SnippetHead {
    description: String,
    #[serde(with = "Each::<ToolIdForm>")]
    tools: Vec<ToolId>,
}

/// What [`snippet`] reads.
macro_rules! snippets {
    ($rest:literal) => {
        concat!(
            "SELECT s.principal, s.name, s.version, s.language, s.head, s.saved_unix_ms, \
             s.source, s.source_hash, c.compressed, c.length, c.data \
             FROM snippet s LEFT JOIN content c ON c.hash = s.source_hash ",
            $rest
        )
    };
}

fn snippet(mut row: Row) -> Result<SavedSnippet, Trouble> {
    let head: SnippetHead = form::decode(&row.bytes(4)?)?;
    let source = unpack(&mut row, 6)?.ok_or_else(|| Trouble::damaged("a saved snippet has no source"))?;
    Ok(SavedSnippet {
        principal: PrincipalId::new(row.text(0)?),
        name: text(row.bytes(1)?)?,
        version: row.count(2)? as u32,
        language: language(&row.text(3)?)?,
        description: head.description,
        tools: head.tools,
        saved_unix_ms: row.count(5)?,
        source: text(source)?.into(),
    })
}

impl Store {
    /// Replaces the principal's snippet of that name, if there is one; answers its version.
    pub async fn save_snippet(&self, saved: SavedSnippet) -> Result<u32, StoreUnavailable> {
        if saved.name.is_empty() || saved.name.len() > NAME_BYTES_MAX {
            let why = format!("a snippet's name has 1 to {NAME_BYTES_MAX} bytes");
            return Err(self.unavailable(Problem::Refused(why)));
        }
        if saved.source.len() > SOURCE_BYTES_MAX {
            let why = format!("a saved snippet has at most {SOURCE_BYTES_MAX} bytes");
            return Err(self.unavailable(Problem::Refused(why)));
        }
        let head = SnippetHead { description: saved.description, tools: saved.tools };
        let (head, source) = (form::encode(&head), Packed::new(saved.source.into()));
        self.write(Mode::Now, async move |connection| {
            connection.alone(saved.principal.as_str()).await?;
            let principal = Param::Text(saved.principal.as_str());
            let name = Param::Bytes(saved.name.as_bytes());
            let count = "SELECT COUNT(*) FROM snippet WHERE principal = ?1 AND name <> ?2";
            let others = connection.one(count, &[principal, name]).await?.map_or(Ok(0), |mut row| row.count(0))?;
            if others >= SNIPPETS_MAX {
                return Err(Trouble::refused(format!("{SNIPPETS_MAX} snippets are saved already: remove one")));
            }
            source.keep(connection).await?;
            let version = connection
                .one(
                    "INSERT INTO snippet (principal, name, version, language, head, saved_unix_ms, source, source_hash) \
                     VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7) \
                     ON CONFLICT (principal, name) DO UPDATE SET version = snippet.version + 1, \
                     language = excluded.language, head = excluded.head, saved_unix_ms = excluded.saved_unix_ms, \
                     source = excluded.source, source_hash = excluded.source_hash RETURNING version",
                    &[
                        principal,
                        name,
                        Param::Text(saved.language.as_str()),
                        Param::Bytes(&head),
                        Param::count(saved.saved_unix_ms),
                        source.inline(),
                        source.hash(),
                    ],
                )
                .await?;
            connection.announce().await?;
            version.map_or(Ok(1), |mut row| row.count(0).map(|version| version as u32))
        })
        .await
    }

    /// All of one principal's, by name.
    pub async fn snippets(&self, principal: &PrincipalId) -> Result<Vec<SavedSnippet>, StoreUnavailable> {
        let principal = principal.clone();
        self.read(async move |connection| {
            let sql = snippets!("WHERE s.principal = ?1 ORDER BY s.name");
            let rows = connection.query(sql, &[Param::Text(principal.as_str())]).await?;
            rows.into_iter().map(snippet).collect()
        })
        .await
    }

    pub async fn snippet(&self, principal: &PrincipalId, name: &str) -> Result<Option<SavedSnippet>, StoreUnavailable> {
        let (principal, name) = (principal.clone(), name.to_owned());
        self.read(async move |connection| {
            let wanted = [Param::Text(principal.as_str()), Param::Bytes(name.as_bytes())];
            let found = connection.one(snippets!("WHERE s.principal = ?1 AND s.name = ?2"), &wanted).await?;
            found.map(snippet).transpose()
        })
        .await
    }

    /// Whether there was one.
    pub async fn remove_snippet(&self, principal: &PrincipalId, name: &str) -> Result<bool, StoreUnavailable> {
        let (principal, name) = (principal.clone(), name.to_owned());
        self.write(Mode::Now, async move |connection| {
            let wanted = [Param::Text(principal.as_str()), Param::Bytes(name.as_bytes())];
            let removed = connection.execute("DELETE FROM snippet WHERE principal = ?1 AND name = ?2", &wanted).await?;
            connection.announce().await?;
            Ok(removed > 0)
        })
        .await
    }
}
