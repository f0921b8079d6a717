//! A description's bytes, read into an [`Api`]. A bad operation is left out with a reason, never the whole description.
//!
//! Pure: other files come through [`Files`]. Whatever the bytes are, time and memory are bounded by their length and by
//! `weir_model::limits`.

mod answer;
mod body;
mod definition;
mod input;
mod json;
mod keep;
mod keyword;
mod library;
mod media;
mod name;
mod node;
mod note;
mod operation;
mod parameter;
mod path;
mod pointer;
mod reader;
mod scalar;
mod schema;
mod security;
mod server;
mod source;
mod survey;
mod text;
mod tool;
mod yaml;

use std::sync::Arc;

use reader::Reader;

use crate::Api;

/// The files of a description that is a tree of them.
pub trait Files {
    /// The bytes of a file by its path relative to the root file's directory: normalised, `/`-separated, never absolute, never
    /// above that directory. `Err` is a sentence.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String>;
}

/// A description that was read, and the other files it was read from, in the order they were asked for.
#[derive(Debug)]
pub struct Description {
    pub api: Api,
    pub files: Vec<String>,
}

/// The whole description is of no use. A sentence with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Reads a description whose root file has these bytes. `name` is what messages call it; files that refer to its last part
/// mean the root.
pub fn read(name: &str, root: &[u8], files: &dyn Files) -> Result<Description, Unreadable> {
    let told = |reason: String| Unreadable(format!("{name} {reason}"));
    let (mut notes, tally) = (note::Notes::default(), node::Tally::new());
    let document = source::document(root, &tally, &mut notes, name).map_err(told)?;
    let (version, dialect) = source::dialect(&document, &mut notes).map_err(told)?;
    let shelf = library::Shelf::new();
    let library = library::Library::new(name, (&document, root), &shelf, files, tally);
    let (api, files) = Reader::new(dialect, library, notes).read(version);
    Ok(Description { api, files })
}
