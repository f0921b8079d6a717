//! Files of `NAME=value` lines: comments, `export`, single and double quotes. Values are credentials from the start.

use std::path::Path;

use weir_model::Secret;

use super::{problem::Problem, reference::is_variable_name, source::Source};

pub(super) fn read(path: &Path, label: &str) -> Result<Vec<(String, Secret)>, Vec<Problem>> {
    let source = Source::read(path, label).map_err(|problem| vec![problem])?;
    parse(&source.text, label)
}

/// Errors name the line, and never show it.
fn parse(text: &str, label: &str) -> Result<Vec<(String, Secret)>, Vec<Problem>> {
    let mut variables = Vec::new();
    let mut problems = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        match line.split_once('=') {
            Some((name, value)) if is_variable_name(name.trim()) => {
                variables.push((name.trim().to_owned(), Secret::new(unquoted(value.trim()))));
            }
            _ => problems.push(
                Problem::new(format!("{label}:{}: this line is no NAME=value", at + 1))
                    .hint("write one NAME=value a line; comments begin with #"),
            ),
        }
    }
    if problems.is_empty() { Ok(variables) } else { Err(problems) }
}

fn unquoted(value: &str) -> String {
    let inside = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    if let Some(literal) = inside('\'') {
        return literal.to_owned();
    }
    if let Some(escaped) = inside('"') {
        let mut plain = String::with_capacity(escaped.len());
        let mut chars = escaped.chars();
        while let Some(c) = chars.next() {
            match (c, (c == '\\').then(|| chars.next()).flatten()) {
                (_, Some('n')) => plain.push('\n'),
                (_, Some('t')) => plain.push('\t'),
                (_, Some(other)) => plain.push(other),
                (c, None) => plain.push(c),
            }
        }
        return plain;
    }
    value.split(" #").next().unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_shells_would() {
        let text = "# c\n\nexport A=1\nB = two words # note\nC='$x #'\nD=\"a\\nb\\\"\"\nE=\nF=a#b\n";
        let read = parse(text, ".env").unwrap();
        let shown: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(shown, [("A", "1"), ("B", "two words"), ("C", "$x #"), ("D", "a\nb\""), ("E", ""), ("F", "a#b")]);
    }

    #[test]
    fn a_bad_line_is_named_and_not_shown() {
        let problems = parse("OK=1\nsk-live-123456\n", ".env").unwrap_err();
        assert_eq!(problems[0].message, ".env:2: this line is no NAME=value");
    }
}
