//! How an API wants to know who is asking: its schemes, and what an operation asks for.

use std::collections::BTreeMap;

use crate::{Place, Requirement, Scheme};

use super::{Reader, library::Spot};

/// Schemes of one description; alternatives of one operation, schemes of one alternative, scopes of one scheme.
const SCHEMES_MAX: usize = 1_000;
const ALTERNATIVES_MAX: usize = 64;
const SCOPES_MAX: usize = 1_000;

impl<'a> Reader<'a> {
    /// The document's schemes by name; one that cannot be read is told and left out.
    pub(super) fn schemes(&mut self) -> BTreeMap<String, Scheme> {
        let root = self.library.root();
        let newer = root.get("components").and_then(|components| components.get("securitySchemes"));
        let older = root.get("securityDefinitions");
        let mut schemes = BTreeMap::new();
        for (name, spot) in newer.into_iter().chain(older).flat_map(Spot::entries).take(SCHEMES_MAX) {
            match self.library.follow(spot, &mut self.notes) {
                Ok(spot) => {
                    schemes.insert(name.to_owned(), scheme(spot));
                }
                Err(broken) => self.notes.warn(format!("the security scheme `{name}` refers to {broken}")),
            }
        }
        schemes
    }
}

fn scheme(spot: Spot<'_>) -> Scheme {
    let kind = spot.text("type").unwrap_or_default();
    match kind {
        "basic" => Scheme::Basic,
        "http" => match spot.text("scheme").unwrap_or_default().to_ascii_lowercase().as_str() {
            "basic" => Scheme::Basic,
            "bearer" => Scheme::Bearer,
            other => Scheme::Other(format!("http {other}")),
        },
        "apiKey" => {
            let place = match spot.text("in") {
                Some("header") => Place::Header,
                Some("query") => Place::Query,
                Some("cookie") => Place::Cookie,
                _ => return Scheme::Other("apiKey in no known place".to_owned()),
            };
            match spot.text("name").filter(|name| !name.is_empty()) {
                Some(name) => Scheme::ApiKey { place, name: name.to_owned() },
                None => Scheme::Other("apiKey without a name".to_owned()),
            }
        }
        "oauth2" | "openIdConnect" => oauth2(spot),
        other => Scheme::Other(other.to_owned()),
    }
}

fn oauth2(spot: Spot<'_>) -> Scheme {
    const FLOWS: [&str; 5] = ["clientCredentials", "authorizationCode", "deviceAuthorization", "password", "implicit"];
    // 2.0 has one flow, written where 3.x has a list of them.
    let flows = FLOWS.into_iter().filter_map(|flow| spot.get("flows")?.get(flow)).chain([spot]);
    let mut scopes: Vec<String> = Vec::new();
    let mut token_url = None;
    for flow in flows {
        token_url = token_url.or_else(|| flow.text("tokenUrl").map(str::to_owned));
        for (scope, _) in flow.get("scopes").into_iter().flat_map(Spot::entries).take(SCOPES_MAX) {
            if scopes.len() < SCOPES_MAX && !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
    }
    Scheme::OAuth2 { token_url, scopes }
}

/// `security` of a document or an operation; `None` when nothing is said. An empty list is said: nothing is needed.
pub(super) fn security(at: Spot<'_>) -> Option<Vec<Vec<Requirement>>> {
    let alternatives = at.get("security")?;
    let list = alternatives.node.as_list()?;
    if list.is_empty() {
        return Some(vec![Vec::new()]);
    }
    let requirement = |(scheme, scopes): (&str, Spot<'_>)| Requirement {
        scheme: scheme.to_owned(),
        scopes: scopes.texts().take(SCOPES_MAX).map(str::to_owned).collect(),
    };
    let alternative = |spot: Spot<'_>| spot.entries().take(ALTERNATIVES_MAX).map(requirement).collect();
    Some(alternatives.items().filter(|spot| spot.object().is_some()).take(ALTERNATIVES_MAX).map(alternative).collect())
}
