//! The engines: which of them runs a language, and the guest it is made of.

use weir_model::Language;

/// What runs a snippet inside a worker. A worker has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineKind {
    /// QuickJS-ng as a component.
    JavaScript,
    /// CPython as a component.
    Python,
    /// Native in the worker.
    Starlark,
}

impl EngineKind {
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
    pub(crate) fn guest(self) -> Option<EmbeddedGuest> {
        match self {
            Self::JavaScript => Some(EmbeddedGuest {
                component: include_bytes!(env!("WEIR_GUEST_JS")),
                hash: env!("WEIR_GUEST_JS_HASH"),
            }),
            Self::Python => Some(EmbeddedGuest {
                component: include_bytes!(env!("WEIR_GUEST_PY")),
                hash: env!("WEIR_GUEST_PY_HASH"),
            }),
            Self::Starlark => None,
        }
    }
}

/// A guest that is part of the executable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EmbeddedGuest {
    /// Read only to be compiled: until then it is on disk, not in memory.
    pub(crate) component: &'static [u8],
    /// SHA-256 of the component, hex.
    pub(crate) hash: &'static str,
}
