//! An [`Api`] as bytes, to be kept on disk: what they are, which reader read it, and that nothing happened to them.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use weir_model::Definitions;

use crate::{Api, BodyFields, Operation, Piece, Place, Scheme, Skipped};

const MAGIC: &[u8; 8] = b"weir-api";
/// This reader, by its sources (`build.rs`): what is read from the same bytes, and how that is written, may change with any of them.
const READER: &str = env!("WEIR_OPENAPI_READER");
const CHECKSUM_BYTES: usize = 32;

#[derive(Serialize, Deserialize)]
struct Kept<'k> {
    title: Cow<'k, str>,
    version: Cow<'k, str>,
    dialect: Cow<'k, str>,
    operations: Cow<'k, [Operation]>,
    #[serde(borrow)]
    definitions: Vec<(&'k str, &'k str)>,
    schemes: Cow<'k, BTreeMap<String, Scheme>>,
    skipped: Cow<'k, [Skipped]>,
    warnings: Cow<'k, [String]>,
}

impl Api {
    /// The form that is kept on disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        let kept = Kept {
            title: Cow::Borrowed(&self.title),
            version: Cow::Borrowed(&self.version),
            dialect: Cow::Borrowed(&self.dialect),
            operations: Cow::Borrowed(&self.operations),
            definitions: self.definitions.iter().collect(),
            schemes: Cow::Borrowed(&self.schemes),
            skipped: Cow::Borrowed(&self.skipped),
            warnings: Cow::Borrowed(&self.warnings),
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(READER.as_bytes());
        bytes.extend([0; CHECKSUM_BYTES]);
        let start = bytes.len();
        let mut bytes = postcard::to_extend(&kept, bytes).expect("owned values of known length, and memory takes them");
        let checksum = Sha256::digest(&bytes[start..]);
        bytes[start - CHECKSUM_BYTES..start].copy_from_slice(&checksum);
        bytes
    }

    /// `None` for anything but the bytes of [`Api::to_bytes`] of the same reader.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(READER.as_bytes())?;
        let (checksum, rest) = rest.split_at_checked(CHECKSUM_BYTES)?;
        if Sha256::digest(rest).as_slice() != checksum {
            return None;
        }
        let (kept, []) = postcard::take_from_bytes::<Kept<'_>>(rest).ok()? else { return None };
        kept.operations.iter().all(is_sound).then(|| Self {
            title: kept.title.into_owned(),
            version: kept.version.into_owned(),
            dialect: kept.dialect.into_owned(),
            operations: kept.operations.into_owned(),
            definitions: Definitions::new(kept.definitions).into(),
            schemes: kept.schemes.into_owned(),
            skipped: kept.skipped.into_owned(),
            warnings: kept.warnings.into_owned(),
        })
    }
}

/// What everybody who has an operation relies on.
fn is_sound(operation: &Operation) -> bool {
    let is_path =
        |index: &usize| operation.parameters.get(*index).is_some_and(|parameter| parameter.place == Place::Path);
    let pieces_are_sound = operation.path.segments.iter().flatten().all(|piece| match piece {
        Piece::Text(_) => true,
        Piece::Parameter(index) => is_path(index),
    });
    let body_is_sound = operation.body.as_ref().is_none_or(|body| {
        !body.media.is_empty()
            && match &body.fields {
                BodyFields::Whole(_) => true,
                BodyFields::Spread(fields) => !fields.is_empty(),
            }
    });
    pieces_are_sound && body_is_sound
}
