//! The texts settings come from (files, `--set` arguments) and places in them, for errors that point.
//! Never shows a credential: what a parser marked as secret is masked when a line is quoted.

use std::{
    fs::File,
    io::Read,
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
};

use weir_model::limits::{CONFIG_FILE_BYTES_MAX, MIB, SOURCE_LINE_CHARS_MAX};

use super::problem::Problem;

/// One text with settings in it.
#[derive(Debug)]
pub struct Source {
    /// What errors call it: a path as the user would write it, or `--set limits.cpu_ms`.
    pub label: String,
    pub text: String,
    /// Byte ranges that quoted lines must not show; known once the text is parsed.
    secrets: OnceLock<Vec<Range<usize>>>,
}

impl Source {
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { label: label.into(), text: text.into(), secrets: OnceLock::new() })
    }

    /// Reads a file within its limit.
    pub fn read(path: &Path, label: &str) -> Result<Arc<Self>, Problem> {
        let failed = |error: std::io::Error| {
            Problem::new(format!("{label} cannot be read: {}", reason(&error)))
                .hint("name another file with --config FILE, or try weir without any: weir demo")
        };
        let mut file = File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if meta.is_dir() {
            return Err(Problem::new(format!("{label} is a folder, not a file")));
        }
        if meta.len() > CONFIG_FILE_BYTES_MAX {
            return Err(too_large(label, meta.len()));
        }
        let mut bytes = Vec::new();
        file.by_ref().take(CONFIG_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > CONFIG_FILE_BYTES_MAX {
            return Err(too_large(label, bytes.len() as u64));
        }
        Self::of_bytes(label, bytes)
    }

    pub fn of_bytes(label: &str, bytes: Vec<u8>) -> Result<Arc<Self>, Problem> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count();
            Problem::new(format!("{label}:{line}: byte {valid} is not UTF-8 text")).hint("save the file as UTF-8")
        })?;
        Ok(Self::new(label, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
    }

    pub(super) fn mark_secrets(&self, ranges: Vec<Range<usize>>) {
        // A text is parsed once; a second parse of the same text finds the same ranges.
        let _ = self.secrets.set(ranges);
    }

    pub fn place(self: &Arc<Self>, span: Range<usize>) -> Place {
        Place { source: Arc::clone(self), span }
    }

    /// The line around a byte, masked, and where the byte's column lies in what is returned (both in characters).
    fn quoted(&self, span: &Range<usize>) -> (usize, usize, Quoted) {
        let start = floor_boundary(&self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let line = 1 + self.text[..line_start].matches('\n').count();
        let column = 1 + self.text[line_start..start].chars().count();
        let end = floor_boundary(&self.text, span.end).clamp(start, line_end);
        let before = self.masked(line_start..start);
        let under = self.masked(start..end);
        let after = self.masked(end..line_end);
        (line, column, Quoted::cut(&before, &under, after.trim_end()))
    }

    fn masked(&self, range: Range<usize>) -> String {
        let mut shown = String::new();
        match self.secrets.get() {
            Some(secrets) => {
                let mut at = range.start;
                for secret in secrets.iter().filter(|secret| secret.start < range.end && secret.end > range.start) {
                    shown.push_str(&self.text[at..secret.start.max(at)]);
                    shown.push('…');
                    at = secret.end.min(range.end);
                }
                shown.push_str(&self.text[at..range.end]);
            }
            None => shown = token_like_masked(&self.text[range]),
        }
        shown.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

/// A quoted line, cut around what is pointed at.
struct Quoted {
    text: String,
    caret_at: usize,
    caret_len: usize,
}

impl Quoted {
    fn cut(before: &str, under: &str, after: &str) -> Self {
        const AROUND: usize = SOURCE_LINE_CHARS_MAX / 3;
        let skip = before.chars().count().saturating_sub(AROUND);
        let mut text = if skip > 0 { "…".to_owned() } else { String::new() };
        text.extend(before.chars().skip(skip));
        let caret_at = text.chars().count();
        text.extend(under.chars().take(AROUND));
        let caret_len = (text.chars().count() - caret_at).max(1);
        text.extend(after.chars().take(AROUND));
        if after.chars().count() > AROUND || under.chars().count() > AROUND {
            text.push('…');
        }
        Self { text, caret_at, caret_len }
    }
}

/// A byte range of a text.
#[derive(Debug, Clone)]
pub struct Place {
    pub source: Arc<Source>,
    pub span: Range<usize>,
}

impl Place {
    /// `file:line:column`, the line, and a caret under the range.
    pub fn render(&self) -> String {
        let (line, column, quoted) = self.source.quoted(&self.span);
        let gutter = " ".repeat(line.to_string().len());
        format!(
            "{gutter}--> {}:{line}:{column}\n{gutter} |\n{line} | {}\n{gutter} | {}{}\n",
            self.source.label,
            quoted.text,
            " ".repeat(quoted.caret_at),
            "^".repeat(quoted.caret_len),
        )
    }

    /// The part of the range where `needle` stands, or all of it.
    pub fn narrowed(&self, needle: &str) -> Self {
        let start = floor_boundary(&self.source.text, self.span.start);
        let end = floor_boundary(&self.source.text, self.span.end).max(start);
        match self.source.text[start..end].find(needle) {
            Some(at) => self.source.place(start + at..start + at + needle.len()),
            None => self.clone(),
        }
    }
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub value: T,
    pub place: Place,
}

impl<T> Located<T> {
    pub(super) fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

fn too_large(label: &str, bytes: u64) -> Problem {
    Problem::new(format!(
        "{label} has {:.1} MB; a file with settings may have {} MiB",
        bytes as f64 / 1e6,
        CONFIG_FILE_BYTES_MAX / MIB
    ))
    .hint("is this the right file?")
}

/// What went wrong with a file, without the operating system's error number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A text that did not parse has no known credentials; runs that look like one are hidden.
fn token_like_masked(text: &str) -> String {
    const RUN: usize = 16;
    let is_token = |c: char| c.is_ascii_alphanumeric() || "_-+/=.~".contains(c);
    let mut shown = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(run);
        let secretive = token.len() >= RUN
            && token.contains(|c: char| c.is_ascii_digit())
            && token.contains(|c: char| c.is_ascii_alphabetic());
        shown.push_str(if secretive { "…" } else { token });
        let next = after.chars().next().map_or(0, char::len_utf8);
        shown.push_str(&after[..next]);
        rest = &after[next..];
    }
    shown
}
