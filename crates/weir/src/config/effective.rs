//! From what was written to what will be done: references expanded, values judged, credentials wrapped.
//! Nothing here opens or starts anything; whoever holds an [`Effective`] holds a whole, valid configuration.

use std::{
    collections::HashMap,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
};

use weir_catalog::Effects;
use weir_model::{Language, Limits, Policy, limits::UPSTREAMS_MAX};
use weir_upstream::UpstreamConfig;

use super::{
    problem::{Findings, Problem},
    raw::{RawConfig, RawUpstream},
    reference::expand,
    setting::{LIMITS, LISTEN_DEFAULT},
    source::Located,
    surroundings::Surroundings,
};

mod admin;
mod approvals;
mod policy;
mod store;
mod upstream;

pub use admin::{Admin, AdminToken};
pub use approvals::Approvals;
pub use store::StoreConfig;

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Effective {
    pub upstreams: Vec<UpstreamConfig>,
    /// Described, and switched off.
    pub disabled: Vec<String>,
    pub limits: Limits,
    pub serve: Serve,
    /// Worker processes at most; `None` leaves it to the number of cores.
    pub workers: Option<NonZeroU32>,
    /// Of snippets that name none.
    pub language: Language,
    /// Rules that client files bring are in it.
    pub policy: Policy,
    /// What tools do, whatever they say themselves.
    pub effects: Arc<Effects>,
    pub store: StoreConfig,
    pub approvals: Approvals,
    /// The admin API; off when `None`.
    pub admin: Option<Admin>,
    /// Where compiled guests and parsed descriptions are kept; `None` when no home is known: then they are made at every start.
    pub cache_dir: Option<PathBuf>,
    /// Where the tokens of `weir login` are kept; `None` when no home is known: then nobody is logged in.
    pub tokens_dir: Option<PathBuf>,
}

/// How `weir serve` listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serve {
    pub listen: SocketAddr,
    /// Beside the loopback names: values of `Host` that are answered.
    pub allowed_hosts: Vec<String>,
    /// Beside the loopback ones: values of `Origin` that are answered.
    pub allowed_origins: Vec<String>,
}

impl Default for Serve {
    fn default() -> Self {
        let listen = LISTEN_DEFAULT.parse().expect("a constant that the tests parse");
        Self { listen, allowed_hosts: Vec::new(), allowed_origins: Vec::new() }
    }
}

impl Effective {
    /// A configuration with no upstream.
    pub fn empty(surroundings: &Surroundings) -> Self {
        Self {
            upstreams: Vec::new(),
            disabled: Vec::new(),
            limits: Limits::default(),
            serve: Serve::default(),
            workers: None,
            language: Language::default(),
            policy: Policy::default(),
            effects: Arc::default(),
            store: StoreConfig::usual(surroundings),
            approvals: Approvals::default(),
            admin: None,
            cache_dir: surroundings.cache_dir(),
            tokens_dir: surroundings.state_dir().map(|dir| dir.join("tokens")),
        }
    }
}

/// Where the settings of a file outside its upstreams are read from.
#[derive(Clone, Copy)]
struct Folder<'a> {
    folder: &'a Path,
    surroundings: &'a Surroundings,
}

impl Folder<'_> {
    fn text(self, text: &Located<String>, findings: &mut Findings) -> Option<String> {
        expand(text, self.folder, self.surroundings, findings)
    }

    fn path(self, written: &str) -> PathBuf {
        self.surroundings.path(written, self.folder)
    }
}

