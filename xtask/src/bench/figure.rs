//! Samples, medians, and the table.

use std::{fmt::Write, time::Duration};

/// One line of the table.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) measured: String,
    /// The same work without weir in between, where there is such a thing.
    pub(crate) direct: String,
    pub(crate) target: &'static str,
}

impl Figure {
    pub(crate) fn new(what: impl Into<String>, measured: impl Into<String>, target: &'static str) -> Self {
        Self { what: what.into(), measured: measured.into(), direct: String::new(), target }
    }

    pub(crate) fn direct(mut self, direct: impl Into<String>) -> Self {
        self.direct = direct.into();
        self
    }
}

/// Times of one thing done several times.
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time below which `part` (0 to 1) of the samples lie.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * part).round() as usize).copied().unwrap_or_default()
    }

    pub(crate) fn median(&self) -> Duration {
        self.quantile(0.5)
    }
}

pub(crate) fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}

pub(crate) fn us(time: Duration) -> String {
    format!("{} µs", time.as_micros())
}

pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = String::from("| what | measured | direct | target |\n|---|---|---|---|\n");
    for figure in figures {
        writeln!(text, "| {} | {} | {} | {} |", figure.what, figure.measured, figure.direct, figure.target)
            .expect("writing to a string");
    }
    text
}
