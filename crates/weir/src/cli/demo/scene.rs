//! How the demo looks: about one screen, readable with colour and without.

use weir_model::Effect;

use super::{bill::Bill, watch::Call};
use crate::{
    answer::escape,
    cli::screen::{BAD, BOLD, DIM, GOOD, NAME, NOTE, cut, grouped, styled},
};

const WIDTH: usize = 100;

pub(super) fn heading(title: &str, aside: &str) -> String {
    format!("\n{}  {}\n", styled(BOLD, title), styled(DIM, aside))
}

/// Text of one line, however long, over several.
pub(super) fn wrapped(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let room = rest.char_indices().nth(WIDTH - 4).map_or(rest.len(), |(at, _)| at);
        let end = match rest[..room].rfind([' ', ',']) {
            Some(at) if room < rest.len() => at + 1,
            _ => room,
        };
        shown.push_str(&format!("  {}\n", rest[..end].trim_end()));
        rest = &rest[end..];
    }
    shown
}

/// Lines of somebody else's text: cut to the width, never wrapped.
pub(super) fn block(text: &str) -> String {
    text.lines().map(|line| format!("  {}\n", cut(line, WIDTH - 2))).collect()
}

/// The program, with its line numbers.
pub(super) fn program(source: &str) -> String {
    let numbered = (1..).zip(source.lines());
    numbered.map(|(at, line)| format!("  {} {}\n", styled(DIM, &format!("{at:>2}")), line)).collect()
}

pub(super) fn call(call: &Call, tokens: usize) -> String {
    let style = match call.effect {
        Effect::Read => GOOD,
        Effect::Write => NOTE,
        Effect::Destructive => BAD,
    };
    let (mark, size) = match &call.outcome {
        Ok(_) => (styled(GOOD, "✓"), format!("{:>6} tokens", grouped(tokens))),
        Err(error) => (styled(BAD, "✗"), escape::line(error, 60)),
    };
    let name = escape::line(&call.written, 40);
    let pad = " ".repeat(26usize.saturating_sub(name.chars().count()));
    let arguments = cut(&escape::line(&call.arguments, 200), 34);
    format!(
        "  {mark} line {:>2}  {}{pad} {}{}  {arguments:<34}  {:>5.1} ms  {size}\n",
        call.line,
        styled(NAME, &name),
        styled(style, call.effect.as_str()),
        " ".repeat(5usize.saturating_sub(call.effect.as_str().len())),
        call.took.as_secs_f64() * 1e3,
    )
}

pub(super) fn bill(bill: &Bill) -> String {
    let tools = format!("{} tools · 3 tools", bill.tools);
    let calls = format!("{} calls · 1 program", bill.calls);
    let rows = [
        ("definitions", bill.direct_definitions, bill.weir_definitions, tools.as_str()),
        ("searching", 0, bill.weir_search, "– · the search and its answer"),
        ("calling", bill.direct_calls, bill.weir_program, calls.as_str()),
        ("results", bill.direct_results, bill.weir_answer, "all that came back · the answer"),
    ];
    let mut text = format!("\n  {:<13}{:>12}{:>10}\n", "tokens", "direct", "weir");
    for (label, direct, weir, aside) in rows {
        let direct = if direct == 0 { "–".to_owned() } else { grouped(direct) };
        text.push_str(&format!("  {label:<13}{direct:>12}{:>10}   {}\n", grouped(weir), styled(DIM, aside)));
    }
    let total = format!("  {:<13}{:>12}{:>10}", "together", grouped(bill.direct()), grouped(bill.weir()));
    let saved = format!("{:.0} % less", bill.saved_percent().floor());
    text.push_str(&format!("{}   {}\n", styled(BOLD, &total), styled(GOOD, &saved)));
    text
}
