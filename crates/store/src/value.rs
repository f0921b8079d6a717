//! Large values out of line: named by their hash, so that equal ones are kept once, and compressed where that helps.
//!
//! Small ones stay in the row they belong to. What comes back is checked against its hash.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use weir_model::limits::HANDLE_BYTES_MAX;

use crate::{
    Problem,
    connection::{Connection, Param, Row},
    trouble::Trouble,
};

/// Longer values lie out of line.
const INLINE_BYTES_MAX: usize = 4 * 1024;
/// Longer ones are packed on a thread of their own.
const ASIDE_BYTES_MIN: usize = 256 * 1024;
/// Nothing longer is ever stored; a length beyond it is damage.
const VALUE_BYTES_MAX: u64 = HANDLE_BYTES_MAX;

/// Bytes ready to be stored.
#[derive(Debug, Clone)]
pub(crate) enum Packed {
    Inline(Arc<[u8]>),
    Out(Arc<OutOfLine>),
}

#[derive(Debug)]
pub(crate) struct OutOfLine {
    hash: [u8; 32],
    length: usize,
    compressed: bool,
    data: Arc<[u8]>,
}

impl Packed {
    pub(crate) fn new(bytes: Arc<[u8]>) -> Self {
        if bytes.len() <= INLINE_BYTES_MAX {
            return Self::Inline(bytes);
        }
        let hash = Sha256::digest(&bytes).into();
        let length = bytes.len();
        let shorter = lz4_flex::block::compress(&bytes);
        let compressed = shorter.len() < length / 8 * 7;
        let data = if compressed { shorter.into() } else { bytes };
        Self::Out(Arc::new(OutOfLine { hash, length, compressed, data }))
    }

    /// The same, where it holds up nobody: hashing and compressing megabytes takes a while.
    pub(crate) async fn aside(bytes: Arc<[u8]>) -> Result<Self, Problem> {
        if bytes.len() < ASIDE_BYTES_MIN {
            return Ok(Self::new(bytes));
        }
        let packed = tokio::task::spawn_blocking(move || Self::new(bytes)).await;
        packed.map_err(|_| Problem::Unusable("weir is ending".to_owned()))
    }

    /// For the column that holds it when it is small.
    pub(crate) fn inline(&self) -> Param<'_> {
        match self {
            Self::Inline(bytes) => Param::Bytes(bytes),
            Self::Out(_) => Param::Null,
        }
    }

    /// For the column that names it when it is large.
    pub(crate) fn hash(&self) -> Param<'_> {
        match self {
            Self::Inline(_) => Param::Null,
            Self::Out(out) => Param::Bytes(&out.hash),
        }
    }

    /// What holding it costs.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Inline(bytes) => bytes.len(),
            Self::Out(out) => out.data.len(),
        }
    }

    /// Writes what lies out of line, unless it is there already.
    pub(crate) async fn keep(&self, connection: &mut Connection) -> Result<(), Trouble> {
        let Self::Out(out) = self else { return Ok(()) };
        let there = connection.query("SELECT 1 FROM content WHERE hash = ?1", &[Param::Bytes(&out.hash)]).await?;
        if !there.is_empty() {
            return Ok(());
        }
        connection
            .execute(
                "INSERT INTO content (hash, length, compressed, stored, data) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (hash) DO NOTHING",
                &[
                    Param::Bytes(&out.hash),
                    Param::size(out.length),
                    Param::Int(i64::from(out.compressed)),
                    Param::size(out.data.len()),
                    Param::Bytes(&out.data),
                ],
            )
            .await?;
        Ok(())
    }
}

/// The inverse: five columns from `at` on: the inline value, the hash, and `compressed, length, data` of the joined content.
/// `None`: there is no value.
pub(crate) fn unpack(row: &mut Row, at: usize) -> Result<Option<Vec<u8>>, Trouble> {
    if let Some(inline) = row.maybe_bytes(at)? {
        return Ok(Some(inline));
    }
    let Some(hash) = row.maybe_bytes(at + 1)? else { return Ok(None) };
    let Some(data) = row.maybe_bytes(at + 4)? else {
        return Err(Trouble::damaged("a value that a row names is not there"));
    };
    let plain = if row.int(at + 2)? == 0 { data } else { inflate(&data, row.int(at + 3)?)? };
    if Sha256::digest(&plain).as_slice() != hash {
        return Err(Trouble::damaged("a value does not have the hash it is named by"));
    }
    Ok(Some(plain))
}

fn inflate(data: &[u8], length: i64) -> Result<Vec<u8>, Trouble> {
    // The codec cannot say more than 255 bytes with one.
    let possible = (data.len() as u64).saturating_mul(255).min(VALUE_BYTES_MAX);
    let length = u64::try_from(length).ok().filter(|length| *length <= possible);
    let length = length.ok_or_else(|| Trouble::damaged("a value has a length it cannot have"))?;
    lz4_flex::block::decompress(data, length as usize)
        .map_err(|error| Trouble::damaged(format!("a value cannot be decompressed: {error}")))
}

/// As text, which every value of a journal is.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, Trouble> {
    String::from_utf8(bytes).map_err(|_| Trouble::damaged("a text is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_stay_and_large_ones_shrink() {
        for (length, inline, fewer) in
            [(0, true, false), (4096, true, false), (4097, false, true), (1 << 20, false, true)]
        {
            let packed = Packed::new(vec![b'a'; length].into());
            assert_eq!(matches!(packed, Packed::Inline(_)), inline, "{length}");
            assert_eq!(packed.size() < length, fewer, "{length}");
        }
        let mut noise = vec![0u8; 8192];
        getrandom::fill(&mut noise).expect("randomness");
        let Packed::Out(out) = Packed::new(noise.into()) else { panic!("8 KiB are large") };
        assert!(!out.compressed, "noise is kept as it is");
    }

    #[test]
    fn damage_is_told_before_memory_is_asked_for() {
        for (data, length) in [(&b""[..], 1), (b"abc", i64::MAX), (b"abc", -1), (b"\xff\xff\xff", 100)] {
            assert!(inflate(data, length).is_err(), "{data:?} {length}");
        }
    }
}
