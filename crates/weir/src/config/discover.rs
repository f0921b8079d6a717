//! Which file is read when none is named: weir's own first, then the project's client files, then the user's.

use std::path::PathBuf;

use super::surroundings::Surroundings;

/// What a file is, by its name and ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    WeirToml,
    ClientToml,
    ClientJson,
    Yaml,
}

impl Format {
    /// `weir.toml` and any other `.toml` but Codex's `config.toml` is ours; other endings are clients' files.
    pub fn of(path: &std::path::Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("toml") if name == "config.toml" => Self::ClientToml,
            Some("toml") => Self::WeirToml,
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::ClientJson,
        }
    }
}

/// The usual places, best first; they need not exist.
pub(super) fn places(surroundings: &Surroundings) -> Vec<PathBuf> {
    let project = ["weir.toml", ".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json", ".roo/mcp.json"];
    let home = [
        ".claude.json",
        ".cursor/mcp.json",
        "Library/Application Support/Claude/claude_desktop_config.json",
        ".codeium/windsurf/mcp_config.json",
        ".codex/config.toml",
        ".gemini/settings.json",
    ];
    let config = ["Claude/claude_desktop_config.json", "Code/User/mcp.json", "zed/settings.json"];
    let mut places: Vec<PathBuf> = project.iter().map(|file| surroundings.cwd.join(file)).collect();
    let config_home = surroundings.config_home();
    places.extend(config_home.iter().map(|folder| folder.join("weir/weir.toml")));
    places.extend(surroundings.home.iter().flat_map(|folder| home.map(|file| folder.join(file))));
    places.extend(config_home.iter().flat_map(|folder| config.map(|file| folder.join(file))));
    let mut unique = Vec::with_capacity(places.len());
    for place in places {
        if !unique.contains(&place) {
            unique.push(place);
        }
    }
    unique
}
