//! A value as a line of text for a log or a message: as the language writes it, bounded in depth and length whatever it holds.

use starlark::values::{Heap, Value, dict::DictRef, list::ListRef, structs::StructRef, tuple::TupleRef};

/// Bytes of one line, as in every engine.
pub(super) const LINE_MAX: usize = 16 * 1024;
const DEPTH_MAX: usize = 32;

/// Values side by side; texts as they are.
pub(super) fn line<'v>(values: impl Iterator<Item = Value<'v>>, separator: &str, heap: Heap<'v>) -> String {
    let mut shown = Shown { out: String::new(), heap };
    for (index, value) in values.enumerate() {
        if index > 0 {
            shown.out.push_str(separator);
        }
        match value.unpack_str() {
            Some(text) => shown.out.push_str(&text[..text.floor_char_boundary(LINE_MAX + 4)]),
            None => shown.value(value, 0),
        }
        if shown.is_full() {
            break;
        }
    }
    let mut out = shown.out;
    if out.len() > LINE_MAX {
        out.truncate(out.floor_char_boundary(LINE_MAX));
        out.push_str("… (line cut at 16 KiB)");
    }
    out
}

struct Shown<'v> {
    out: String,
    heap: Heap<'v>,
}

impl<'v> Shown<'v> {
    fn is_full(&self) -> bool {
        self.out.len() > LINE_MAX
    }

    fn value(&mut self, value: Value<'v>, depth: usize) {
        if let Some(text) = value.unpack_str() {
            let cut = &text[..text.floor_char_boundary(LINE_MAX)];
            self.out.push_str(&self.heap.alloc(cut).to_repr());
        } else if depth >= DEPTH_MAX {
            self.out.push('…');
        } else if let Some(list) = ListRef::from_value(value) {
            self.items(["[", "]"], list.iter(), depth);
        } else if let Some(tuple) = TupleRef::from_value(value) {
            self.items(if tuple.len() == 1 { ["(", ",)"] } else { ["(", ")"] }, tuple.iter(), depth);
        } else if let Some(dict) = DictRef::from_value(value) {
            self.entries(["{", "}"], dict.iter().map(|(key, value)| (Err(key), value)), ": ", depth);
        } else if let Some(fields) = StructRef::from_value(value) {
            self.entries(["struct(", ")"], fields.iter().map(|(name, value)| (Ok(name.as_str()), value)), "=", depth);
        } else if value.get_type() == "set" {
            let items: Vec<Value<'v>> =
                value.iterate(self.heap).map(|items| items.take(LINE_MAX).collect()).unwrap_or_default();
            self.items(["set([", "])"], items.into_iter(), depth);
        } else {
            match super::numbers::write(value) {
                Some(digits) => self.out.push_str(&digits),
                None if super::numbers::is_int(value) => self.out.push_str("<an integer of more than 4300 digits>"),
                None => self.out.push_str(&value.to_repr()),
            }
        }
    }

    fn items(&mut self, [open, close]: [&str; 2], items: impl Iterator<Item = Value<'v>>, depth: usize) {
        self.out.push_str(open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(item, depth + 1);
            if self.is_full() {
                return;
            }
        }
        self.out.push_str(close);
    }

    /// Names stand for themselves, keys are values.
    fn entries<'n>(
        &mut self,
        [open, close]: [&str; 2],
        entries: impl Iterator<Item = (Result<&'n str, Value<'v>>, Value<'v>)>,
        between: &str,
        depth: usize,
    ) {
        self.out.push_str(open);
        for (index, (key, value)) in entries.enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            match key {
                Ok(name) => self.out.push_str(name),
                Err(key) => self.value(key, depth + 1),
            }
            self.out.push_str(between);
            self.value(value, depth + 1);
            if self.is_full() {
                return;
            }
        }
        self.out.push_str(close);
    }
}
