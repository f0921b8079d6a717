//! Judges an HTTP API with an OpenAPI description. The description itself is read by whoever connects.

use std::{collections::BTreeMap, num::NonZeroU32};

use weir_upstream::{DescriptionAt, Glob, OpenApi, Selector, Transport};

use super::{Judge, is_http, is_loopback};
use crate::config::{
    problem::{Problem, nearest},
    source::Located,
};

const METHODS: [&str; 9] = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE", "TRACE", "QUERY"];

const SELECTORS: &str = "an operation is chosen by tag:issues, path:/repos/*, a method such as GET, or its id; \
                         in an id with a colon write ? in its place";

/// Headers that frame a request or belong to its body: a constant one would break every request.
const FRAMING: [&str; 10] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Judge<'_> {
    pub(super) fn openapi(&mut self, written: &Located<String>) -> Option<Transport> {
        let raw = self.raw;
        let errors_before = self.findings.errors.len();
        let description = self.description(written);
        let base_url = raw.base_url.as_ref().and_then(|url| self.base_url(url));
        let mut variables = BTreeMap::new();
        for (name, value) in &raw.variables {
            variables.extend(self.text(value).map(|text| (name.value.clone(), text)));
        }
        let headers = self.headers();
        for (name, _) in &raw.headers {
            if FRAMING.contains(&name.value.to_ascii_lowercase().as_str()) {
                let message = format!("the header {} is weir's own to set", name.value);
                self.error(message, &name.place, "leave it out");
            }
        }
        let mut schemes = BTreeMap::new();
        for (name, credential) in &raw.schemes {
            schemes.extend(self.credential(credential).map(|auth| (name.value.clone(), auth)));
        }
        if let (Some(_), Some((name, _))) = (&raw.auth, raw.schemes.first()) {
            let message = format!("`schemes` of `{}` is not used: its `auth` is for every request", raw.name.value);
            self.findings.warn(Problem::new(message).at(&name.place).hint("keep one of them"));
        }
        self.something_included();
        let include = self.selectors(raw.include.as_deref().unwrap_or_default());
        let exclude = self.selectors(raw.exclude.as_deref().unwrap_or_default());
        (self.findings.errors.len() == errors_before).then_some(())?;
        let mut api = OpenApi::new(description?);
        api.base_url = base_url;
        api.variables = variables;
        api.headers = headers;
        api.schemes = schemes;
        api.include = include;
        api.exclude = exclude;
        api.deprecated = raw.deprecated.as_ref().is_some_and(|shown| shown.value);
        api.rate = raw.rate.as_ref().and_then(|rate| NonZeroU32::new(u32::try_from(rate.value).ok()?));
        if let Some(most) = &raw.concurrency {
            api.concurrency = usize::try_from(most.value).unwrap_or(usize::MAX);
        }
        Some(Transport::OpenApi(Box::new(api)))
    }

    fn description(&mut self, written: &Located<String>) -> Option<DescriptionAt> {
        const HINT: &str = "write a path, from the folder of this file, or an https URL";
        let text = self.text(written)?;
        if text.trim().is_empty() {
            self.error("`openapi` is empty", &written.place, HINT);
            return None;
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            let errors_before = self.findings.errors.len();
            self.url_fits("openapi", &text, &written.place, "write for example https://api.example.com/openapi.json");
            if text.starts_with("http://") && is_http(&text) && !is_loopback(&text) {
                let message = "`openapi` is read over plain http, where others can change it";
                self.error(message, &written.place, "use https, or download it once and name the file");
            }
            return (self.findings.errors.len() == errors_before).then_some(DescriptionAt::Url(text));
        }
        if text.contains("://") {
            self.error("`openapi` is neither a path nor an http address", &written.place, HINT);
            return None;
        }
        let path = self.surroundings.path(&text, &self.raw.workspace);
        let shown = self.surroundings.shown(&path);
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => Some(DescriptionAt::File(path)),
            Ok(_) => {
                let hint = "name the file itself; what it refers to is found beside it";
                self.error(format!("`openapi` names {shown}, which is no file"), &written.place, hint);
                None
            }
            Err(error) => {
                let why = crate::config::reason(&error);
                self.error(format!("`openapi` names {shown}, which cannot be read: {why}"), &written.place, HINT);
                None
            }
        }
    }

    fn base_url(&mut self, written: &Located<String>) -> Option<String> {
        const HINT: &str = "write for example https://api.example.com/v2";
        let address = self.text(written)?;
        let errors_before = self.findings.errors.len();
        self.url_fits("base_url", &address, &written.place, HINT);
        if address.contains(['?', '#']) {
            self.error("`base_url` has a query or a fragment", &written.place, HINT);
        }
        if self.raw.auth.is_some() || !self.raw.schemes.is_empty() || !self.raw.headers.is_empty() {
            self.read_by_others(&address, &written.place);
        }
        (self.findings.errors.len() == errors_before).then_some(address)
    }

    fn selectors(&mut self, written: &[Located<String>]) -> Vec<Selector> {
        let mut selectors = Vec::with_capacity(written.len());
        for written in written {
            let Some(text) = self.text(written) else { continue };
            match selector(&text) {
                Ok(selector) => selectors.push(selector),
                Err((message, hint)) => {
                    self.error(message, &written.place, &hint.unwrap_or_else(|| SELECTORS.to_owned()));
                }
            }
        }
        selectors
    }
}

/// What an item of `include` or `exclude` chooses; else what is wrong with it, and a hint.
fn selector(text: &str) -> Result<Selector, (String, Option<String>)> {
    let empty = || (format!("\"{text}\" chooses no operation"), None);
    if text.trim().is_empty() {
        return Err(empty());
    }
    if METHODS.contains(&text) {
        return Ok(Selector::Method(text.to_owned()));
    }
    if text.len() > 2
        && text.chars().all(|c| c.is_ascii_uppercase())
        && let Some(near) = nearest(text, METHODS)
    {
        return Err((format!("\"{text}\" is no method"), Some(format!("did you mean `{near}`?"))));
    }
    let Some((kind, rest)) = text.split_once(':') else {
        return Ok(Selector::Id(Glob::new(text)));
    };
    match kind {
        "tag" | "path" if rest.is_empty() => Err(empty()),
        "tag" => Ok(Selector::Tag(Glob::new(rest))),
        "path" if rest.starts_with(['/', '*', '?']) => Ok(Selector::Path(Glob::new(rest))),
        "path" => {
            let hint = format!("paths are written as in the description: path:/{rest}");
            Err((format!("\"{rest}\" is no path: it does not start with /"), Some(hint)))
        }
        _ => {
            let near = nearest(kind, ["tag", "path"]).map(|near| format!("did you mean `{near}:{rest}`?"));
            Err((format!("\"{text}\" chooses operations by `{kind}:`, which weir does not know"), near))
        }
    }
}
