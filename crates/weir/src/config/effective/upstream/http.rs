//! Judges what is the same for everything reached over HTTP: addresses and headers.

use axum::http::{HeaderName, HeaderValue, Uri};
use weir_model::Secret;
use weir_upstream::Transport;

use super::{Judge, is_http, is_loopback};
use crate::config::{
    problem::Problem,
    source::{Located, Place},
};

impl Judge<'_> {
    /// An MCP server over Streamable HTTP.
    pub(super) fn http(&mut self, url: &Located<String>) -> Option<Transport> {
        let errors_before = self.findings.errors.len();
        let address = self.text(url);
        if let Some(address) = &address {
            self.url_fits("url", address, &url.place, "write for example https://mcp.example.com/mcp");
        }
        let headers = self.headers();
        if let Some(address) = &address
            && (!headers.is_empty() || self.raw.auth.is_some())
        {
            self.read_by_others(address, &url.place);
        }
        (self.findings.errors.len() == errors_before).then_some(())?;
        Some(Transport::Http { url: address?, headers })
    }

    pub(super) fn headers(&mut self) -> Vec<(String, Secret)> {
        let raw = self.raw;
        let mut headers = Vec::new();
        for (name, value) in &raw.headers {
            if HeaderName::from_bytes(name.value.as_bytes()).is_err() {
                let message = format!("{:?} is no name of a header", name.value);
                self.error(message, &name.place, "write for example X-Api-Key");
            }
            let Some(text) = self.text(value) else { continue };
            if self.header_value_fits(&name.value, &text, &value.place) {
                headers.push((name.value.clone(), Secret::new(text)));
            }
        }
        headers
    }

    pub(super) fn header_value_fits(&mut self, name: &str, value: &str, place: &Place) -> bool {
        let fits = HeaderValue::from_str(value).is_ok();
        if !fits {
            let message = format!("the value for {name} has characters no header may have");
            self.error(message, place, "is there a line break in it?");
        }
        fits
    }

    pub(super) fn url_fits(&mut self, key: &str, address: &str, place: &Place, hint: &str) {
        if !is_http(address) {
            self.error(format!("`{key}` is no http or https address"), place, hint);
        } else if has_user(address) {
            let message = format!("`{key}` has credentials in it");
            self.error(message, place, "send them by `auth` or `headers`");
        }
    }

    /// Credentials over plain HTTP are a warning, but on loopback.
    pub(super) fn read_by_others(&mut self, address: &str, place: &Place) {
        if address.starts_with("http://") && !is_loopback(address) {
            let name = &self.raw.name.value;
            let message =
                format!("`{name}` sends its credentials and headers over plain http, where others can read them");
            self.findings.warn(Problem::new(message).at(place).hint("use https"));
        }
    }

    /// An address that secrets are sent to or trust comes from: `https`, or `http` on loopback.
    pub(super) fn trusted_url(&mut self, key: &str, written: &Located<String>) -> Option<String> {
        let address = self.text(written)?;
        let errors_before = self.findings.errors.len();
        self.url_fits(key, &address, &written.place, "write for example https://auth.example.com/token");
        if self.findings.errors.len() == errors_before && address.starts_with("http://") && !is_loopback(&address) {
            let message = format!("`{key}` is plain http, where others can read and change what is sent");
            self.error(message, &written.place, "use https");
        }
        (self.findings.errors.len() == errors_before).then_some(address)
    }
}

fn has_user(address: &str) -> bool {
    address.parse::<Uri>().is_ok_and(|uri| uri.authority().is_some_and(|authority| authority.as_str().contains('@')))
}
