//! Why there is no credential, told twice: to agents, and to people.

/// Never holds a credential. A call that meets it was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub(crate) struct CredentialFailure {
    /// For agents: no host path, no output of a program.
    pub(crate) cause: String,
    /// More, for people.
    pub(crate) detail: Option<String>,
    /// Trying again later may help without anybody doing anything.
    pub(crate) passing: bool,
}

impl CredentialFailure {
    /// Somebody has to do something.
    pub(crate) fn lasting(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), detail: None, passing: false }
    }

    pub(crate) fn passing(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), detail: None, passing: true }
    }

    #[must_use]
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The whole, for people.
    pub(crate) fn told(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{} ({detail})", self.cause),
            None => self.cause.clone(),
        }
    }
}
