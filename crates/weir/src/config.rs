//! Settings: found, read, judged. `file` in, `effective` out, and nothing opens before the whole is valid.
//!
//! Every format becomes one tree with places (`tree`), every tree a raw configuration (`weir_toml`, `client`), and
//! only `effective` says what will be done. Only this module reads the environment.

use std::path::{Path, PathBuf};

mod client;
mod discover;
mod effective;
mod env_file;
mod fields;
mod problem;
mod raw;
mod reference;
pub mod reference_page;
mod setting;
mod source;
mod surroundings;
mod tree;
mod weir_toml;

pub use discover::Format;
pub use effective::{Admin, AdminToken, Approvals, Effective, Serve, StoreConfig, listen_address};
pub use problem::{ConfigInvalid, Problem};
pub(crate) use source::reason;
pub use surroundings::Surroundings;

use problem::Findings;
use raw::{RawConfig, RawUpstream};
use source::Source;

/// Where settings are asked for on the command line.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// `--config FILE`; else the usual places are tried.
    pub file: Option<PathBuf>,
    /// `--set KEY=VALUE`, in order.
    pub set: Vec<String>,
}

/// A valid configuration, and what is to be said about it.
#[derive(Debug)]
pub struct Loaded {
    pub effective: Effective,
    /// The file that was read, as people write it; `None` when there is none.
    pub file: Option<String>,
    /// Other files that were seen and not read.
    pub also_seen: Vec<String>,
    pub warnings: Vec<Problem>,
    pub notes: Vec<String>,
}

/// Finds, reads and judges the configuration.
pub fn load(ask: &Ask, surroundings: &Surroundings) -> Result<Loaded, ConfigInvalid> {
    let mut reading = Reading { surroundings, findings: Findings::default(), notes: Vec::new() };
    let mut also_seen = Vec::new();
    let mut taken = None;
    match &ask.file {
        Some(file) => {
            let path = surroundings.path(&file.to_string_lossy(), &surroundings.cwd);
            taken = Some((reading.file(&path), path));
        }
        None => {
            let existing = discover::places(surroundings).into_iter().filter(|place| place.is_file());
            for path in existing {
                if taken.is_some() {
                    also_seen.push(surroundings.shown(&path));
                    continue;
                }
                let read = reading.file(&path);
                // Clients keep their settings there whether or not they have servers.
                let useful = !reading.findings.errors.is_empty() || Format::of(&path) == Format::WeirToml;
                if useful || !read.upstreams.is_empty() {
                    taken = Some((read, path));
                } else {
                    also_seen.push(format!("{} (no servers in it)", surroundings.shown(&path)));
                }
            }
        }
    }
    let (raw, file, folder) = match taken {
        Some((raw, path)) => {
            let folder = path.parent().unwrap_or(&surroundings.cwd).to_path_buf();
            (raw, Some(surroundings.shown(&path)), folder)
        }
        None => (RawConfig::default(), None, surroundings.cwd.clone()),
    };
    let loaded = reading.judged(raw, &ask.set, &folder)?;
    Ok(Loaded { file, also_seen, ..loaded })
}

/// A configuration of `--set` arguments alone; no file is looked for.
pub fn without_file(set: &[String], surroundings: &Surroundings) -> Result<Loaded, ConfigInvalid> {
    let reading = Reading { surroundings, findings: Findings::default(), notes: Vec::new() };
    reading.judged(RawConfig::default(), set, &surroundings.cwd)
}

struct Reading<'a> {
    surroundings: &'a Surroundings,
    findings: Findings,
    notes: Vec<String>,
}

