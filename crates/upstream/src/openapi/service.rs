//! A description made usable: the operations that are tools, where each is sent, and what people are told of the others.

use std::{collections::HashMap, sync::Arc};

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName},
};
use weir_model::{Tool, limits};
use weir_openapi::{Api, Base, Operation, Skipped};

use super::{
    lane::Lane,
    security::{self, Security},
    selection::selects,
};
use crate::{
    Auth, DescriptionAt, DescriptionStatus, OpenApi, UpstreamConfig, credential::Surroundings, egress::Rules,
    http::heading, link::Ended, redact::Redactor,
};

const SERVER_CHARS_MAX: usize = 120;
/// Operations that a sentence about many names.
const NAMES_TOLD_MAX: usize = 5;

/// What calls go through while the description stands.
pub(crate) struct Service {
    usable: Vec<Usable>,
    by_name: HashMap<Arc<str>, usize>,
    bases: Vec<Base>,
    /// A person logs in: what an answer says of rights is something they can do about.
    pub(super) by_login: bool,
    pub(super) lane: Arc<Lane>,
    pub(super) security: Security,
    /// The operator's own.
    pub(super) headers: HeaderMap,
    pub(super) idempotency: Option<HeaderName>,
    pub(super) redactor: Arc<Redactor>,
    pub(super) response_bytes_max: u64,
}

pub(super) struct Usable {
    pub(super) operation: Operation,
    base: usize,
    /// The operation says that it does no more twice than once.
    pub(super) idempotent: bool,
}

/// A service, and what is told of it.
pub(super) struct Opened {
    pub(super) service: Service,
    pub(super) tools: Arc<[Tool]>,
    pub(super) server: String,
    pub(super) dialect: Arc<str>,
    pub(super) status: DescriptionStatus,
    pub(super) warnings: Vec<String>,
    pub(super) credentials: Vec<crate::CredentialStatus>,
}

/// What a service is opened with, beside the description.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) config: &'a UpstreamConfig,
    pub(super) api: &'a OpenApi,
    pub(super) lane: &'a Arc<Lane>,
    pub(super) redactor: &'a Arc<Redactor>,
    pub(super) surroundings: &'a Surroundings,
}

impl Service {
    pub(super) fn usable(&self, tool: &str) -> Option<(&Usable, &Base)> {
        let usable = &self.usable[*self.by_name.get(tool)?];
        Some((usable, &self.bases[usable.base]))
    }

    /// What is other than it was, in a sentence; `None` when no operation is.
    pub(super) fn difference(&self, before: &Self) -> Option<String> {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for one in &self.usable {
            match before.usable(&one.operation.name) {
                None => new.push(&*one.operation.name),
                Some((earlier, _)) if earlier.operation != one.operation => changed.push(&*one.operation.name),
                Some(_) => {}
            }
        }
        let names = before.usable.iter().map(|one| &*one.operation.name);
        let gone: Vec<&str> = names.filter(|name| !self.by_name.contains_key(*name)).collect();
        let told =
            [("new", new), ("changed", changed), ("gone", gone)].into_iter().filter(|(_, names)| !names.is_empty());
        let told: Vec<String> = told.map(|(what, names)| format!("{} {what} ({})", names.len(), few(&names))).collect();
        (!told.is_empty()).then(|| format!("its description changed while weir was running: {}", told.join(", ")))
    }

    /// A server that requests go to here and went to nowhere in `before`.
    pub(super) fn elsewhere(&self, before: &Self) -> Option<String> {
        let origin = |base: &Base| Url::parse(base.as_str()).map(|url| url.origin().ascii_serialization()).ok();
        let known: Vec<_> = before.bases.iter().map(origin).collect();
        self.bases.iter().map(origin).find(|origin| !known.contains(origin)).flatten()
    }
}

