//! What people and pipes see: data on stdout, talk on stderr, colour only where a terminal wants it.
//! Everything foreign that is printed goes through `answer::escape` first.

use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Style};

use super::exit::{Exit, Stopped};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const NOTE: Style = AnsiColor::Yellow.on_default();
pub(super) const NAME: Style = AnsiColor::Cyan.on_default();

/// Text in a style. Padding belongs outside, so that columns stay columns without colour.
pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes to stdout. A reader that went away (`| head`) ends the command without a word.
pub(super) fn data(text: &str) -> Result<(), Stopped> {
    let mut out = anstream::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Stopped::new(Exit::Ok, "")),
        Err(error) => Err(Stopped::new(Exit::Internal, format!("error: the output cannot be written: {error}"))),
    }
}

/// One line to stderr. If nobody listens there, there is nobody to tell.
pub(super) fn talk(line: &str) {
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "{line}");
}

/// A line on a terminal that is rewritten while something goes on, and gone when it is done. Silent in pipes and logs.
pub(super) struct Progress {
    shown: bool,
    terminal: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { shown: false, terminal: io::stderr().is_terminal() }
    }

    pub(super) fn is_seen(&self) -> bool {
        self.terminal
    }

    pub(super) fn say(&mut self, line: &str) {
        if self.terminal {
            let mut err = anstream::stderr().lock();
            let _ = write!(err, "\r\x1b[2K{}", line.chars().take(100).collect::<String>());
            let _ = err.flush();
            self.shown = true;
        }
    }

    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let mut err = anstream::stderr().lock();
            let _ = write!(err, "\r\x1b[2K");
            let _ = err.flush();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// 12 345: digits in groups, as the tables show them.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Cut to `max` characters, the end replaced by an ellipsis.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        let shown = [0, 12, 123, 1_234, 12_345, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "123", "1 234", "12 345", "1 234 567"]);
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("größe", 5), "größe");
        assert_eq!(cut("größer", 5), "größ…");
    }
}