impl Reading<'_> {
    fn judged(mut self, mut raw: RawConfig, set: &[String], folder: &Path) -> Result<Loaded, ConfigInvalid> {
        for argument in set {
            self.set(argument, &mut raw);
        }
        let Self { surroundings, mut findings, mut notes } = self;
        let effective = effective::judge(raw, folder, surroundings, &mut notes, &mut findings);
        if !findings.errors.is_empty() {
            // As they stand in the file, whatever order they were found in.
            findings
                .errors
                .sort_by_key(|problem| problem.place.as_ref().map(|at| (at.source.label.clone(), at.span.start)));
            return Err(ConfigInvalid { problems: findings.errors });
        }
        Ok(Loaded { effective, file: None, also_seen: Vec::new(), warnings: findings.warnings, notes })
    }

    fn file(&mut self, path: &Path) -> RawConfig {
        let label = self.surroundings.shown(path);
        let source = match Source::read(path, &label) {
            Ok(source) => source,
            Err(problem) => {
                self.findings.error(problem);
                return RawConfig::default();
            }
        };
        let folder = path.parent().unwrap_or(&self.surroundings.cwd).to_path_buf();
        let mut raw = match Format::of(path) {
            Format::WeirToml => match tree::parse_toml(&source) {
                // Other names for a client's TOML: its table of servers gives it away.
                Ok(root) if root.entry("mcp_servers").is_some() && root.entry("upstream").is_none() => {
                    self.client(&root, path)
                }
                Ok(root) => weir_toml::read(&root, &folder, &mut self.findings),
                Err(problems) => self.invalid(problems),
            },
            Format::ClientToml => match tree::parse_toml(&source) {
                Ok(root)
                    if client::TABLES.iter().all(|table| root.entry(table).is_none())
                        && root.entry("upstream").is_some() =>
                {
                    weir_toml::read(&root, &folder, &mut self.findings)
                }
                Ok(root) => self.client(&root, path),
                Err(problems) => self.invalid(problems),
            },
            Format::ClientJson => match tree::parse_json(&source) {
                Ok(root) => self.client(&root, path),
                Err(problems) => self.invalid(problems),
            },
            Format::Yaml => {
                let problem = Problem::new(format!("{label} is YAML, which weir does not read"))
                    .hint("copy each server into weir.toml: [upstream.NAME] with command = \"…\" and args = [\"…\"]");
                self.invalid(vec![problem])
            }
        };
        self.imports(&mut raw, &folder);
        raw
    }

    fn invalid(&mut self, problems: Vec<Problem>) -> RawConfig {
        problems.into_iter().for_each(|problem| self.findings.error(problem));
        RawConfig::default()
    }

    fn client(&mut self, root: &tree::Node, path: &Path) -> RawConfig {
        let read = client::read(root, path, self.surroundings, &mut self.findings);
        RawConfig { upstreams: read.upstreams, ..RawConfig::default() }
    }

    /// What `weir.toml` itself describes wins over what it imports. Imported files import nothing.
    fn imports(&mut self, raw: &mut RawConfig, folder: &Path) {
        for written in std::mem::take(&mut raw.import) {
            let Some(text) = reference::expand(&written, folder, self.surroundings, &mut self.findings) else {
                continue;
            };
            let path = self.surroundings.path(&text, folder);
            if Format::of(&path) == Format::WeirToml {
                let problem = Problem::new("`import` is for the files of MCP clients").at(&written.place);
                self.findings.error(problem.hint("a second weir.toml is read by --config, one at a time"));
                continue;
            }
            let before = self.findings.errors.len();
            for upstream in self.file(&path).upstreams {
                match raw.upstreams.iter().find(|known| known.name.value == upstream.name.value) {
                    Some(_) => self.notes.push(format!(
                        "`{}` of {text} is described before it already; that one is used",
                        upstream.name.value
                    )),
                    None => raw.upstreams.push(upstream),
                }
            }
            // A file that cannot be read has no place of its own: point at who asked for it.
            for problem in &mut self.findings.errors[before..] {
                problem.place.get_or_insert_with(|| written.place.clone());
            }
        }
    }

    fn set(&mut self, argument: &str, raw: &mut RawConfig) {
        let tree = match weir_toml::assignment(argument) {
            Ok(tree) => tree,
            Err(problem) => return self.findings.error(problem),
        };
        let mut over = weir_toml::read(&tree, &self.surroundings.cwd, &mut self.findings);
        for upstream in std::mem::take(&mut over.upstreams) {
            self.set_upstream(upstream, &mut raw.upstreams);
        }
        if let Some(import) = over.import.first() {
            let problem = Problem::new("`import` cannot be set on the command line").at(&import.place);
            self.findings.error(problem.hint("name the file with --config"));
        }
        raw.overlay(over);
    }

    fn set_upstream(&mut self, over: RawUpstream, known: &mut Vec<RawUpstream>) {
        if let Some(base) = known.iter_mut().find(|base| base.name.value == over.name.value) {
            return base.overlay(over);
        }
        if over.command.is_some() || over.url.is_some() || over.openapi.is_some() {
            return known.push(over);
        }
        let names: Vec<&str> = known.iter().map(|known| known.name.value.as_str()).collect();
        self.findings.error(
            Problem::new(format!("no upstream is called `{}`", over.name.value))
                .at(&over.name.place)
                .hint_maybe(problem::suggestion(&over.name.value, &names)),
        );
    }
}

#[cfg(test)]
mod tests;