/// `kept`: the description needed no reading.
pub(super) async fn open(description: Api, kept: bool, ground: Ground<'_>) -> Result<Opened, Ended> {
    let Ground { config, api, .. } = ground;
    let sorted = sort(description, config, api)?;
    let surroundings = ground.surroundings.or_at(sorted.address());
    let security = Security::new(config, api, &sorted.api, &surroundings);
    let Sorted { mut api, base_of, bases, skipped, left_out, mut warnings } = sorted;
    let missing = Missing::among(&api.operations, &security);
    warnings.extend(missing.warning(config));
    warnings.extend(unknown_schemes(&security, &api));
    warnings.append(&mut api.warnings);
    warnings.truncate(limits::WARNINGS_MAX);
    let credentials = security.statuses(&api.schemes, &missing.schemes).await;
    let tools = tools(&api, &base_of, &bases, ground);
    let name = format!("{} {}", api.title, api.version);
    let status = DescriptionStatus {
        operations: api.operations.len(),
        left_out,
        skipped_count: skipped.len(),
        skipped: skipped.into_iter().take(limits::SKIPPED_TOLD_MAX).collect(),
        kept,
    };
    let usable: Vec<Usable> = api
        .operations
        .into_iter()
        .zip(base_of)
        .zip(tools.iter())
        .map(|((operation, base), tool)| Usable {
            operation,
            base,
            idempotent: tool.annotations.idempotent == Some(true),
        })
        .collect();
    let service = Service {
        by_name: usable.iter().enumerate().map(|(index, one)| (one.operation.name.clone(), index)).collect(),
        usable,
        bases,
        by_login: matches!(config.auth, Some(Auth::Login(_))),
        lane: ground.lane.clone(),
        security,
        headers: heading::of_config(&ground.api.headers)?,
        idempotency: config.idempotency_header.as_deref().map(heading::name_of_config).transpose()?,
        redactor: ground.redactor.clone(),
        response_bytes_max: config.response_bytes_max,
    };
    let server = name.trim().chars().filter(|c| !c.is_control()).take(SERVER_CHARS_MAX).collect();
    Ok(Opened { service, tools, server, dialect: api.dialect.into(), status, warnings, credentials })
}

/// Operations nobody could call, for want of a credential.
struct Missing {
    operations: usize,
    /// Sorted.
    schemes: Vec<String>,
}

impl Missing {
    fn among(operations: &[Operation], security: &Security) -> Self {
        let without: Vec<&Operation> = operations.iter().filter(|one| security.of(one).is_err()).collect();
        let needed = without.iter().flat_map(|one| one.security.iter().flatten());
        let mut schemes: Vec<String> = needed.map(|needed| needed.scheme.clone()).collect();
        schemes.sort();
        schemes.dedup();
        Self { operations: without.len(), schemes }
    }

    fn warning(&self, config: &UpstreamConfig) -> Option<String> {
        let names = few(&self.schemes.iter().map(String::as_str).collect::<Vec<_>>());
        (self.operations > 0).then(|| {
            format!(
                "{} of its operations need credentials the config does not have ({names}), and calls of them fail: add them under [upstream.{}.schemes], or one for all as `auth`",
                self.operations, config.name
            )
        })
    }
}

fn unknown_schemes(security: &Security, api: &Api) -> Vec<String> {
    let known: Vec<&str> = api.schemes.keys().map(String::as_str).take(8).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let unknown = security.unknown(&api.schemes);
    unknown
        .map(|name| {
            format!("the config has a credential for {name:?}, which is no security scheme of its description; those are: {known}")
        })
        .collect()
}

/// A description's operations, told apart.
struct Sorted {
    /// With no operations but those that are tools.
    api: Api,
    /// For each of them, which of the bases.
    base_of: Vec<usize>,
    bases: Vec<Base>,
    skipped: Vec<Skipped>,
    left_out: usize,
    warnings: Vec<String>,
}

impl Sorted {
    /// Where all of them are sent, when that is one place.
    fn address(&self) -> Option<&str> {
        match self.bases.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        }
    }
}

/// Where all operations of a description are sent, when that is one place.
pub(super) fn address(description: Api, config: &UpstreamConfig, api: &OpenApi) -> Result<Option<String>, Ended> {
    Ok(sort(description, config, api)?.address().map(str::to_owned))
}

