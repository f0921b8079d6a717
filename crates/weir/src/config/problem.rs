//! What is wrong with a configuration, said so that a person can mend it in one go.

use std::fmt;

use super::source::Place;

/// Problems shown in full; the rest is counted.
const SHOWN_MAX: usize = 20;

/// Names longer than this have no neighbours.
const NEAREST_BYTES_MAX: usize = 100;

/// One thing wrong, or worth a warning.
#[derive(Debug, Clone)]
pub struct Problem {
    pub message: String,
    pub place: Option<Place>,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, hint: None }
    }

    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn hint_maybe(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// The problem as a block of lines.
    pub fn render(&self, severity: &str) -> String {
        let mut block = format!("{severity}: {}\n", self.message);
        if let Some(place) = &self.place {
            block.push_str(&place.render());
        }
        if let Some(hint) = &self.hint {
            block.push_str(&format!("  hint: {hint}\n"));
        }
        block
    }
}

/// A configuration that is not valid; nothing was opened or started.
#[derive(Debug)]
pub struct ConfigInvalid {
    pub problems: Vec<Problem>,
}

impl ConfigInvalid {
    pub fn one(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl std::error::Error for ConfigInvalid {}

impl fmt::Display for ConfigInvalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.problems.iter().take(SHOWN_MAX) {
            writeln!(f, "{}", problem.render("error"))?;
        }
        if self.problems.len() > SHOWN_MAX {
            writeln!(f, "and {} more\n", self.problems.len() - SHOWN_MAX)?;
        }
        match self.problems.len() {
            1 => write!(f, "the configuration has a problem; nothing was started"),
            count => write!(f, "the configuration has {count} problems; nothing was started"),
        }
    }
}

/// Collects problems while a configuration is read.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub errors: Vec<Problem>,
    pub warnings: Vec<Problem>,
}

impl Findings {
    pub(super) fn error(&mut self, problem: Problem) {
        self.errors.push(problem);
    }

    pub(super) fn warn(&mut self, problem: Problem) {
        self.warnings.push(problem);
    }
}

/// The nearest of `known` to `written`, if one is near.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A foreign key may be megabytes long; nothing that long is near anything.
    if written.len() > NEAREST_BYTES_MAX {
        return None;
    }
    let written = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            let begun = written.len() >= 3 && name.to_lowercase().starts_with(&written);
            begun || *distance <= 1 + name.chars().count().max(written.chars().count()) / 4
        })
        .min()
        .map(|(_, name)| name)
}

/// "did you mean …", or the whole list when it is short.
pub(super) fn suggestion(written: &str, known: &[&str]) -> Option<String> {
    if let Some(name) = nearest(written, known.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    (!known.is_empty()).then(|| format!("known here: {}", known.join(", ")))
}
