//! Pages of a tool's answers. A guest asks for one with weir's own function `page`: a call of the tool it names, like any other in
//! everything, whose answer tells beside the value which arguments fetch the next page.

use serde::Deserialize;
use serde_json::{json, value::RawValue};
use weir_model::limits::NAME_BYTES_MAX;

use crate::port::Ask;

/// What a guest asks for a page with.
pub(crate) const PAGE: &str = "page";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page<'a> {
    /// Namespace and member.
    tool: (String, String),
    #[serde(borrow)]
    arguments: &'a RawValue,
}

/// An operation as the guest means it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    /// A tool call whose answer tells of the next page.
    pub(crate) paged: bool,
}

impl Asked {
    /// What names no tool stays a function, which then says what is wrong with it.
    pub(crate) fn of(ask: Ask) -> Self {
        if !ask.namespace.is_empty() || ask.member != PAGE {
            return Self { ask, paged: false };
        }
        let named = |(namespace, member): &(String, String)| {
            !namespace.is_empty() && namespace.len() <= NAME_BYTES_MAX && member.len() <= NAME_BYTES_MAX
        };
        match serde_json::from_str::<Page<'_>>(&ask.arguments) {
            Ok(Page { tool, arguments }) if named(&tool) => {
                let (namespace, member) = tool;
                let arguments = arguments.get().to_owned();
                Self { ask: Ask { namespace, member, arguments, ..ask }, paged: true }
            }
            _ => Self { ask, paged: false },
        }
    }
}

/// JSON text of a page for the snippet: `asked` and `next` are canonical arguments as texts, so that the guest can compare them and hand
/// them back as they are.
pub(crate) fn page(value: &str, asked: &str, next: Option<&str>) -> String {
    let (asked, next) = (json!(asked), json!(next));
    format!("{{\"value\":{value},\"asked\":{asked},\"next\":{next}}}")
}

#[cfg(test)]
mod tests {
    use weir_model::OpId;

    use super::*;

    fn asked(namespace: &str, member: &str, arguments: &str) -> Asked {
        let (namespace, member, arguments) = (namespace.into(), member.into(), arguments.into());
        Asked::of(Ask { op: OpId(7), namespace, member, arguments, line: 3 })
    }

    #[test]
    fn a_page_is_a_call_of_the_tool_it_names() {
        let rows = [
            (r#"{"tool":["git","list"],"arguments":{"page":2}}"#, Some(("git", "list", r#"{"page":2}"#))),
            (r#"{"arguments": {"a": 1.0 } ,"tool":["g","l"]}"#, Some(("g", "l", r#"{"a": 1.0 }"#))),
            // What the arguments are is the call's to judge.
            (r#"{"tool":["g","l"],"arguments":[]}"#, Some(("g", "l", "[]"))),
            (r#"{"tool":["","page"],"arguments":{}}"#, None),
            (r#"{"tool":["g"],"arguments":{}}"#, None),
            (r#"{"tool":["g","l"]}"#, None),
            (r#"{"tool":["g","l"],"arguments":{},"more":1}"#, None),
            ("", None),
        ];
        for (text, expected) in rows {
            let Asked { ask, paged } = asked("", PAGE, text);
            assert_eq!(paged, expected.is_some(), "{text}");
            let (namespace, member, arguments) = expected.unwrap_or(("", PAGE, text));
            assert_eq!((ask.namespace.as_str(), ask.member.as_str()), (namespace, member));
            assert_eq!((ask.arguments.as_str(), ask.op, ask.line), (arguments, OpId(7), 3));
        }
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        assert!(!asked("", PAGE, &format!(r#"{{"tool":["g","{long}"],"arguments":{{}}}}"#)).paged);
        assert!(!asked("g", PAGE, r#"{"tool":["g","l"],"arguments":{}}"#).paged, "a tool of this name is that tool");
    }

    #[test]
    fn what_the_snippet_gets_of_a_page() {
        insta::assert_snapshot!(page("[1]", r#"{"a":"é"}"#, Some(r#"{"page":2}"#)), @r#"{"value":[1],"asked":"{\"a\":\"é\"}","next":"{\"page\":2}"}"#);
        insta::assert_snapshot!(page("null", "{}", None), @r#"{"value":null,"asked":"{}","next":null}"#);
    }
}
