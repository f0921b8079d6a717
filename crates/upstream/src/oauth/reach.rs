//! Which addresses of an authorization server may be asked: encrypted ones, by the upstream's egress rules.

use reqwest::Url;

use crate::{credential::Surroundings, egress::Rules};

/// The bounds of one upstream's authorization servers.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    allow_private: bool,
    /// Of an MCP upstream: an address the operator wrote.
    own: Option<Url>,
}

/// An address that is not asked: what it is for, and why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its {what} cannot be used: {why}")]
pub(super) struct Unusable {
    what: &'static str,
    why: String,
}

impl Reach {
    pub(super) fn of(surroundings: &Surroundings) -> Self {
        let resource = surroundings.resource.as_deref().filter(|_| surroundings.resource_is_allowed);
        let own = resource.and_then(|url| Url::parse(url).ok());
        Self { allow_private: surroundings.allow_private, own }
    }

    /// A private address counts as allowed where it is the upstream's own origin, which the operator wrote.
    pub(super) fn rules(&self, url: &Url) -> Rules {
        let own = self.own.as_ref().is_some_and(|own| own.origin() == url.origin());
        Rules { allow_private: self.allow_private || own }
    }

    /// `what` names it in the sentence should it be refused.
    pub(super) fn url(&self, what: &'static str, text: &str) -> Result<Url, Unusable> {
        let unusable = |why: String| Unusable { what, why };
        let url = Url::parse(text).map_err(|error| unusable(format!("it is no URL ({error})")))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(unusable("it begins with http:, and tokens travel encrypted only".to_owned())),
            other => {
                let other: String = other.chars().take(20).collect();
                return Err(unusable(format!("it begins with {other}:, and must be https")));
            }
        }
        if url.fragment().is_some() {
            return Err(unusable("it has a fragment".to_owned()));
        }
        self.rules(&url).check(&url).map_err(|denied| unusable(denied.to_string()))?;
        Ok(url)
    }
}

/// Nothing on the way can listen there.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
