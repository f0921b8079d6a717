//! `weir snippets save`: a file becomes a program that agents can call by name.

use std::{fs::File, io::Read, path::PathBuf, sync::Arc};

use weir_catalog::Catalog;
use weir_model::{Language, ToolId};
use weir_store::SavedSnippet;

use super::super::{
    Global,
    exit::{Exit, Stopped},
    screen::{data, talk},
    start::{self, Offered},
    store,
};
use crate::{admin, answer::escape, config, gateway::local, instant};

const NAME_CHARS_MAX: usize = 64;
const DESCRIPTION_CHARS_MAX: usize = 300;

/// Save a program under a name
///
/// Its first comment describes it to whoever searches. The tools that its text names are
/// noted as what it needs. Saving again under the same name replaces it, as a new version.
/// In the program, `args` is what the caller gave.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Save {
    /// Letters, digits and _, beginning with a letter
    name: String,
    /// The program's file
    file: PathBuf,
    /// typescript, javascript, python or starlark; by the file's ending, else the configured one
    #[arg(long)]
    language: Option<Language>,
    /// What it does, in one sentence, instead of its first comment
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Print what was saved as JSON
    #[arg(long)]
    json: bool,
}

impl Save {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        if !is_name(&self.name) {
            let message = format!("error: \"{}\" is no name for a program", escape::line(&self.name, NAME_CHARS_MAX));
            return Err(Stopped::new(Exit::Usage, message)
                .hint("letters, digits and _, beginning with a letter, 64 at most: late_invoices"));
        }
        let Offered { loaded, catalog, .. } = start::offered(global).await?;
        let source = self.source(loaded.effective.limits.source_bytes)?;
        let language = self.language.unwrap_or_else(|| language_of(&self.file, loaded.effective.language));
        let described = self.description.clone().unwrap_or_else(|| first_comment(&source));
        let store = store::of(&loaded.effective).await?;
        let tools = named_tools(&catalog, &source);
        let needs = tools.len();
        let snippet = SavedSnippet {
            name: self.name.clone(),
            principal: local(),
            language,
            description: described.chars().take(DESCRIPTION_CHARS_MAX).collect(),
            tools,
            saved_unix_ms: instant::now_unix_ms(),
            // The store counts.
            version: 0,
            source: Arc::from(source),
        };
        let mut told = admin::view::snippet(&snippet);
        let version = store.save_snippet(snippet).await.map_err(store::unavailable)?;
        if self.json {
            told["version"] = version.into();
            data(&format!("{told:#}\n"))?;
        }
        talk(&format!("weir: saved {}, version {version}; it names {needs} tools", self.name));
        if matches!(language, Language::Python | Language::Starlark) {
            talk(&format!("weir: programs in {language} can call it, and no others"));
        }
        Ok(Exit::Ok)
    }

    fn source(&self, bytes_max: u64) -> Result<String, Stopped> {
        let shown = self.file.display();
        let unreadable = |why: String| Stopped::new(Exit::Usage, format!("error: {shown} cannot be read: {why}"));
        let mut bytes = Vec::new();
        File::open(&self.file)
            .and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes))
            .map_err(|error| unreadable(config::reason(&error)))?;
        if bytes.len() as u64 > bytes_max {
            return Err(unreadable(format!("it is longer than a program may be, {} KiB", bytes_max / 1024)));
        }
        String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_CHARS_MAX
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn language_of(file: &std::path::Path, default: Language) -> Language {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("ts" | "mts" | "cts") => Language::TypeScript,
        Some("js" | "mjs" | "cjs") => Language::JavaScript,
        Some("py") => Language::Python,
        Some("star" | "bzl") => Language::Starlark,
        _ => default,
    }
}

/// The text of the comment a program begins with, in one line.
fn first_comment(source: &str) -> String {
    let lines = source.lines().map(str::trim).skip_while(|line| line.is_empty());
    let comment = lines.map_while(|line| line.strip_prefix("//").or_else(|| line.strip_prefix('#')));
    comment.map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Tools that a program's text names, as `upstream.tool`. What it puts together as it runs is not seen.
fn named_tools(catalog: &Catalog, source: &str) -> Vec<ToolId> {
    let words = |text: &str| -> bool {
        source.match_indices(text).any(|(at, _)| {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
            !source[..at].ends_with(is_part) && !source[at + text.len()..].starts_with(is_part)
        })
    };
    let entries = catalog.upstreams().iter().flat_map(|upstream| &upstream.entries);
    entries.filter(|entry| words(entry.path())).map(|entry| entry.tool().id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, fits) in [
            ("late_invoices", true),
            ("a1", true),
            ("", false),
            ("1a", false),
            ("a-b", false),
            ("a b", false),
            ("é", false),
        ] {
            assert_eq!(is_name(name), fits, "{name}");
        }
        assert!(!is_name(&"a".repeat(65)));
    }

    #[test]
    fn the_first_comment_describes_a_program() {
        let rows = [
            ("// Totals what is late.\n//  By customer.\nreturn 1 // x", "Totals what is late. By customer."),
            ("\n# Totals what is late.\nx = 1\n# other", "Totals what is late."),
            ("return 1 // nothing", ""),
            ("", ""),
        ];
        for (source, expected) in rows {
            assert_eq!(first_comment(source), expected, "{source}");
        }
    }
}
