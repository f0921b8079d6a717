//! Which of an upstream's tools exist for weir at all. Decided on the upstream's own names, before anything else sees them.

use std::fmt;

/// A pattern over a whole tool name: `*` is any run of characters, `?` any one; everything else is itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (self.0.chars().collect(), name.chars().collect());
        let (mut p, mut n) = (0, 0);
        // The last `*` seen, and the place in the name it is tried from: backtracking never goes behind it,
        // so the time is at most pattern × name.
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some('?') => (p, n) = (p + 1, n + 1),
                Some(&c) if c == name[n] => (p, n) = (p + 1, n + 1),
                _ => match star {
                    Some((at, from)) => {
                        star = Some((at, from + 1));
                        (p, n) = (at + 1, from + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|&c| c == '*')
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Kept: what some `include` matches (everything, when there is none) and no `exclude` does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolFilter {
    pub include: Vec<Glob>,
    pub exclude: Vec<Glob>,
}

impl ToolFilter {
    pub fn admits(&self, name: &str) -> bool {
        (self.include.is_empty() || self.include.iter().any(|g| g.matches(name)))
            && !self.exclude.iter().any(|g| g.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("*", "anything", true),
            ("list_*", "list_issues", true),
            ("list_*", "my_list_issues", false),
            ("*_issues", "list_issues", true),
            ("*s*e*", "list_issues", true),
            ("get_?", "get_x", true),
            ("get_?", "get_", false),
            ("get_", "get_x", false),
            ("Get", "get", false),
            ("größe?", "größe1", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), expected, "{pattern:?} against {name:?}");
        }
    }

    #[test]
    fn a_hostile_pattern_costs_at_most_its_product() {
        assert!(!Glob::new("*a".repeat(40) + "b").matches(&"a".repeat(4_000)));
    }

    #[test]
    fn exclude_wins_over_include() {
        let globs = |texts: &[&str]| texts.iter().map(|&t| Glob::new(t)).collect();
        let filter = ToolFilter { include: globs(&["list_*", "get_*"]), exclude: globs(&["get_secret"]) };
        let admitted = ["list_a", "get_b", "get_secret", "delete"].map(|n| filter.admits(n));
        assert_eq!(admitted, [true, true, false, false]);
        assert!(ToolFilter::default().admits("anything"));
    }
}
