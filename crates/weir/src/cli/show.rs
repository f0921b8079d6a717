//! `weir show`: tools' full types, as a model gets them.

use serde_json::{Value, json};
use weir_model::{Language, Tool};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::data,
    start::{self, Offered},
};
use crate::answer;

/// Show tools' full types
///
/// Prints what a model gets from its tool `get_schema`: the declaration of each tool, with
/// the types it uses.
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
        if !self.json {
            data(&format!("{}\n", text.trim_end()))?;
            return Ok(Exit::Ok);
        }
        let entries = self.tools.iter().filter_map(|name| catalog.resolve_path(name.trim()));
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

/// A tool as a client that lists it directly would hand it to a model.
pub(super) fn direct_definition(tool: &Tool) -> Value {
    let schema = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    let mut definition = json!({ "name": &*tool.id.name });
    if let Some(description) = &tool.description {
        definition["description"] = description.as_str().into();
    }
    definition["inputSchema"] = schema(&tool.input_schema);
    definition
}

fn described(tool: &Tool) -> Value {
    let mut definition = direct_definition(tool);
    if let Some(title) = &tool.title {
        definition["title"] = title.as_str().into();
    }
    if let Some(output) = &tool.output_schema {
        definition["outputSchema"] = serde_json::from_str(output).unwrap_or(Value::Null);
    }
    definition
}
