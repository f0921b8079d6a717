//! Upstreams whose names a reader could take for one another: `github` and `githuh`, `slack` and `sIack`.
//! A warning for the operator; never a reason to pick one for the other.

use strsim::osa_distance;

/// Two upstreams with near-equal names.
pub(crate) struct Lookalike {
    one: String,
    other: String,
}

impl Lookalike {
    /// The warning for one of the two; `None` for anyone else.
    pub(crate) fn told_to(&self, name: &str) -> Option<String> {
        let other = match name {
            _ if name == self.one => &self.other,
            _ if name == self.other => &self.one,
            _ => return None,
        };
        Some(format!(
            "Its name is easily taken for that of the upstream {}; if one of them is not what you meant to connect, remove it.",
            crate::plain::quoted(other)
        ))
    }
}

/// Upstreams that are compared with each other: nobody reads through more.
const COMPARED_MAX: usize = 300;

/// Every pair of near-equal names.
pub(crate) fn lookalikes(names: &[&str]) -> Vec<Lookalike> {
    let names: Vec<Read> = names.iter().take(COMPARED_MAX).map(|name| Read::new(name)).collect();
    let mut pairs = Vec::new();
    for (i, one) in names.iter().enumerate() {
        for other in &names[i + 1..] {
            if one.is_near(other) {
                pairs.push(Lookalike { one: one.name.to_owned(), other: other.name.to_owned() });
            }
        }
    }
    pairs
}

/// A name as a hasty reader sees it.
struct Read<'a> {
    name: &'a str,
    without_digits: String,
    folded: String,
    chars: usize,
}

impl<'a> Read<'a> {
    fn new(name: &'a str) -> Self {
        let folded = fold(name);
        let without_digits = name.chars().filter(|c| !c.is_ascii_digit()).collect();
        Self { name, without_digits, chars: folded.chars().count(), folded }
    }

    fn is_near(&self, other: &Self) -> bool {
        // `work-1` and `work-2` differ on purpose: a number is how people tell instances apart.
        if self.without_digits == other.without_digits {
            return false;
        }
        let shorter = self.chars.min(other.chars);
        let distance_max = usize::from(shorter >= 10) + 1;
        self.folded == other.folded
            || shorter >= 5
                && self.chars.abs_diff(other.chars) <= distance_max
                && osa_distance(&self.folded, &other.folded) <= distance_max
    }
}

/// What is left when case, separators and letters of one look are made equal.
fn fold(name: &str) -> String {
    let mut folded = String::new();
    for c in name.chars().take(64).flat_map(char::to_lowercase) {
        match c {
            '-' | '_' | '.' | ' ' => {}
            '0' | 'о' | 'ο' => folded.push('o'),
            '1' | 'l' | '|' | 'і' | 'ı' => folded.push('i'),
            'а' | 'ɑ' => folded.push('a'),
            'е' => folded.push('e'),
            'с' => folded.push('c'),
            'р' => folded.push('p'),
            'ѕ' => folded.push('s'),
            'х' => folded.push('x'),
            'у' => folded.push('y'),
            'ս' => folded.push('u'),
            c if c.is_ascii() => folded.push(c),
            _ => folded.push('?'),
        }
    }
    folded
}
