//! How deeply a JSON text is nested, without parsing it.

use memchr::memchr2;

/// Whether brackets outside strings are nested deeper than `depth_max`. The text may be anything.
pub fn too_deep(text: &str, depth_max: usize) -> bool {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = after_string(bytes, at),
            b'[' | b'{' => {
                depth += 1;
                if depth > depth_max {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn after_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn only_brackets_outside_strings_count() {
        let max = limits::JSON_DEPTH_MAX;
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        for (json, expected) in [
            (nested(max), false),
            (nested(max + 1), true),
            (nested(100_000), true),
            (format!("\"{}\"", "[".repeat(1_000)), false),
            (format!(r#"["\"{}"]"#, "[".repeat(1_000)), false),
            (format!(r#"["\\",{}]"#, nested(max)), true),
            (format!("[{}]", vec!["[]"; 1_000].join(",")), false),
        ] {
            assert_eq!(too_deep(&json, limits::JSON_DEPTH_MAX), expected, "{}", &json[..json.len().min(40)]);
        }
    }
}
