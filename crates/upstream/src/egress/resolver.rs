//! Names become addresses here and nowhere else: one look-up for each connection, and only what the rules admit comes out.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Denied, Rules};

/// Further addresses of one name are not tried.
const ADDRESSES_MAX: usize = 16;

/// Who knows the addresses of a name.
pub(crate) trait Lookup: Send + Sync {
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// This machine's own resolver.
pub(crate) struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).take(ADDRESSES_MAX).collect())
        })
    }
}

pub(super) struct Guarded {
    rules: Rules,
    lookup: Arc<dyn Lookup>,
}

impl Guarded {
    pub(super) fn new(rules: Rules, lookup: Arc<dyn Lookup>) -> Self {
        Self { rules, lookup }
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules;
        let looked_up = self.lookup.addresses(name.as_str().to_owned());
        Box::pin(async move {
            let admitted = admitted(rules, name.as_str(), looked_up.await?)?;
            // The port is the URL's.
            Ok(Box::new(admitted.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// Those of a name's addresses that may be connected to; never none.
pub(super) fn admitted(rules: Rules, host: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Denied> {
    let shown: String = host.chars().filter(|c| !c.is_control()).take(253).collect();
    let mut denied = Denied(format!("{shown} has no address"));
    let mut admitted = Vec::new();
    for address in addresses.into_iter().take(ADDRESSES_MAX) {
        match rules.admit(address) {
            Ok(()) => admitted.push(address),
            Err(Denied(why)) => denied = Denied(format!("{why} ({shown} leads there)")),
        }
    }
    if admitted.is_empty() { Err(denied) } else { Ok(admitted) }
}
