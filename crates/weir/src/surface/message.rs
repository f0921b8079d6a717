//! One message from a client, from bytes to a request, or to the JSON-RPC error that refuses it.

use rmcp::{
    RoleServer,
    model::{ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage},
    service::RxJsonRpcMessage,
};
use serde_json::{Value, error::Category};

/// Why bytes are no message, as the answer that says so. Never quotes the bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) id: Option<RequestId>,
    pub(super) error: ErrorData,
}

impl Refusal {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { id: None, error: ErrorData::new(code, message.into(), None) }
    }

    pub(super) fn json(&self) -> String {
        let answer = ServerJsonRpcMessage::error(self.error.clone(), self.id.clone());
        let mut value = serde_json::to_value(&answer).expect("an error object always serialises");
        // JSON-RPC wants the id of what cannot be read to be null, not absent.
        if self.id.is_none() {
            value["id"] = Value::Null;
        }
        value.to_string()
    }
}

pub(super) fn parse(bytes: &[u8]) -> Result<RxJsonRpcMessage<RoleServer>, Box<Refusal>> {
    serde_json::from_slice(bytes).map_err(|error| Box::new(refusal(bytes, &error)))
}

fn refusal(bytes: &[u8], error: &serde_json::Error) -> Refusal {
    match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => {
            Refusal::new(ErrorCode::PARSE_ERROR, format!("the message is not valid JSON: {error}"))
        }
        Category::Data => shape_refusal(bytes),
    }
}

/// JSON it is, but no message. The id is kept where it can be read, so that the client knows which request failed.
fn shape_refusal(bytes: &[u8]) -> Refusal {
    let (id, problem) = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Array(_)) => (None, "batches are not part of MCP; send one message at a time"),
        Ok(Value::Object(object)) => {
            let problem = match object.get("jsonrpc").and_then(Value::as_str) {
                Some("2.0") => "the message is no JSON-RPC request, notification or response",
                _ => "the message lacks \"jsonrpc\": \"2.0\"",
            };
            (object.get("id").and_then(|id| serde_json::from_value(id.clone()).ok()), problem)
        }
        _ => (None, "a message must be a JSON object"),
    };
    Refusal { id, ..Refusal::new(ErrorCode::INVALID_REQUEST, problem) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn m17_malformed_messages_get_the_code_of_the_standard() {
        let rows = [
            ("", -32700, "null"),
            ("{", -32700, "null"),
            ("\u{1b}[31m{}", -32700, "null"),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600, "null"),
            ("[]", -32600, "null"),
            ("3", -32600, "null"),
            (r#"{"id":7,"method":"ping"}"#, -32600, "7"),
            (r#"{"jsonrpc":"1.0","id":"x","method":"ping"}"#, -32600, r#""x""#),
            (r#"{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}"#, -32600, "null"),
            (r#"{"jsonrpc":"2.0"}"#, -32600, "null"),
            (r#"{"jsonrpc":"2.0","id":1,"method":3}"#, -32600, "1"),
        ];
        for (text, code, id) in rows {
            let refusal = parse(text.as_bytes()).expect_err(text);
            assert_eq!(refusal.error.code.0, code, "{text}");
            let answer: Value = serde_json::from_str(&refusal.json()).expect("valid");
            assert_eq!(answer["id"].to_string(), id, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{}1{}}}"#,
            "[".repeat(9_000),
            "]".repeat(9_000)
        );
        assert_eq!(parse(text.as_bytes()).expect_err("too deep").error.code, ErrorCode::PARSE_ERROR);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_a_refusal_of_one_line(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Err(refusal) = parse(&bytes) {
                prop_assert!(!refusal.json().contains('\n'));
            }
        }
    }
}
