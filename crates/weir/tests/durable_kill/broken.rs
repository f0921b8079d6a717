//! Why something cannot go on, or what does not hold: one sentence.

use std::fmt;

#[derive(Debug, Clone)]
pub(crate) struct Broken(pub(crate) String);

pub(crate) type Result<T> = std::result::Result<T, Broken>;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

/// Says what was being done when it went wrong.
pub(crate) trait Told<T> {
    fn told(self, what: &str) -> Result<T>;
}

impl<T, E: fmt::Display> Told<T> for std::result::Result<T, E> {
    fn told(self, what: &str) -> Result<T> {
        self.map_err(|error| Broken(format!("{what}: {error}")))
    }
}

impl<T> Told<T> for Option<T> {
    fn told(self, what: &str) -> Result<T> {
        self.ok_or_else(|| Broken(what.to_owned()))
    }
}
