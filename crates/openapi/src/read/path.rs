//! Path templates: segments between slashes, each of text and placeholders.

/// A template before its placeholders are known to be parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// As written, without a `?query` and a `#fragment`.
    pub(super) text: String,
    pub(super) segments: Vec<Vec<Part>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// What stands between the braces.
    Placeholder(String),
}

/// `Err` is a sentence.
pub(super) fn template(written: &str) -> Result<Template, String> {
    let (text, query) = halves(written);
    if query.is_some_and(|query| query.contains(['{', '%', '+']) || query.chars().any(char::is_control)) {
        return Err("its path has a query in it that is more than constant words".to_owned());
    }
    let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    if text.chars().any(|character| character.is_control() || character == '\\') {
        return Err("its path has a control character or a backslash in it".to_owned());
    }
    let mut segments = vec![Vec::new()];
    let mut rest = text.strip_prefix('/').unwrap_or(&text);
    while let Some(at) = rest.find(['/', '{', '}']) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let segment = segments.last_mut().expect("there is always a segment");
        if !before.is_empty() {
            segment.push(Part::Text(before.to_owned()));
        }
        match rest.as_bytes()[at] {
            b'/' => {
                segments.push(Vec::new());
                rest = after;
            }
            b'{' => {
                let Some((name, after)) = after.split_once('}').filter(|(name, _)| !name.contains('{')) else {
                    return Err("its path has a brace without its partner".to_owned());
                };
                if name.is_empty() {
                    return Err("its path has braces with nothing in between".to_owned());
                }
                segment.push(Part::Placeholder(name.to_owned()));
                rest = after;
            }
            _ => return Err("its path has a brace without its partner".to_owned()),
        }
    }
    if !rest.is_empty() {
        segments.last_mut().expect("there is always a segment").push(Part::Text(rest.to_owned()));
    }
    let is_dots = |segment: &Vec<Part>| matches!(segment.as_slice(), [Part::Text(text)] if is_dots(text));
    if segments.iter().any(is_dots) {
        return Err("its path has `.` or `..` in it".to_owned());
    }
    Ok(Template { text, segments })
}

/// What stands before and after the first `?` that is no part of a placeholder; a `#fragment` only tells keys apart.
fn halves(written: &str) -> (&str, Option<&str>) {
    let written = written.split('#').next().unwrap_or_default();
    let mut is_inside = false;
    let at = written.find(|character| {
        is_inside = character == '{' || (is_inside && character != '}');
        character == '?' && !is_inside
    });
    at.map_or((written, None), |at| (&written[..at], Some(&written[at + 1..])))
}

/// Names and values that a path key's own query fixes: `/responses?beta=true`.
pub(super) fn fixed_query(written: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = halves(written).1.into_iter().flat_map(|query| query.split('&'));
    pairs.filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn is_dots(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

impl Template {
    pub(super) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().flatten().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

/// A placeholder's name without what some frameworks add to it: `{id:[0-9]+}`, `{path+}`, `{+path}`, `{id?}`.
pub(super) fn bare(placeholder: &str) -> &str {
    placeholder.split(':').next().unwrap_or_default().trim_matches(['+', '*', '?', ' '])
}

#[cfg(test)]
mod tests {
    use super::{Part, template};

    #[test]
    fn a_path_is_segments_of_text_and_placeholders() {
        let shown = |written: &str| match template(written) {
            Ok(template) => template
                .segments
                .iter()
                .map(|segment| {
                    let part = |part: &Part| match part {
                        Part::Text(text) => text.clone(),
                        Part::Placeholder(name) => format!("<{name}>"),
                    };
                    segment.iter().map(part).collect::<Vec<_>>().join("+")
                })
                .collect::<Vec<_>>()
                .join(" / "),
            Err(reason) => reason,
        };
        for (written, expected) in [
            ("/a/{b}/c", "a / <b> / c"),
            ("/compare/{base}...{head}", "compare / <base>+...+<head>"),
            ("/", ""),
            ("/a/", "a / "),
            ("pets", "pets"),
            ("/files/{id}#with_fields", "files / <id>"),
            ("/x/{a:[^/]+}/y", "x / <a:[^/]+> / y"),
            ("/a/../b", "its path has `.` or `..` in it"),
            ("/a/%2e%2E/b", "its path has `.` or `..` in it"),
            ("/a/{b", "its path has a brace without its partner"),
            ("/a/b}", "its path has a brace without its partner"),
            ("/a/{}", "its path has braces with nothing in between"),
            ("/a?b=c", "a"),
            ("/{a?}/b?c=d", "<a?> / b"),
            ("/a?b={c}", "its path has a query in it that is more than constant words"),
            ("/a\r\n", "its path has a control character or a backslash in it"),
        ] {
            assert_eq!(shown(written), expected, "{written}");
        }
    }
}
