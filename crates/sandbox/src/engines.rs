//! The engines: which of them runs a language, and the guest it is made of.

use weir_model::Language;

/// What runs a snippet inside a worker. A worker has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// QuickJS-ng as a component.
    JavaScript,
    /// CPython as a component.
    Python,
    /// Native in the worker.
    Starlark,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::JavaScript, Self::Python, Self::Starlark];

    pub(crate) fn of(language: Language) -> Self {
        match language {
            Language::TypeScript | Language::JavaScript => Self::JavaScript,
            Language::Python => Self::Python,
            Language::Starlark => Self::Starlark,
        }
    }

    /// A worker's last argument, and the beginning of a compiled guest's file name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::JavaScript => "js",
            Self::Python => "py",
            Self::Starlark => "star",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.as_str() == name)
    }

    /// The guest, as `cargo xtask guests` built it. `None`: there is nothing to compile or load.
    pub(crate) fn guest(self) -> Option<&'static [u8]> {
        match self {
            Self::JavaScript => Some(include_bytes!(env!("WEIR_GUEST_JS"))),
            Self::Python => Some(include_bytes!(env!("WEIR_GUEST_PY"))),
            Self::Starlark => None,
        }
    }
}
