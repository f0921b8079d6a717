//! The documents of resources (RFC 9728) and authorization servers (RFC 8414, OpenID Connect): where they are, what they say.

use reqwest::Url;
use serde::Deserialize;

use super::reach::is_loopback;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ProtectedResource {
    pub(super) resource: String,
    #[serde(default)]
    pub(super) authorization_servers: Vec<String>,
    #[serde(default)]
    pub(super) scopes_supported: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Server {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Option<String>,
    pub(super) token_endpoint: Option<String>,
    pub(super) registration_endpoint: Option<String>,
    pub(super) revocation_endpoint: Option<String>,
    #[serde(default)]
    pub(super) scopes_supported: Vec<String>,
    #[serde(default)]
    pub(super) code_challenge_methods_supported: Vec<String>,
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    pub(super) client_id_metadata_document_supported: bool,
}

impl ProtectedResource {
    /// Whether a token for what the document describes may be sent to `url`: the same origin, and a path at or below.
    pub(super) fn covers(&self, url: &Url) -> bool {
        let Ok(described) = Url::parse(&self.resource) else { return false };
        let (below, above) = (url.path(), described.path().trim_end_matches('/'));
        let inside = below.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        described.origin() == url.origin()
            && described.username().is_empty()
            && described.fragment().is_none()
            && inside
            && (described.scheme() == "https" || is_loopback(&described))
    }
}

/// The path of a URL, without the slash that a bare host has.
fn path(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}

fn at(url: &Url, path: &str) -> Url {
    let mut at = url.clone();
    at.set_path(path);
    at.set_query(None);
    at.set_fragment(None);
    at
}

/// Where a resource describes itself, in the order they are asked.
pub(super) fn of_resource(resource: &Url) -> Vec<Url> {
    let root = "/.well-known/oauth-protected-resource";
    match path(resource) {
        "" => vec![at(resource, root)],
        path => vec![at(resource, &format!("{root}{path}")), at(resource, root)],
    }
}

/// Where an issuer describes itself, in the order they are asked.
pub(super) fn of_issuer(issuer: &Url) -> Vec<Url> {
    let (oauth, oidc) = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration");
    match path(issuer) {
        "" => vec![at(issuer, oauth), at(issuer, oidc)],
        path => vec![
            at(issuer, &format!("{oauth}{path}")),
            at(issuer, &format!("{oidc}{path}")),
            at(issuer, &format!("{path}{oidc}")),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(urls: Vec<Url>) -> String {
        urls.iter().map(Url::as_str).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn well_known_places_keep_the_path() {
        let url = |text: &str| Url::parse(text).unwrap();
        insta::assert_snapshot!(all(of_resource(&url("https://a.example/v1/mcp?x=1"))), @"
        https://a.example/.well-known/oauth-protected-resource/v1/mcp
        https://a.example/.well-known/oauth-protected-resource
        ");
        insta::assert_snapshot!(all(of_resource(&url("https://a.example/"))), @"https://a.example/.well-known/oauth-protected-resource");
        insta::assert_snapshot!(all(of_issuer(&url("https://as.example/tenant/"))), @"
        https://as.example/.well-known/oauth-authorization-server/tenant
        https://as.example/.well-known/openid-configuration/tenant
        https://as.example/tenant/.well-known/openid-configuration
        ");
        insta::assert_snapshot!(all(of_issuer(&url("https://as.example"))), @"
        https://as.example/.well-known/oauth-authorization-server
        https://as.example/.well-known/openid-configuration
        ");
    }

    #[test]
    fn a_resource_covers_itself_and_what_is_below() {
        for (resource, url, expected) in [
            ("https://a.example/mcp", "https://a.example/mcp", true),
            ("https://a.example/", "https://a.example/mcp", true),
            ("https://a.example", "https://a.example/mcp", true),
            ("https://a.example/mcp", "https://a.example/mcp/v1", true),
            ("https://a.example/mcp", "https://a.example/mcp2", false),
            ("https://a.example/mcp", "https://a.example/", false),
            ("https://b.example/mcp", "https://a.example/mcp", false),
            ("https://a.example:8443/mcp", "https://a.example/mcp", false),
            ("http://a.example/mcp", "http://a.example/mcp", false),
            ("http://127.0.0.1:9/mcp", "http://127.0.0.1:9/mcp", true),
            ("https://x@a.example/mcp", "https://a.example/mcp", false),
            ("mcp", "https://a.example/mcp", false),
        ] {
            let document = ProtectedResource {
                resource: resource.to_owned(),
                authorization_servers: Vec::new(),
                scopes_supported: Vec::new(),
            };
            assert_eq!(document.covers(&Url::parse(url).unwrap()), expected, "{resource} for {url}");
        }
    }
}
