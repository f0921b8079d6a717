//! W3C trace context of a client's request, as far as it is passed on to upstreams.

use rmcp::{RoleServer, service::RequestContext};

pub(super) fn traceparent(context: &RequestContext<RoleServer>) -> Option<String> {
    context.meta.get_traceparent().filter(|text| is_traceparent(text)).map(str::to_owned)
}

/// Version 00: anything else is not passed on.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    matches!(parts[..], ["00", trace, span, flags] if trace.len() == 32 && span.len() == 16 && flags.len() == 2)
        && parts.iter().all(|part| hex(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_is_passed_on() {
        let rows = [
            ("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", true),
            ("00-0AF7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01\r\nx: y", false),
            ("01-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", false),
            ("", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_traceparent(text), expected, "{text:?}");
        }
    }
}
