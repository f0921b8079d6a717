//! `weir show`: tools' full types, as a model gets them.

use serde_json::{Value, json};
use weir_catalog::Entry;
use weir_model::{Language, Tool};

use super::{
    Global, direct,
    exit::{Exit, Stopped},
    screen::{BAD, NOTE, data, styled},
    start::{self, Offered},
};
use crate::answer::{self, escape};

const REQUEST_CHARS_MAX: usize = 2_000;

/// Show tools' full types
///
/// Prints what a model gets from its tool `get_schema`: the declaration of each tool, with
/// the types it uses. Then, for each, what a call does (read, write or destructive) and, for
/// an HTTP API, the request it becomes.
///
/// Examples:
///   weir show github.list_issues
///   weir show files.read_file files.write_file --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Show {
    /// Tools, as search shows them: upstream.tool
    #[arg(required = true, value_name = "TOOL")]
    tools: Vec<String>,
    /// The language of the declarations
    #[arg(long)]
    language: Option<Language>,
    /// Print the tools as their upstream described them, as JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let Offered { loaded, catalog, access } = start::offered(global).await?;
        let language = self.language.unwrap_or(loaded.effective.language);
        let (text, nothing) = answer::schema::text(&catalog, &*access, &self.tools, language);
        if nothing {
            return Err(Stopped::new(Exit::RunFailed, format!("error: {}", text.replace("[weir] ", ""))));
        }
        let named = self.tools.iter().filter_map(|name| catalog.resolve_path(name.trim()));
        let entries = named.filter(|entry| access.sees(&entry.tool().id));
        if !self.json {
            let facts: String = entries.map(|entry| format!("{}\n", facts(entry))).collect();
            data(&format!("{}\n\n{facts}", text.trim_end()))?;
            return Ok(Exit::Ok);
        }
        let tools = entries.map(|entry| {
            let mut tool = described(entry.tool());
            tool["tool"] = entry.path().into();
            tool["effect"] = entry.effect().as_str().into();
            tool
        });
        data(&format!("{:#}\n", json!(tools.collect::<Vec<_>>())))?;
        Ok(Exit::Ok)
    }
}

fn described(tool: &Tool) -> Value {
    let mut definition = direct::definition(tool);
    if let Some(title) = &tool.title {
        definition["title"] = title.as_str().into();
    }
    if let Some(output) = &tool.output_schema {
        let mut schema = serde_json::from_str(output).unwrap_or(Value::Null);
        if let Some(shared) = tool.definitions.as_deref() {
            direct::with_definitions(&mut schema, shared);
        }
        definition["outputSchema"] = schema;
    }
    if let Some(request) = &tool.request {
        definition["request"] = (&**request).into();
    }
    if tool.deprecated {
        definition["deprecated"] = true.into();
    }
    definition
}

/// What a declaration does not say: what a call does, and the request it becomes.
fn facts(entry: &Entry) -> String {
    let tool = entry.tool();
    let mut text = format!("{}  {}", entry.path(), entry.effect().as_str());
    if let Some(request) = &tool.request {
        text.push_str("  ");
        text.push_str(&escape::line(request, REQUEST_CHARS_MAX));
    }
    if tool.deprecated {
        text.push_str(&format!("  {}", styled(NOTE, "deprecated")));
    }
    if let Some(why) = entry.quarantined() {
        text.push_str(&format!("  {}", styled(BAD, &escape::line(why, 300))));
    }
    if let Some(why) = entry.unchecked() {
        text.push_str(&format!("\n  {}", styled(NOTE, &escape::line(&why, 300))));
    }
    text
}
