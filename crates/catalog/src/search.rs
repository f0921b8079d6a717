//! Finds tools by plain words: BM25F over names, descriptions and parameter names, with a small synonym table.
//!
//! The scan asks the access filter first: hidden tools take no part in frequencies, lengths, scores or counts. Neither do
//! deprecated ones, unless a query asks for them.
//! Its constants are measured on `fixtures/retrieval/dev`; `tests/suite/retrieval.rs` holds them to it.

mod index;
mod synonym;
mod word;

pub use index::Hit;
pub(crate) use index::Index;
