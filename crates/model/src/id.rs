//! Names of things. Each is its own type, so that one cannot be passed for another.

use std::{fmt, sync::Arc};

/// The name an operator gave an upstream: 1–64 characters, no control characters, no `/`, no surrounding space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UpstreamName(Arc<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is no name for an upstream: 1 to 64 characters, without control characters, \"/\" or surrounding space", .0.escape_debug())]
pub struct UpstreamNameInvalid(String);

impl UpstreamName {
    pub fn new(name: &str) -> Result<Self, UpstreamNameInvalid> {
        let fits = (1..=64).contains(&name.chars().count())
            && name.trim() == name
            && !name.chars().any(|c| c.is_control() || c == '/');
        if fits { Ok(Self(name.into())) } else { Err(UpstreamNameInvalid(name.chars().take(80).collect())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UpstreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tool's canonical id: its upstream and the upstream's own name for it, both exactly as given.
/// Policy, journal and dispatch all use this and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ToolId {
    pub upstream: UpstreamName,
    pub name: Arc<str>,
}

impl fmt::Display for ToolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.upstream, self.name)
    }
}

/// Position of a call in its run, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallSeq(pub u32);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// One run: `run_` and 128 random bits. Unguessable, but never an authorisation by itself.
    RunId
}
text_id! {
    /// Who is asking. `local` on a laptop.
    PrincipalId
}
text_id! {
    /// A stored value: `h_` and 128 random bits; readable only by the principal it was stored for.
    HandleId
}
text_id! {
    /// One approval: `apr_` and 128 bits of a hash over what it allows.
    ApprovalId
}
