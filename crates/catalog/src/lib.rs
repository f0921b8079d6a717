//! What the upstreams offer, as one immutable snapshot: names, schemas, stubs, search, argument checks.
//!
//! Floor 1. Pure: no IO, no clock, no randomness. Everything an upstream says (names, descriptions, schemas) is
//! hostile input here: bounded, and never shown or turned into code unescaped.

mod access;
mod catalog;
mod entry;
mod name;
mod nearest;
mod path;
mod plain;
mod python;
mod schema;
mod search;
mod shelf;
mod signature;
pub mod stub;
pub mod tokens;
mod typescript;
mod validate;

pub use access::{Access, Everything};
pub use catalog::{Catalog, Effects, Listing, ListingState, Upstream};
pub use entry::Entry;
pub use search::Hit;
pub use validate::Problem;
