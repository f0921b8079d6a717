//! Stored values by the page.

use base64::{Engine, engine::general_purpose::STANDARD};
use weir_bridge::port::StoredKind;
use weir_model::{HandleId, PrincipalId};
use weir_store::{HandlePage, Store, StoreUnavailable};

#[derive(Debug)]
pub struct Page {
    pub kind: StoredKind,
    pub offset: u64,
    /// Of the whole value.
    pub total: u64,
    pub bytes: Vec<u8>,
}

impl Page {
    /// A part of a value that is there whole. Beyond its end there is nothing.
    pub fn of(kind: StoredKind, value: &[u8], offset: u64, bytes: u64) -> Self {
        let total = value.len() as u64;
        let from = offset.min(total);
        let to = from.saturating_add(bytes).min(total);
        // Both are at most the length of a slice.
        Self { kind, offset: from, total, bytes: value[from as usize..to as usize].to_vec() }
    }

    /// As the upstream called it; nothing that a browser may believe.
    pub fn mime(&self) -> &str {
        match &self.kind {
            StoredKind::Json => "application/json",
            StoredKind::Binary(mime) => mime,
        }
    }

    /// Whether it is less than the rest of the value.
    pub fn is_cut(&self) -> bool {
        self.offset + (self.bytes.len() as u64) < self.total
    }
}

/// `None`: there is no such value, or it is another principal's.
pub async fn of_handle(
    store: &Store,
    principal: &PrincipalId,
    handle: &HandleId,
    offset: u64,
    bytes: u64,
) -> Result<Option<Page>, StoreUnavailable> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let page = store.handle_page(principal, handle, offset, bytes).await?;
    Ok(page.map(|HandlePage { kind, length, offset, bytes }| Page {
        kind,
        offset: offset.min(length),
        total: length,
        bytes,
    }))
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_where_the_value_does() {
        for (offset, bytes, expected, cut) in [
            (0, u64::MAX, "abcdef", false),
            (2, 3, "cde", true),
            (4, 9, "ef", false),
            (6, 1, "", false),
            (u64::MAX, u64::MAX, "", false),
        ] {
            let page = Page::of(StoredKind::Json, b"abcdef", offset, bytes);
            assert_eq!((page.bytes.as_slice(), page.is_cut()), (expected.as_bytes(), cut), "{offset} {bytes}");
        }
    }
}
