//! `weir search`: what a model would find.

use serde_json::json;
use weir_model::{
    Language,
    limits::{SEARCH_HITS_MAX, SEARCH_QUERIES_MAX, SEARCH_QUERY_CHARS_MAX},
};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::data,
    start::{self, Offered},
};
use crate::{answer, surface::RosterCell};

/// Search the upstreams' tools, as a model would
///
/// Prints what a model gets from its tool `search`: one line per tool, with its signature.
/// Several queries make one answer.
///
/// Examples:
///   weir search "list open issues"
///   weir search "read a file" "write a file" --limit 3
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Search {
    /// What the tool should do, in plain words
    #[arg(required = true, value_name = "QUERY")]
    queries: Vec<String>,
    /// Tools per query
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=SEARCH_HITS_MAX as i64))]
    limit: u16,
    /// The language of the signatures
    #[arg(long)]
    language: Option<Language>,
    /// Print the hits as JSON
    #[arg(long)]
    json: bool,
}

impl Search {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        if self.queries.len() > SEARCH_QUERIES_MAX {
            let message = format!("error: {} queries are too many; {SEARCH_QUERIES_MAX} at most", self.queries.len());
            return Err(Stopped::new(Exit::Usage, message));
        }
        let Offered { loaded, catalog, access } = start::offered(global).await?;
        let limit = usize::from(self.limit);
        let language = self.language.unwrap_or(loaded.effective.language);
        if !self.json {
            let roster = RosterCell::default().of(&catalog);
            let text = answer::search::text(&catalog, &*access, &self.queries, limit, language, &roster.text);
            data(&format!("{text}\n"))?;
            return Ok(Exit::Ok);
        }
        let answers = self.queries.iter().map(|query| {
            let asked: String = query.chars().take(SEARCH_QUERY_CHARS_MAX).collect();
            let hits = catalog.search(&asked, limit, &*access);
            let tools = hits.iter().map(|hit| {
                json!({
                    "tool": hit.entry.path(),
                    "effect": hit.entry.effect().as_str(),
                    "signature": hit.entry.signature(language),
                })
            });
            json!({ "query": query, "tools": tools.collect::<Vec<_>>() })
        });
        data(&format!("{:#}\n", json!(answers.collect::<Vec<_>>())))?;
        Ok(Exit::Ok)
    }
}
