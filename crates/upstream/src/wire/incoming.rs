//! What an upstream writes to weir: first told apart, then, by whoever waits for it, read into its type in one pass.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Oversize, RequestId, id_of_oversize, oversize};

/// One message told apart.
#[derive(Debug)]
pub(crate) enum Inbound<'a> {
    /// Says it answers this request; whether it is a proper answer is for [`answer`] to find.
    Answer(RequestId),
    Ping(&'a RawValue),
    /// A request weir does not serve.
    Request(&'a RawValue),
    Progress {
        token: RequestId,
        note: ProgressNote<'a>,
    },
    ToolsChanged,
    /// A notification weir has no use for.
    Notification,
    /// An answer to nothing weir asked: the id is of the wrong type or was never sent.
    Stray,
    /// A batch: these answers are in it, none of them may be.
    Batch(Vec<RequestId>),
    /// No JSON-RPC at all.
    Noise,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ProgressNote<'a> {
    pub(crate) progress: f64,
    pub(crate) total: Option<f64>,
    #[serde(borrow)]
    pub(crate) message: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    result: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

/// Unlike serde's own `Option`, keeps an explicit `null`.
fn present<'de: 'a, 'a, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Answers longer than this are told apart by their first and last bytes alone; whoever waits reads them whole.
const READ_WHOLE_MAX: usize = 32 * 1024;

pub(crate) fn inbound(message: &[u8]) -> Inbound<'_> {
    if message.len() > READ_WHOLE_MAX {
        let tail = &message[message.len() - oversize::END_BYTES..];
        if let Oversize::Answer(id) = id_of_oversize(&message[..oversize::END_BYTES], tail) {
            return Inbound::Answer(id);
        }
    }
    let head = match serde_json::from_slice::<Head<'_>>(message) {
        Ok(head) => head,
        Err(_) => return batch(message),
    };
    let method = match (head.method, head.id) {
        (Some(method), Some(id)) if id.get() != "null" => {
            return if method == "ping" { Inbound::Ping(id) } else { Inbound::Request(id) };
        }
        (Some(method), _) => method,
        (None, Some(id)) => return RequestId::parse(id.get()).map_or(Inbound::Stray, Inbound::Answer),
        (None, None) if head.result.is_some() || head.error.is_some() => return Inbound::Stray,
        (None, None) => return Inbound::Noise,
    };
    match &*method {
        "notifications/progress" => progress(head.params),
        "notifications/tools/list_changed" => Inbound::ToolsChanged,
        _ => Inbound::Notification,
    }
}

fn progress(params: Option<&RawValue>) -> Inbound<'_> {
    // Not flattened into one struct: serde would buffer the whole object for that.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Token<'a> {
        #[serde(borrow)]
        progress_token: &'a RawValue,
    }
    let Some(params) = params else { return Inbound::Notification };
    let token =
        serde_json::from_str::<Token<'_>>(params.get()).ok().and_then(|p| RequestId::parse(p.progress_token.get()));
    let note = serde_json::from_str::<ProgressNote<'_>>(params.get()).ok();
    match (token, note) {
        (Some(token), Some(note)) => Inbound::Progress { token, note },
        _ => Inbound::Notification,
    }
}

/// Weir sends no batches, so no answer may come in one; the calls it names fail rather than wait.
fn batch(message: &[u8]) -> Inbound<'_> {
    if message.first() != Some(&b'[') {
        return Inbound::Noise;
    }
    match serde_json::from_slice::<Vec<Head<'_>>>(message) {
        Ok(heads) => {
            Inbound::Batch(heads.iter().filter_map(|h| h.id).filter_map(|id| RequestId::parse(id.get())).collect())
        }
        Err(_) => Inbound::Noise,
    }
}

/// The error member of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    pub(crate) message: String,
    /// JSON text.
    pub(crate) data: Option<String>,
}

/// An answer without a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("it answered with an error: {} (code {})", .0.message, .0.code)]
    Rpc(RpcError),
    #[error("its answer is not what the protocol allows: {0}")]
    Protocol(String),
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Envelope<'a, T> {
    #[serde(borrow)]
    jsonrpc: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(default = "nothing")]
    result: Option<T>,
    #[serde(borrow)]
    error: Option<ErrorMember<'a>>,
    method: Option<IgnoredAny>,
}

fn nothing<T>() -> Option<T> {
    None
}

#[derive(Deserialize)]
struct ErrorMember<'a> {
    code: i64,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Reads the answer to `id`: exactly one of result and error, in version 2.0, and no second value for any known key.
