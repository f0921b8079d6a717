//! `weir snippets`: programs kept under a name, for agents to call.

use clap::Subcommand;
use serde_json::json;
use weir_store::SavedSnippet;

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{DIM, NAME, cut, data, styled, talk},
    store,
};
use crate::{admin, answer::escape, gateway::local};

mod save;

const NAME_CHARS_MAX: usize = 64;
/// What fits a line of 80 characters beside the indentation.
const LINE_CHARS_MAX: usize = 74;

/// Keep programs under a name, for agents to call
///
/// A saved program is found by search. Another one in its language calls it as
/// run_saved("NAME", {...}); it finds what it was given in `args`. The tools it names are noted
/// when it is saved.
///
/// Examples:
///   weir snippets
///   weir snippets save late_invoices late_invoices.ts
///   weir snippets show late_invoices
///   weir snippets remove late_invoices
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(super) struct Snippets {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Save(save::Save),
    Show(Show),
    Remove(Remove),
}

/// Print a saved program
#[derive(Debug, clap::Args)]
struct Show {
    /// Its name
    name: String,
    /// Print it with all that is known of it, as JSON
    #[arg(long)]
    json: bool,
}

/// Remove a saved program
#[derive(Debug, clap::Args)]
struct Remove {
    /// Its name
    name: String,
    /// Print what was removed as JSON
    #[arg(long)]
    json: bool,
}

impl Snippets {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        match self.command {
            Some(Command::Save(save)) => return save.run(global).await,
            Some(Command::Show(show)) => return show.run(global).await,
            Some(Command::Remove(remove)) => return remove.run(global).await,
            None => {}
        }
        let saved = store::open(global).await?.snippets(&local()).await.map_err(store::unavailable)?;
        if self.json {
            data(&format!("{:#}\n", json!(saved.iter().map(admin::view::snippet).collect::<Vec<_>>())))?;
        } else if saved.is_empty() {
            talk("weir: no program is saved; weir snippets save NAME FILE keeps one");
        } else {
            data(&saved.iter().map(listed).collect::<String>())?;
        }
        Ok(Exit::Ok)
    }
}

fn listed(snippet: &SavedSnippet) -> String {
    let name = styled(NAME, &escape::line(&snippet.name, NAME_CHARS_MAX));
    let tools = match snippet.tools.len() {
        0 => "no tools".to_owned(),
        1 => "1 tool".to_owned(),
        many => format!("{many} tools"),
    };
    let mut out = format!("{name}  {}  version {}  {tools}\n", snippet.language.as_str(), snippet.version);
    if !snippet.description.is_empty() {
        let description = cut(&escape::line(&snippet.description, LINE_CHARS_MAX), LINE_CHARS_MAX);
        out.push_str(&format!("    {}\n", styled(DIM, &description)));
    }
    out
}

fn no_such_snippet() -> Stopped {
    Stopped::new(Exit::RunFailed, "error: no program is saved under this name").hint("weir snippets lists them")
}

impl Show {
    async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let store = store::open(global).await?;
        let found = store.snippet(&local(), &self.name).await.map_err(store::unavailable)?;
        let snippet = found.ok_or_else(no_such_snippet)?;
        if self.json {
            let mut value = admin::view::snippet(&snippet);
            value["source"] = (&*snippet.source).into();
            data(&format!("{value:#}\n"))?;
        } else {
            data(&format!("{}\n", escape::block(snippet.source.trim_end())))?;
        }
        Ok(Exit::Ok)
    }
}

impl Remove {
    async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let store = store::open(global).await?;
        if !store.remove_snippet(&local(), &self.name).await.map_err(store::unavailable)? {
            return Err(no_such_snippet());
        }
        if self.json {
            data(&format!("{:#}\n", json!({ "removed": self.name })))?;
        }
        Ok(Exit::Ok)
    }
}
