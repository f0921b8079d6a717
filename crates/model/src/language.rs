//! The languages a snippet may be written in.

use std::{fmt, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Language {
    #[default]
    TypeScript,
    JavaScript,
    Python,
    Starlark,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is no language weir runs; it runs typescript, javascript, python and starlark", .0.escape_debug())]
pub struct LanguageUnknown(String);

impl Language {
    pub const ALL: [Self; 4] = [Self::TypeScript, Self::JavaScript, Self::Python, Self::Starlark];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::TypeScript => "typescript",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Starlark => "starlark",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = LanguageUnknown;

    fn from_str(name: &str) -> Result<Self, LanguageUnknown> {
        match name.to_ascii_lowercase().as_str() {
            "typescript" | "ts" => Ok(Self::TypeScript),
            "javascript" | "js" => Ok(Self::JavaScript),
            "python" | "py" | "python3" => Ok(Self::Python),
            "starlark" | "star" => Ok(Self::Starlark),
            _ => Err(LanguageUnknown(name.chars().take(40).collect())),
        }
    }
}
