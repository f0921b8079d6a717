//! What weir writes to an upstream: one JSON-RPC message, no line end.

use std::fmt;

use serde_json::value::RawValue;

use crate::{Client, Era};

/// Minted here, a JSON number. The low bits are random, so that an upstream cannot answer before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(u64);

impl RequestId {
    const RANDOM_BITS: u32 = 20;

    /// `count` must not repeat on one connection. Stays below 2^53, which every JSON reader keeps exact.
    pub(crate) fn mint(count: u32) -> Self {
        let random = getrandom::u32().unwrap_or_default() >> (32 - Self::RANDOM_BITS);
        Self((u64::from(count) << Self::RANDOM_BITS) | u64::from(random))
    }

    /// Exactly the text an id was sent as: `1.0`, `"1"` and `01` are not `1`.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        let canonical = !raw.is_empty()
            && raw.len() <= 16
            && raw.bytes().all(|b| b.is_ascii_digit())
            && (raw == "0" || !raw.starts_with('0'));
        if canonical { raw.parse().ok().map(Self) } else { None }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a call's idempotency key stands in `_meta`.
const IDEMPOTENCY_KEY: &str = "weir/idempotency-key";

/// One request or notification about to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a str,
    /// The members of `params` besides `_meta`, as JSON text in pieces; nothing is copied before the message is written.
    pub(crate) members: &'a [&'a str],
    /// Members of `_meta`, as JSON text.
    pub(crate) meta: &'a str,
    pub(crate) traceparent: Option<&'a str>,
    /// Goes into `_meta`, and over HTTP into the header that the config names.
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) wants_progress: bool,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn plain(method: &'a str, members: &'a [&'a str], meta: &'a str) -> Self {
        Self { method, members, meta, traceparent: None, idempotency_key: None, wants_progress: false }
    }

    pub(crate) fn write(&self, id: RequestId, out: &mut Vec<u8>) {
        let members: usize = self.members.iter().map(|m| m.len()).sum();
        out.reserve(members + self.meta.len() + 256);
        out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        out.extend_from_slice(id.to_string().as_bytes());
        out.extend_from_slice(br#","method":"#);
        out.extend_from_slice(quoted(self.method).as_bytes());
        out.extend_from_slice(br#","params":{"#);
        for member in self.members {
            out.extend_from_slice(member.as_bytes());
        }
        let progress = self.wants_progress.then(|| format!(r#""progressToken":{id}"#));
        let trace = self.traceparent.map(|t| format!(r#""traceparent":{}"#, quoted(t)));
        let key = self.idempotency_key.map(|key| format!(r#""{IDEMPOTENCY_KEY}":{}"#, quoted(key)));
        let meta = [Some(self.meta).filter(|m| !m.is_empty()), progress.as_deref(), trace.as_deref(), key.as_deref()];
        let mut lead = if members == 0 { r#""_meta":{"# } else { r#","_meta":{"# };
        let mut any = false;
        for member in meta.into_iter().flatten() {
            out.extend_from_slice(lead.as_bytes());
            out.extend_from_slice(member.as_bytes());
            (lead, any) = (",", true);
        }
        out.extend_from_slice(if any { b"}}}" } else { b"}}" });
    }
}

/// `params` is JSON text of an object.
pub(crate) fn notification(method: &str, params: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","method":{},"params":{params}}}"#, quoted(method)).into_bytes()
}

/// Weir answers no request of an upstream but `ping`: no sampling, no elicitation, no roots.
pub(crate) fn error_reply(id: &RawValue) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-32601,"message":"weir offers no such method"}}}}"#, id.get())
        .into_bytes()
}

pub(crate) fn pong(id: &RawValue) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{}}}}"#, id.get()).into_bytes()
}

/// The `_meta` members every request of the stateless era carries.
pub(crate) fn client_members(client: &Client) -> String {
    let (name, version) = (quoted(&client.name), quoted(&client.version));
    format!(
        r#""io.modelcontextprotocol/protocolVersion":"{}","io.modelcontextprotocol/clientInfo":{{"name":{name},"version":{version}}},"io.modelcontextprotocol/clientCapabilities":{{}}"#,
        Era::MODERN
    )
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text always serializes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(outgoing: Outgoing<'_>) -> String {
        let mut out = Vec::new();
        outgoing.write(RequestId(7), &mut out);
        let text = String::from_utf8(out).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).expect("a request is valid JSON");
        text
    }

    #[test]
    fn arguments_are_embedded_byte_for_byte() {
        let arguments = r#"{"z":1.0,"a":"é\u00e9","big":12345678901234567890}"#;
        let text = written(Outgoing {
            method: "tools/call",
            members: &[r#""name":"x","arguments":"#, arguments],
            meta: r#""m":1"#,
            traceparent: Some("00-aa-bb-01"),
            idempotency_key: Some("k\"1"),
            wants_progress: true,
        });
        insta::assert_snapshot!(text, @r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":{"z":1.0,"a":"é\u00e9","big":12345678901234567890},"_meta":{"m":1,"progressToken":7,"traceparent":"00-aa-bb-01","weir/idempotency-key":"k\"1"}}}"#);
    }

    #[test]
    fn an_empty_request_has_empty_params() {
        let bare = Outgoing::plain("tools/list", &[], "");
        insta::assert_snapshot!(written(bare), @r#"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}}"#);
        let meta = client_members(&Client { name: "we\"ir".into(), version: "1".into() });
        insta::assert_snapshot!(written(Outgoing { meta: &meta, ..bare }), @r#"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"we\"ir","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#);
    }

    #[test]
    fn ids_are_taken_only_as_they_were_sent() {
        for (raw, ours) in [
            ("7", true),
            ("0", true),
            ("07", false),
            ("7.0", false),
            ("\"7\"", false),
            ("7e0", false),
            ("-7", false),
            ("", false),
            ("99999999999999999", false),
        ] {
            assert_eq!(RequestId::parse(raw).is_some(), ours, "{raw}");
        }
        let id = RequestId::mint(u32::MAX);
        assert!(id.0 < 1 << 53);
        assert_eq!(RequestId::parse(&id.to_string()), Some(id));
    }
}