pub(crate) fn answer<'a, T: Deserialize<'a>>(message: &'a [u8], id: RequestId) -> Result<T, Refused> {
    let protocol = |what: &str| Err(Refused::Protocol(what.to_owned()));
    let envelope: Envelope<'a, T> =
        serde_json::from_slice(message).map_err(|e| Refused::Protocol(short(&e.to_string())))?;
    if envelope.jsonrpc.as_deref() != Some("2.0") {
        return protocol("\"jsonrpc\" is not \"2.0\"");
    }
    if envelope.id.and_then(|raw| RequestId::parse(raw.get())) != Some(id) {
        return protocol("its id is not that of the request");
    }
    if envelope.method.is_some() {
        return protocol("it is a request and an answer at once");
    }
    match (envelope.result, envelope.error) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err(Refused::Rpc(RpcError {
            code: error.code,
            message: error.message.into_owned(),
            data: error.data.map(|d| d.get().to_owned()),
        })),
        (Some(_), Some(_)) => protocol("it has both a result and an error"),
        (None, None) => protocol("it has neither a result nor an error"),
    }
}

/// serde_json quotes the offending value, which may be anything.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "5";

    fn id() -> RequestId {
        RequestId::parse(ID).unwrap()
    }

    #[test]
    fn messages_are_told_apart() {
        for (message, expected) in [
            (r#"{"jsonrpc":"2.0","id":5,"result":{}}"#, "Answer(RequestId(5))"),
            (r#"{"jsonrpc":"2.0","id":"5","result":{}}"#, "Stray"),
            (r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"#, "Stray"),
            (r#"{"jsonrpc":"2.0","result":{}}"#, "Stray"),
            (r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#, "Ping(RawValue(\"a\"))"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}"#, "Request(RawValue(1))"),
            (r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#, "ToolsChanged"),
            (r#"{"jsonrpc":"2.0","id":null,"method":"notifications/tools/list_changed"}"#, "ToolsChanged"),
            (r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#, "Notification"),
            (r#"{"jsonrpc":"2.0","Method":"notifications/message"}"#, "Noise"),
            (r#"{"id":5,"id":6,"result":{}}"#, "Noise"),
            ("[{\"id\":5},{\"id\":\"6\"}]", "Batch([RequestId(5)])"),
            ("Server running on stdio", "Noise"),
            ("\"text\"", "Noise"),
            ("null", "Noise"),
            ("", "Noise"),
        ] {
            assert_eq!(format!("{:?}", inbound(message.as_bytes())), expected, "{message}");
        }
    }

    #[test]
    fn progress_names_its_request() {
        let message = br#"{"method":"notifications/progress","params":{"progressToken":5,"progress":1,"total":4,"message":"a\n"}}"#;
        let Inbound::Progress { token, note } = inbound(message) else { panic!("no progress") };
        assert_eq!((token, note.progress, note.total, note.message.as_deref()), (id(), 1.0, Some(4.0), Some("a\n")));
        let foreign = br#"{"method":"notifications/progress","params":{"progressToken":"5","progress":1}}"#;
        assert!(matches!(inbound(foreign), Inbound::Notification));
    }

    #[test]
    fn m03_an_answer_is_one_result_or_one_error() {
        for (message, expected) in [
            (r#"{"jsonrpc":"2.0","id":5,"result":{"a":1}}"#, Ok(r#"{"a":1}"#)),
            (
                r#"{"jsonrpc":"2.0","id":5,"result":{},"error":{"code":1,"message":"x"}}"#,
                Err("it has both a result and an error"),
            ),
            (r#"{"jsonrpc":"2.0","id":5}"#, Err("it has neither a result nor an error")),
            (r#"{"jsonrpc":"1.0","id":5,"result":{}}"#, Err("\"jsonrpc\" is not \"2.0\"")),
            (r#"{"id":5,"result":{}}"#, Err("\"jsonrpc\" is not \"2.0\"")),
            (r#"{"jsonrpc":"2.0","id":6,"result":{}}"#, Err("its id is not that of the request")),
            (r#"{"jsonrpc":"2.0","id":5,"Result":{}}"#, Err("it has neither a result nor an error")),
            (
                r#"{"jsonrpc":"2.0","id":5,"result":{},"result":{}}"#,
                Err("duplicate field `result` at line 1 column 44"),
            ),
            (r#"{"jsonrpc":"2.0","id":5,"method":"x","result":{}}"#, Err("it is a request and an answer at once")),
        ] {
            let read = answer::<&RawValue>(message.as_bytes(), id());
            let expected = expected.map_err(|e| Refused::Protocol(e.to_owned()));
            assert_eq!(read.map(RawValue::get), expected, "{message}");
        }
    }

    #[test]
    fn a_long_answer_is_told_by_its_ends() {
        let filler = "x".repeat(100_000);
        for message in [
            format!(r#"{{"jsonrpc":"2.0","id":5,"result":{{"t":"{filler}"}}}}"#),
            format!(r#"{{"result":{{"t":"{filler}"}},"jsonrpc":"2.0","id":5}}"#),
        ] {
            assert!(matches!(inbound(message.as_bytes()), Inbound::Answer(found) if found == id()));
        }
        let notification =
            format!(r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"t":"{filler}"}}}}"#);
        assert!(matches!(inbound(notification.as_bytes()), Inbound::Notification));
    }

    proptest! {
        #[test]
        fn any_bytes_are_something(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            inbound(&bytes);
            let _ = answer::<&RawValue>(&bytes, id());
        }
    }
}
