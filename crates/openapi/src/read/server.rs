//! Where an API says it is: servers of a document, a path or an operation, and 2.0's host, base path and schemes.

use std::collections::BTreeMap;

use crate::{Server, Variable};

use super::{library::Spot, node::Node};

/// Servers of one list, and values of one variable.
const SERVERS_MAX: usize = 64;
const VALUES_MAX: usize = 1_000;

/// `servers` at a document, a path or an operation; `None` when it names none.
pub(super) fn servers(at: Spot<'_>) -> Option<Vec<Server>> {
    let servers: Vec<Server> = at.get("servers")?.items().take(SERVERS_MAX).filter_map(server).collect();
    (!servers.is_empty()).then_some(servers)
}

fn server(server: Spot<'_>) -> Option<Server> {
    let variables = server.get("variables").into_iter().flat_map(Spot::entries).filter_map(|(name, variable)| {
        let allowed = variable.get("enum").into_iter().flat_map(Spot::items).filter_map(|value| word(value.node));
        let allowed: Vec<String> = allowed.take(VALUES_MAX).collect();
        let default = variable.node.get("default").and_then(word).or_else(|| allowed.first().cloned())?;
        Some((name.to_owned(), Variable { default, allowed }))
    });
    Some(Server { url: server.text("url")?.trim().to_owned(), variables: variables.take(SERVERS_MAX).collect() })
}

/// 2.0: one server for each scheme, the safest first; beside the description itself where no host is named.
pub(super) fn older(root: Spot<'_>, schemes: Option<Spot<'_>>) -> Vec<Server> {
    let base_path = root.text("basePath").unwrap_or_default().trim();
    let base_path = match base_path.trim_end_matches('/') {
        "" => String::new(),
        path if path.starts_with('/') => path.to_owned(),
        path => format!("/{path}"),
    };
    let Some(host) = root.text("host").map(str::trim).filter(|host| !host.is_empty()) else {
        let server = |url| Server { url, variables: BTreeMap::new() };
        return (!base_path.is_empty()).then(|| server(base_path)).into_iter().collect();
    };
    let mut schemes: Vec<&str> = schemes.into_iter().flat_map(Spot::texts).take(SERVERS_MAX).collect();
    schemes.retain(|scheme| matches!(*scheme, "https" | "http"));
    schemes.sort_unstable_by_key(|scheme| *scheme != "https");
    schemes.dedup();
    if schemes.is_empty() {
        schemes.push("https");
    }
    let url = |scheme| format!("{scheme}://{host}{base_path}");
    schemes.into_iter().map(|scheme| Server { url: url(scheme), variables: BTreeMap::new() }).collect()
}

/// Text, or what would be text had somebody put it in quotes.
fn word(node: &Node<'_>) -> Option<String> {
    match node {
        Node::Text(text) => Some(text.to_string()),
        Node::Number(number) => Some(number.to_string()),
        Node::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
