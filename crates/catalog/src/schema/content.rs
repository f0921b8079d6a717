//! Tells whether two definitions say the same, in whatever documents they stand: by their text and that of everything
//! they refer to. A definition that an upstream's tools share says the same in all of them.

use serde_json::Value;

use super::document::{Root, Target};

/// Text of definitions that is compared, all of one document together.
pub(super) const CONTENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The text of a definition with everything it refers to: equal texts mean equal types. `None` when that is too much.
pub(super) fn text(target: &Value, root: Root<'_>, bytes_left: &mut usize) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut text = Vec::new();
    let mut open = vec![target];
    serde_json::to_writer(Bounded { text: &mut text, left: bytes_left }, target).ok()?;
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                open.extend(fields.values());
                let Some(reference) = fields.get("$ref").and_then(Value::as_str) else { continue };
                if seen.contains(&reference) {
                    continue;
                }
                let Some(next) = root.resolve(reference) else { continue };
                seen.push(reference);
                text.extend_from_slice(reference.as_bytes());
                let Target::Own(next) = next else {
                    text.extend_from_slice(b" (shared)");
                    continue;
                };
                serde_json::to_writer(Bounded { text: &mut text, left: bytes_left }, next).ok()?;
                open.push(next);
            }
            _ => {}
        }
    }
    String::from_utf8(text).ok()
}

struct Bounded<'a> {
    text: &'a mut Vec<u8>,
    left: &'a mut usize,
}

impl std::io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        *self.left = self.left.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::WriteZero)?;
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
