//! The part of a request after `?`: known names, each once. Ids, numbers and lists of words need no escape but the comma's.

use super::refusal::Refusal;

/// Longer than any that makes sense.
const QUERY_BYTES_MAX: usize = 1_024;

pub(super) struct Query<'a>(Vec<(&'a str, String)>);

impl<'a> Query<'a> {
    pub(super) fn parse(text: Option<&'a str>, known: &[&str]) -> Result<Self, Refusal> {
        let text = text.unwrap_or_default();
        if text.len() > QUERY_BYTES_MAX {
            return Err(Refusal::invalid("the query is too long"));
        }
        let mut pairs: Vec<(&str, String)> = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if !known.contains(&name) {
                return Err(Refusal::invalid(format!("this path knows only the parameters {}", known.join(", "))));
            }
            if pairs.iter().any(|(seen, _)| *seen == name) {
                return Err(Refusal::invalid(format!("the parameter {name} is there twice")));
            }
            pairs.push((name, value.replace("%2C", ",").replace("%2c", ",")));
        }
        Ok(Self(pairs))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str, default: u64, max: u64) -> Result<u64, Refusal> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| *number <= max);
        number.ok_or_else(|| Refusal::invalid(format!("{name} is a number of at most {max}")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_understood() {
        let known = ["limit", "before"];
        for (text, limit) in [
            ("", Some(20)),
            ("limit=7", Some(7)),
            ("before=x&limit=7", Some(7)),
            ("limit=a", None),
            ("limit=101", None),
        ] {
            let query = Query::parse(Some(text), &known).ok();
            assert_eq!(query.and_then(|query| query.number("limit", 20, 100).ok()), limit, "{text}");
        }
        for text in ["offset=1", "limit=1&limit=2", &"&".repeat(2_000)] {
            assert!(Query::parse(Some(text), &known).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,200}") {
            let query = Query::parse(Some(&text), &["a"]);
            let _ = query.map(|query| query.number("a", 1, 2).is_ok());
        }
    }
}
