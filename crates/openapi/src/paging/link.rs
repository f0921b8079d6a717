//! `Link` headers (RFC 8288): where the answer says the next page is.

/// All `Link` headers together; what is beyond is not looked at.
const BYTES_MAX: usize = 64 * 1024;

#[derive(Default, Debug, PartialEq, Eq)]
pub(super) struct Links {
    /// Targets of `rel=next`, as written.
    pub(super) next: Vec<String>,
    /// Whether the header speaks of pages at all.
    pub(super) any: bool,
}

pub(super) fn links(headers: &[(String, String)]) -> Links {
    let mut links = Links::default();
    let mut left = BYTES_MAX;
    for (_, value) in headers.iter().filter(|(name, _)| name == "link") {
        let Some(rest) = left.checked_sub(value.len()) else { break };
        left = rest;
        read(value, &mut links);
    }
    links
}

/// `<target>; name=value; name="value", <target>; …`; from the first mistake on nothing more is read.
fn read(header: &str, links: &mut Links) {
    let mut rest = header.trim_start_matches([' ', '\t', ',']);
    while let Some((target, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        rest = after;
        let (mut rel, mut anchored) = (None, false);
        while let Some((name, value, after)) = parameter(rest) {
            rest = after;
            match name.to_ascii_lowercase().as_str() {
                // Of several `rel`s the first counts.
                "rel" if rel.is_none() => rel = Some(value),
                // A link of something else than what was asked for.
                "anchor" => anchored = true,
                _ => {}
            }
        }
        let rels = rel.unwrap_or_default().to_ascii_lowercase();
        if !anchored {
            let mut rels = rels.split_ascii_whitespace();
            let paging = |rel: &str| matches!(rel, "next" | "prev" | "previous" | "first" | "last");
            links.any |= rels.clone().any(paging);
            if rels.any(|rel| rel == "next") {
                links.next.push(target.trim().to_owned());
            }
        }
        let Some(next) = rest.trim_start().strip_prefix(',') else { return };
        rest = next.trim_start_matches([' ', '\t', ',']);
    }
}

/// The next `; name=value`, and what stands behind it.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start().strip_prefix(';')?.trim_start();
    let end = text.find(['=', ';', ',']).unwrap_or(text.len());
    let (name, rest) = (text[..end].trim(), &text[end..]);
    let Some(rest) = rest.strip_prefix('=') else { return Some((name, String::new(), rest)) };
    let rest = rest.trim_start();
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([';', ',']).unwrap_or(rest.len());
        return Some((name, rest[..end].trim().to_owned(), &rest[end..]));
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((name, value, &quoted[at + 1..])),
            c => value.push(c),
        }
    }
    Some((name, value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_rfc_8288_writes_them() {
        for (header, expected) in [
            (r#"<https://a/?page=2>; rel="next", <https://a/?page=9>; rel="last""#, "https://a/?page=2"),
            (r#"<https://a/?page=1>; rel="prev first""#, ""),
            ("</b?x=1,2;3>;rel=next", "/b?x=1,2;3"),
            (r#"<a>; title="x, <b>; rel=\"next\""; rel="Next Last", <c>; rel=next"#, "a c"),
            (r#"<a>; rel=prev; rel=next"#, ""),
            (r##"<a>; anchor="#x"; rel=next"##, ""),
            (", ,<a>;rel=next,", "a"),
            ("<a>; rel = \"next\" ; x", "a"),
            ("<a>; x; rel=next", "a"),
            ("nonsense, <a>; rel=next", ""),
            ("<a; rel=next", ""),
            ("<a>; rel=\"next", "a"),
            ("<>; rel=next", ""),
        ] {
            let found = links(&[("link".to_owned(), header.to_owned())]);
            assert_eq!(found.next.join(" "), expected, "{header}");
        }
    }
}