/// Judges a whole configuration; what is wrong is in the findings, and then the result must not be used.
pub(super) fn judge(
    raw: RawConfig,
    folder: &Path,
    surroundings: &Surroundings,
    notes: &mut Vec<String>,
    findings: &mut Findings,
) -> Effective {
    let mut effective = Effective::empty(surroundings);
    for (at, value) in &raw.limits {
        (LIMITS[*at].apply)(&mut effective.limits, *value);
    }
    let text = |text: &Located<String>, findings: &mut Findings| expand(text, folder, surroundings, findings);
    if let Some(listen) = &raw.listen
        && let Some(address) = text(listen, findings)
    {
        match listen_address(&address) {
            Some(address) => effective.serve.listen = address,
            None => findings.error(
                Problem::new(format!("`listen` is \"{address}\", which is no address to listen on"))
                    .at(&listen.place)
                    .hint("write an IP address and a port: 127.0.0.1:7420, [::1]:7420, 0.0.0.0:7420"),
            ),
        }
    }
    for (written, values) in [
        (&raw.allowed_hosts, &mut effective.serve.allowed_hosts),
        (&raw.allowed_origins, &mut effective.serve.allowed_origins),
    ] {
        values.extend(written.iter().flatten().filter_map(|value| text(value, findings)));
    }
    for (written, value) in raw.allowed_origins.iter().flatten().zip(&effective.serve.allowed_origins) {
        if !(value.starts_with("http://") || value.starts_with("https://")) || value.ends_with('/') {
            findings.error(
                Problem::new(format!("\"{value}\" is no origin"))
                    .at(&written.place)
                    .hint("an origin is a scheme, a host and maybe a port: https://app.example.com"),
            );
        }
    }
    effective.workers = raw.workers.and_then(|workers| NonZeroU32::new(u32::try_from(workers.value).ok()?));
    if let Some(language) = raw.language {
        match language.value.parse() {
            Ok(known) => effective.language = known,
            Err(unknown) => findings.error(Problem::new(format!("`language`: {unknown}")).at(&language.place)),
        }
    }
    policy::judge(&raw.policy, &raw.upstreams, &mut effective, notes, findings);
    let place = Folder { folder, surroundings };
    effective.store = store::judge(&raw.store, place, findings);
    effective.approvals = approvals::judge(&raw.approvals, place, findings);
    effective.admin = raw.admin.and_then(|admin| admin::judge(&admin, effective.serve.listen, place, findings));
    upstreams(raw.upstreams, &mut effective, surroundings, notes, findings);
    effective
}

fn upstreams(
    raw: Vec<RawUpstream>,
    effective: &mut Effective,
    surroundings: &Surroundings,
    notes: &mut Vec<String>,
    findings: &mut Findings,
) {
    if let Some(over) = raw.get(UPSTREAMS_MAX) {
        findings.error(
            Problem::new(format!("{} upstreams are described; at most {UPSTREAMS_MAX} may be", raw.len()))
                .at(&over.name.place),
        );
    }
    let mut lowered: HashMap<String, String> = HashMap::new();
    for raw in raw {
        let name = raw.name.value.clone();
        if raw.enabled.as_ref().is_some_and(|enabled| !enabled.value) {
            effective.disabled.push(name);
            continue;
        }
        if let Some(why) = points_at_weir(&raw, effective.serve.listen) {
            notes.push(format!("`{name}` is weir itself ({why}) and is left out: a gateway does not call itself"));
            continue;
        }
        if let Some(other) = lowered.insert(name.to_lowercase(), name.clone()) {
            findings.warn(
                Problem::new(format!("`{name}` and `{other}` differ only in case; a model will mix them up"))
                    .at(&raw.name.place),
            );
        }
        effective.upstreams.extend(upstream::judge(raw, surroundings, findings));
    }
}

/// `localhost:7420` is common enough to be understood.
pub fn listen_address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?))),
        None => text.parse().ok(),
    }
}

/// Whether an entry would start or reach this very program.
fn points_at_weir(raw: &RawUpstream, listen: SocketAddr) -> Option<&'static str> {
    let is_weir = |program: &str| Path::new(program).file_stem().is_some_and(|stem| stem == "weir");
    if let Some(command) = &raw.command {
        // `weir demo --stdio` is an ordinary upstream: the shop, not the gateway.
        let is_shop = raw.args.first().is_some_and(|arg| arg.value == "demo");
        let wrapped = ["env", "npx", "uvx", "sh", "bash"].iter().any(|wrapper| command.value == *wrapper)
            && raw.args.iter().find(|arg| !arg.value.starts_with('-')).is_some_and(|arg| is_weir(&arg.value));
        return ((is_weir(&command.value) && !is_shop) || wrapped).then_some("its command is weir");
    }
    let url = raw.url.as_ref()?.value.parse::<axum::http::Uri>().ok()?;
    let host = url.host()?.trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    (loopback && url.port_u16() == Some(listen.port())).then_some("its url is where weir listens")
}
