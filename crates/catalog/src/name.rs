//! The naming law: raw names to identifiers, injective within a level and independent of listing order.
//!
//! A raw name that is a safe identifier keeps itself. Any other is spelled with what an identifier allows; when that
//! is taken, or says too little, a hash of the raw name follows. An identifier is never another tool's raw name.

mod lookalike;
mod reserved;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

pub(crate) use lookalike::lookalikes;
pub(crate) use reserved::is_type_reserved;

const IDENTIFIER_CHARS_MAX: usize = 64;
/// A name longer than this is cut here and gets a hash.
const STEM_CHARS_MAX: usize = 48;

/// Identifiers of upstreams: what stands before the dot, beside weir's own globals.
pub(crate) fn namespaces(raw: &[&str]) -> Vec<String> {
    identifiers(raw, "server", reserved::is_namespace_reserved)
}

/// Identifiers of one upstream's tools: what stands after the dot.
pub(crate) fn members(raw: &[&str]) -> Vec<String> {
    identifiers(raw, "tool", reserved::is_member_reserved)
}

/// Whether a text can stand as an identifier in every language, apart from reserved words.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn identifiers(raw: &[&str], fallback: &str, is_reserved: fn(&str) -> bool) -> Vec<String> {
    let is_safe = |name: &str| {
        is_identifier(name) && name.len() <= IDENTIFIER_CHARS_MAX && !name.starts_with("__") && !is_reserved(name)
    };
    let mut given: HashMap<&str, String> = HashMap::new();
    let mut taken: HashSet<String> = raw.iter().map(|&name| name.to_owned()).collect();
    let (safe, mut open): (Vec<&str>, Vec<&str>) = raw.iter().partition(|name| is_safe(name));
    given.extend(safe.into_iter().map(|name| (name, name.to_owned())));
    open.sort_unstable();
    open.dedup();
    // Each round offers every open name one spelling; who alone wants it, and finds it free, keeps it. Rounds depend
    // on the set of names only, so order does not matter. A raw name blocks at most one spelling: the rounds end.
    for round in 0.. {
        let offers: Vec<(&str, Option<String>)> =
            open.iter().map(|&name| (name, spelling(name, fallback, round, &is_safe))).collect();
        let mut wanted: HashMap<&str, usize> = HashMap::new();
        for offer in offers.iter().filter_map(|(_, offer)| offer.as_deref()) {
            *wanted.entry(offer).or_default() += 1;
        }
        let won: Vec<(&str, String)> = offers
            .iter()
            .filter_map(|(name, offer)| Some((*name, offer.clone()?)))
            .filter(|(_, offer)| wanted[offer.as_str()] == 1 && !taken.contains(offer))
            .collect();
        for (name, offer) in won {
            taken.insert(offer.clone());
            given.insert(name, offer);
        }
        open.retain(|name| !given.contains_key(name));
        if open.is_empty() {
            break;
        }
    }
    raw.iter().map(|name| given[name].clone()).collect()
}

/// The spelling offered in one round; `None` when the readable one of round 0 would say too little.
fn spelling(raw: &str, fallback: &str, round: u32, is_safe: &dyn Fn(&str) -> bool) -> Option<String> {
    let stem = stem(raw);
    if round == 0 {
        if stem.is_empty() || raw.chars().count() > IDENTIFIER_CHARS_MAX {
            return None;
        }
        return [stem.clone(), format!("{stem}_"), format!("_{stem}")].into_iter().find(|text| is_safe(text));
    }
    let cut: String = stem.chars().take(STEM_CHARS_MAX).collect();
    let cut = if cut.is_empty() { fallback } else { &cut };
    let cut = if cut.starts_with(|c: char| c.is_ascii_digit()) { format!("_{cut}") } else { cut.to_owned() };
    Some(format!("{}_{}", cut.trim_end_matches('_'), hash(raw, round)))
}

/// The letters, digits and underscores of a raw name; every run of anything else is one underscore.
fn stem(raw: &str) -> String {
    let mut stem = String::new();
    for c in raw.chars().take(4 * IDENTIFIER_CHARS_MAX) {
        if c.is_ascii_alphanumeric() {
            stem.push(c);
        } else if !stem.ends_with('_') || c == '_' {
            stem.push('_');
        }
    }
    stem.trim_matches('_').to_owned()
}

/// Six characters of base 32; a later round hashes something else, so that nobody can prepare a collision for all.
fn hash(raw: &str, round: u32) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut hash = Sha256::new();
    hash.update(round.to_le_bytes());
    hash.update(raw);
    hash.finalize().iter().take(6).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}
