//! What a snippet printed, as far as it fits beside the value: the beginning and the end, whole lines only.

use std::fmt::Write;

use weir_catalog::tokens;
use weir_model::{LogLevel, LogLine, Report};

use super::super::{MARK, escape};

/// Tokens that printed text gets however large the value is.
const LOG_TOKENS_MIN: usize = 500;

pub(super) fn write(out: &mut String, report: &Report, tokens_max: usize) {
    if report.logs.is_empty() && !report.logs_truncated {
        return;
    }
    let _ = write!(out, "\n{MARK} logs:");
    let lines: Vec<String> = report.logs.iter().map(log_text).collect();
    let (head, tail) = kept(&lines, out, tokens_max);
    for line in &lines[..head] {
        out.push('\n');
        out.push_str(line);
    }
    if head + tail < lines.len() {
        let _ = write!(out, "\n{MARK} … {} lines left out …", lines.len() - head - tail);
    }
    for line in &lines[lines.len() - tail..] {
        out.push('\n');
        out.push_str(line);
    }
    if report.logs_truncated {
        let _ = write!(out, "\n{MARK} further log text was dropped at its limit");
    }
}

fn log_text(line: &LogLine) -> String {
    let text = escape::block(&line.text);
    match line.level {
        LogLevel::Info | LogLevel::Debug => text.into_owned(),
        level => format!("{}: {text}", level.as_str()),
    }
}

/// How many lines from the beginning and from the end fit beside `before`; half of the room each, whole lines only.
fn kept(lines: &[String], before: &str, tokens_max: usize) -> (usize, usize) {
    // A token is at least one byte, so short text needs no counting.
    if before.len() + lines.iter().map(|line| line.len() + 1).sum::<usize>() <= tokens_max {
        return (lines.len(), 0);
    }
    let tokens_max = tokens_max.saturating_sub(tokens::count(before)).max(LOG_TOKENS_MIN);
    let costs: Vec<usize> = lines.iter().map(|line| tokens::count(line) + 1).collect();
    if costs.iter().sum::<usize>() <= tokens_max {
        return (lines.len(), 0);
    }
    let fitting = |costs: &mut dyn Iterator<Item = &usize>| {
        let mut left = tokens_max / 2;
        costs.take_while(|cost| left.checked_sub(**cost).inspect(|rest| left = *rest).is_some()).count()
    };
    let head = fitting(&mut costs.iter());
    let tail = fitting(&mut costs[head..].iter().rev());
    (head, tail)
}
