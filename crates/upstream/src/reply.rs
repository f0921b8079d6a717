//! What a `tools/call` answered, taken apart without being understood: JSON stays the bytes that came.
//!
//! Never fetches anything a result points at.

use std::borrow::Cow;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use weir_model::{FailureKind, Part, ToolFailure, ToolReply, limits::JSON_DEPTH_MAX, too_deep};

use crate::{link::Answer, refusal::Told, wire};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallResult<'a> {
    #[serde(borrow)]
    structured_content: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient_bool")]
    is_error: bool,
    #[serde(borrow)]
    result_type: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    text: Option<LossyText>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
    #[serde(borrow)]
    mime_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    text: Option<LossyText>,
    #[serde(borrow)]
    blob: Option<Cow<'a, str>>,
    #[serde(borrow)]
    mime_type: Option<Cow<'a, str>>,
}

/// Text in which half a surrogate pair, legal in JSON and in no Rust string, has become a replacement character.
struct LossyText(String);

impl<'de> Deserialize<'de> for LossyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = LossyText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<LossyText, E> {
                Ok(LossyText(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

fn lenient_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<bool>::deserialize(deserializer)?.unwrap_or(false))
}

/// Padding or none, and stray bits at the end: real servers send all of them.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Structured content stands alone: text beside it says the same again.
pub(crate) fn unwrap(answer: &Answer, told: Told<'_>) -> Result<ToolReply, ToolFailure> {
    let result: CallResult<'_> = wire::answer(&answer.bytes, answer.id).map_err(|refused| told.refused(&refused))?;
    match result.result_type.as_deref() {
        None | Some("complete") => {}
        Some("input_required") => {
            return Err(unsupported(told, "input_required", "asks for more input in the middle of the call"));
        }
        Some("task") => return Err(unsupported(told, "task", "turned the call into a task to be fetched later")),
        Some(_) => return Err(told.protocol("its resultType is unknown")),
    }
    if result.is_error {
        return Err(told.tool_error(&error_text(&result, told)?));
    }
    parts(&result, told).map(ToolReply::from)
}

fn parts(result: &CallResult<'_>, told: Told<'_>) -> Result<Vec<Part>, ToolFailure> {
    let mut parts = Vec::new();
    if let Some(structured) = result.structured_content {
        parts.push(json(structured, told)?);
    }
    let Some(content) = result.content else {
        return Ok(parts);
    };
    let structured = !parts.is_empty();
    for (index, item) in items(content, told)?.into_iter().enumerate() {
        let text = item.kind == "text"
            || (item.kind == "resource" && item.resource.as_ref().is_some_and(|r| r.text.is_some()));
        if !(structured && text) {
            parts.push(part(item, content, index, told)?);
        }
    }
    Ok(parts)
}

fn items<'a>(content: &'a RawValue, told: Told<'_>) -> Result<Vec<Item<'a>>, ToolFailure> {
    serde_json::from_str(content.get())
        .map_err(|e| told.protocol(&format!("its content is malformed: {}", e.classify_text())))
}

fn part(item: Item<'_>, content: &RawValue, index: usize, told: Told<'_>) -> Result<Part, ToolFailure> {
    let missing =
        |what: &str| told.protocol(&format!("a content item of type {} has no {what}", item.kind.escape_debug()));
    match &*item.kind {
        "text" => item.text.as_ref().map(|t| text(&t.0, told)).ok_or_else(|| missing("text")),
        "image" | "audio" => {
            let data = item.data.as_deref().ok_or_else(|| missing("data"))?;
            blob(data, item.mime_type.as_deref(), told)
        }
        "resource" => match item.resource.as_ref().ok_or_else(|| missing("resource"))? {
            Resource { text: Some(t), .. } => Ok(text(&t.0, told)),
            Resource { blob: Some(data), mime_type, .. } => blob(data, mime_type.as_deref(), told),
            _ => Err(missing("text or blob")),
        },
        // A link is handed on for the snippet to read, never followed; so is a type that is not known yet.
        _ => {
            let raw: Vec<&RawValue> =
                serde_json::from_str(content.get()).map_err(|_| told.protocol("its content is malformed"))?;
            json(raw[index], told)
        }
    }
}

fn json(raw: &RawValue, told: Told<'_>) -> Result<Part, ToolFailure> {
    if too_deep(raw.get(), JSON_DEPTH_MAX) {
        return Err(told.protocol(&format!("its result is nested more than {JSON_DEPTH_MAX} levels deep")));
    }
    told.redactor.json(raw.get().to_owned()).map(Part::Json).ok_or_else(|| {
        told.protocol("its result repeats a credential of weir's config, in a place it cannot be taken out of")
    })
}

fn text(text: &str, told: Told<'_>) -> Part {
    Part::Text(told.redactor.text(text).into_owned())
}

fn blob(data: &str, mime: Option<&str>, told: Told<'_>) -> Result<Part, ToolFailure> {
    let bytes = BASE64.decode(data).map_err(|_| told.protocol("its binary content is no base64"))?;
    let mime = mime.unwrap_or("application/octet-stream").chars().filter(|c| !c.is_control()).take(100).collect();
    Ok(Part::Blob { mime, bytes })
}

/// An error's own words: its structured content, else its texts.
fn error_text(result: &CallResult<'_>, told: Told<'_>) -> Result<String, ToolFailure> {
    if let Some(structured) = result.structured_content {
        return Ok(structured.get().to_owned());
    }
    let Some(content) = result.content else { return Ok(String::new()) };
    let texts: Vec<String> = items(content, told)?.into_iter().filter_map(|item| item.text).map(|t| t.0).collect();
    Ok(texts.join("\n"))
}

fn unsupported(told: Told<'_>, code: &str, what: &str) -> ToolFailure {
    let mut failure =
        ToolFailure::new(FailureKind::ToolError, format!("{} {what}, which weir does not support yet", told.tool));
    failure.code = Some(code.to_owned());
    failure
}

/// serde_json's messages quote the value; the kind of mistake and its place are enough.
trait ClassifyText {
    fn classify_text(&self) -> String;
}

impl ClassifyText for serde_json::Error {
    fn classify_text(&self) -> String {
        self.to_string().chars().filter(|c| !c.is_control()).take(160).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use weir_model::{ToolId, UpstreamName};

    use super::*;
    use crate::{redact::Redactor, wire::RequestId};

    fn unwrapped(result: &str) -> Result<ToolReply, ToolFailure> {
        let id = RequestId::parse("5").unwrap();
        let bytes = format!(r#"{{"jsonrpc":"2.0","id":5,"result":{result}}}"#).into_bytes();
        let tool = ToolId { upstream: UpstreamName::new("up").unwrap(), name: "tool".into() };
        unwrap(&Answer { id, bytes }, Told { tool: &tool, redactor: &Redactor::default(), repeatable: true })
    }

    fn told(result: &str) -> String {
        match unwrapped(result) {
            Ok(reply) => format!("{:?}", reply.parts),
            Err(failure) => format!("{}: {}", failure.kind.as_str(), failure.message),
        }
    }

    #[test]
    fn results_are_taken_apart() {
        for (result, expected) in [
            (r#"{"content":[{"type":"text","text":"hi \u00e9\n"}]}"#, r#"[Text("hi é\n")]"#),
            (
                r#"{"content":[{"type":"text","text":"{\"a\":1}"}],"structuredContent":{"a": 1.0, "z":1e400}}"#,
                r#"[Json("{\"a\": 1.0, \"z\":1e400}")]"#,
            ),
            (r#"{"content":[],"structuredContent":null}"#, "[]"),
            (r#"{"content":[]}"#, "[]"),
            (r"{}", "[]"),
            (
                r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"isError":false}"#,
                r#"[Text("a"), Text("b")]"#,
            ),
            (
                r#"{"content":[{"type":"image","data":"AQID","mimeType":"image/png"}]}"#,
                r#"[Blob { mime: "image/png", bytes: [1, 2, 3] }]"#,
            ),
            (
                r#"{"content":[{"type":"audio","data":"AQ"}]}"#,
                r#"[Blob { mime: "application/octet-stream", bytes: [1] }]"#,
            ),
            (
                r#"{"content":[{"type":"resource","resource":{"uri":"file:///etc/passwd","text":"t"}}]}"#,
                r#"[Text("t")]"#,
            ),
            (
                r#"{"content":[{"type":"resource","resource":{"uri":"x","blob":"AQID","mimeType":"a/b"}}]}"#,
                r#"[Blob { mime: "a/b", bytes: [1, 2, 3] }]"#,
            ),
            (r#"{"content":[{"type":"text","text":"\ud800x"}]}"#, "[Text(\"\u{fffd}\u{fffd}\u{fffd}x\")]"),
            (r#"{"resultType":"complete","structuredContent":[1]}"#, r#"[Json("[1]")]"#),
        ] {
            assert_eq!(told(result), expected, "{result}");
        }
    }

    #[test]
    fn m09_a_link_is_handed_on_and_never_fetched() {
        let link = r#"{"type":"resource_link","uri":"file:///etc/passwd","name":"x"}"#;
        let result = format!(r#"{{"content":[{{"type":"text","text":"see"}},{link}]}}"#);
        assert_eq!(unwrapped(&result).unwrap().parts, [Part::Text("see".into()), Part::Json(link.into())]);
    }

    #[test]
    fn what_is_malformed_fails_by_name() {
        for (result, expected) in [
            (
                r#"{"content":"text"}"#,
                "upstream_protocol: up/tool: its answer is not what the protocol allows: its content is malformed: invalid type: string \"text\", expected a sequence at line 1 column 6",
            ),
            (
                r#"{"content":[{"type":"text"}]}"#,
                "upstream_protocol: up/tool: its answer is not what the protocol allows: a content item of type text has no text",
            ),
            (
                r#"{"content":[{"type":"image","data":"§§"}]}"#,
                "upstream_protocol: up/tool: its answer is not what the protocol allows: its binary content is no base64",
            ),
            (
                r#"{"resultType":"surprise"}"#,
                "upstream_protocol: up/tool: its answer is not what the protocol allows: its resultType is unknown",
            ),
            (
                r#"{"resultType":"input_required","inputRequests":{}}"#,
                "tool_error: up/tool asks for more input in the middle of the call, which weir does not support yet",
            ),
            (
                r#"{"isError":true,"content":[{"type":"text","text":"no such file"}]}"#,
                "tool_error: up/tool answered with an error: no such file",
            ),
            (
                r#"{"isError":true,"structuredContent":{"error":{"message":"gone"}}}"#,
                "tool_error: up/tool answered with an error: gone",
            ),
            (r#"{"isError":true}"#, "tool_error: up/tool answered with an error: it said nothing more"),
            (
                r#"{"structuredContent":{"a":1},"structuredContent":{"a":2}}"#,
                "upstream_protocol: up/tool: its answer is not what the protocol allows: duplicate field `structuredContent` at line 1 column 81",
            ),
        ] {
            assert_eq!(told(result), expected, "{result}");
        }
    }

    #[test]
    fn m10_depth_is_bounded() {
        let deep = format!(r#"{{"structuredContent":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(told(&deep).contains("nested more than 128 levels deep"), "{}", told(&deep));
    }

    proptest! {
        #[test]
        fn structured_content_passes_byte_for_byte(text in "\\PC{0,40}", number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
            let json = format!("{{\"t\": {}, \"n\":{number:?} }}", wire::outgoing::quoted(&text));
            let reply = unwrapped(&format!(r#"{{"structuredContent":{json}}}"#)).unwrap();
            prop_assert_eq!(reply.parts, [Part::Json(json)]);
        }
    }
}
