//! Tools and catalogs in a line.

use std::sync::Arc;

use weir_catalog::{Catalog, Listing, ListingState};
use weir_model::{Annotations, Effect, Tool, ToolId, UpstreamName};

/// A tool `upstream/name` with an input schema as JSON text.
///
/// # Panics
/// When `path` is not of that form.
pub fn tool(path: &str, effect: Effect, input_schema: &str) -> Tool {
    let (upstream, name) = path.split_once('/').expect("upstream/name");
    let id = ToolId { upstream: UpstreamName::new(upstream).expect("a good name"), name: name.into() };
    Tool {
        description: Some(format!("The tool {name}.")),
        annotations: Annotations {
            read_only: Some(effect == Effect::Read),
            destructive: Some(effect == Effect::Destructive),
            idempotent: None,
        },
        ..Tool::new(id, input_schema)
    }
}

/// A snapshot with these tools.
pub fn catalog(tools: Vec<Tool>) -> Arc<Catalog> {
    let mut listings: Vec<(UpstreamName, Vec<Tool>)> = Vec::new();
    for tool in tools {
        match listings.iter_mut().find(|(upstream, _)| *upstream == tool.id.upstream) {
            Some((_, listed)) => listed.push(tool),
            None => listings.push((tool.id.upstream.clone(), vec![tool])),
        }
    }
    let listed = |(upstream, tools)| Listing { upstream, state: ListingState::Listed { tools, warnings: Vec::new() } };
    Arc::new(Catalog::build(1, listings.into_iter().map(listed).collect()))
}
