//! Which addresses may be connected to, and the one maker of HTTP clients that keep to it.
//!
//! A name is looked up once; only addresses that passed are handed to the connection, so there is no second look-up to rebind. An
//! address written in a URL is judged by the same function before a request is made. No client here follows a redirect, uses a
//! proxy of the environment, keeps cookies, or unpacks a body.

mod address;
mod resolver;
#[cfg(test)]
mod tests;
mod tls;

use std::{net::IpAddr, sync::Arc, time::Duration};

use reqwest::{
    Client, Url,
    header::{ACCEPT_ENCODING, HeaderMap, HeaderValue},
    redirect::Policy,
};
use weir_model::limits;

pub(crate) use self::resolver::{Lookup, SystemLookup};
use self::{address::Reach, resolver::Guarded};

const CONNECT: Duration = Duration::from_secs(10);
/// Connections that nobody uses, for one upstream.
const IDLE_CONNECTIONS: usize = 32;
const IDLE_CONNECTION: Duration = Duration::from_secs(60);

/// What one upstream may connect to. By default nothing but public addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rules {
    /// Private, loopback, link-local and shared addresses too. Metadata services, multicast and reserved ranges stay closed.
    pub(crate) allow_private: bool,
}

/// Why nothing is connected to. A sentence that names the address and what would allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Denied(String);

impl Rules {
    pub(crate) fn admit(self, address: IpAddr) -> Result<(), Denied> {
        match address::reach(address) {
            Reach::Public => Ok(()),
            Reach::Private(_) if self.allow_private => Ok(()),
            Reach::Private(what) => Err(Denied(format!(
                "{address} is {what}, and weir connects to none of those unless the upstream's config says `allow_private = true`"
            ))),
            Reach::Never(what) => Err(Denied(format!("{address} is {what}, and weir connects to none of those"))),
        }
    }

    /// What can be judged of a URL before its host is looked up: its scheme, and an address in place of a name.
    pub(crate) fn check(self, url: &Url) -> Result<(), Denied> {
        if !matches!(url.scheme(), "http" | "https") {
            let scheme: String = url.scheme().chars().take(20).collect();
            return Err(Denied(format!("{scheme}: is not spoken; only http and https are")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Denied("its URL holds a user or a password; they belong under `auth`".to_owned()));
        }
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Err(Denied("its URL names no host".to_owned()));
        };
        // The same reading of the host as the connection's: what parses as an address is never looked up.
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) => self.admit(address),
            Err(_) => Ok(()),
        }
    }
}

/// A client that connects to nothing the rules deny. Callers check a URL by [`Rules::check`] first: an address in a URL is connected
/// to without a look-up.
pub(crate) fn client(rules: Rules) -> Result<Client, reqwest::Error> {
    client_with(rules, Arc::new(SystemLookup), tls::of_system())
}

fn client_with(rules: Rules, lookup: Arc<dyn Lookup>, tls: rustls::ClientConfig) -> Result<Client, reqwest::Error> {
    let mut headers = HeaderMap::new();
    // Unpacking is how a small answer becomes a large one. Nearly every server answers plainly when asked to; whoever reads answers
    // sees to the others.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Client::builder()
        .default_headers(headers)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_CONNECTION)
        .http1_max_headers(limits::ANSWER_HEADERS_MAX)
        .http2_max_header_list_size(u32::try_from(limits::ANSWER_HEADER_BYTES_MAX).unwrap_or(u32::MAX))
        .dns_resolver(Arc::new(Guarded::new(rules, lookup)))
        .tls_backend_preconfigured(tls)
        .build()
}

/// The denial behind a request that failed, if that is why.
pub(crate) fn denial(error: &reqwest::Error) -> Option<&Denied> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(denied) = error.downcast_ref::<Denied>() {
            return Some(denied);
        }
        cause = error.source();
    }
    None
}
