//! The texts a model gets, and the report that travels beside them.
//!
//! Pure: from catalog and report to text. Everything foreign that is quoted here is data: it is bounded, its control
//! characters are escaped, and it cannot pass for a line of weir's own (those begin with [`MARK`]).

pub mod escape;
pub mod execute;
pub mod report;
pub mod schema;
pub mod search;

/// Begins every line that weir itself says in an answer; quoted text never begins a line with it.
pub const MARK: &str = "[weir]";

/// What the URI of a kept result begins with; its handle follows.
pub const RESOURCE: &str = "weir://results/";

/// The MCP resource behind a handle.
pub fn resource_uri(handle: &weir_model::HandleId) -> String {
    format!("{RESOURCE}{handle}")
}