fn sort(mut api: Api, config: &UpstreamConfig, chosen: &OpenApi) -> Result<Sorted, Ended> {
    let all = std::mem::take(&mut api.operations);
    let count = all.len();
    let mut skipped = std::mem::take(&mut api.skipped);
    let (mut base_of, mut bases, mut left_out) = (Vec::new(), Vec::new(), 0);
    let where_to = WhereTo::new(config, chosen)?;
    for mut operation in all {
        if !selects(chosen, &config.tools, &operation) {
            left_out += 1;
            continue;
        }
        for (place, name) in security::keys(config, chosen, &operation) {
            operation.leave_out(place, name);
        }
        let full = api.operations.len() >= limits::TOOLS_PER_UPSTREAM_MAX;
        let over = || format!("only the first {} operations are used", limits::TOOLS_PER_UPSTREAM_MAX);
        match where_to.base(&operation).and_then(|base| if full { Err(over()) } else { Ok(base) }) {
            Ok(base) => {
                let known = bases.iter().position(|known| *known == base);
                base_of.push(known.unwrap_or(bases.len()));
                bases.extend(known.is_none().then_some(base));
                api.operations.push(operation);
            }
            Err(reason) => skipped.push(Skipped { place: place(&operation), reason }),
        }
    }
    let mut warnings = Vec::new();
    if api.operations.is_empty() {
        match skipped.last() {
            Some(Skipped { place, reason }) if left_out == 0 || left_out < count => {
                return Err(Ended::plain(format!("none of its operations can be used; {place}: {reason}")));
            }
            _ if count > 0 => warnings.push(format!("include and exclude leave none of its {count} operations")),
            _ => warnings.push("its description has no operations".to_owned()),
        }
    }
    Ok(Sorted { api, base_of, bases, skipped, left_out, warnings })
}

fn few(names: &[&str]) -> String {
    let cut = |name: &&str| name.chars().filter(|c| !c.is_control()).take(64).collect::<String>();
    let shown: Vec<String> = names.iter().take(NAMES_TOLD_MAX).map(cut).collect();
    let more = if names.len() > NAMES_TOLD_MAX { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn place(operation: &Operation) -> String {
    format!("{} {}", operation.method.as_str(), operation.path.text)
}

/// Where operations are sent: to the operator's own URL, else to the first of their servers that can be used.
struct WhereTo<'a> {
    own: Option<Base>,
    api: &'a OpenApi,
    document: Option<&'a str>,
    rules: Rules,
}

impl<'a> WhereTo<'a> {
    fn new(config: &UpstreamConfig, api: &'a OpenApi) -> Result<Self, Ended> {
        let document = match &api.description {
            DescriptionAt::Url(url) => Some(url.as_str()),
            DescriptionAt::File(_) => None,
        };
        let rules = Rules { allow_private: config.allow_private };
        let own = api.base_url.as_deref().map(|url| admitted(Base::parse(url).map_err(|bad| bad.to_string()), rules));
        let own = own.transpose().map_err(|why| Ended::plain(format!("its base_url cannot be used: {why}")))?;
        Ok(Self { own, api, document, rules })
    }

    fn base(&self, operation: &Operation) -> Result<Base, String> {
        if let Some(own) = &self.own {
            return Ok(own.clone());
        }
        let mut first = None;
        let own_place = [weir_openapi::Server { url: "/".to_owned(), variables: Default::default() }];
        // A description that names no server stands on its own.
        let servers =
            if operation.servers.is_empty() && self.document.is_some() { &own_place[..] } else { &operation.servers };
        for server in servers {
            let base = Base::of(server, &self.api.variables, self.document).map_err(|bad| bad.to_string());
            match admitted(base, self.rules) {
                Ok(base) => return Ok(base),
                Err(why) => {
                    first.get_or_insert(format!("its server cannot be used: {why}"));
                }
            }
        }
        Err(first.unwrap_or_else(|| {
            "its description names no server, and it is a file: say where the API is with `base_url`".to_owned()
        }))
    }
}

fn admitted(base: Result<Base, String>, rules: Rules) -> Result<Base, String> {
    let base = base?;
    let url = Url::parse(base.as_str()).map_err(|error| format!("its URL is none: {error}"))?;
    rules.check(&url).map_err(|denied| denied.to_string())?;
    Ok(base)
}

/// With the request that a call becomes where it is really sent.
fn tools(api: &Api, base_of: &[usize], bases: &[Base], ground: Ground<'_>) -> Arc<[Tool]> {
    let shown = ground.api.deprecated;
    let line = |(operation, base): (&Operation, &usize)| operation.request_line(bases[*base].as_str());
    let tools = api.tools(&ground.config.name, |_| true).zip(api.operations.iter().zip(base_of));
    tools
        .map(|(tool, at)| Tool { deprecated: tool.deprecated && !shown, request: Some(line(at).into()), ..tool })
        .collect()
}
