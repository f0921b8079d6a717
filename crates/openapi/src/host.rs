//! Headers that belong to the host, whoever declares them: those that say who asks, where a message ends, what weir negotiates, or that
//! the request is another one than the one that was judged.

const NAMES: [&str; 21] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];
const BEGINNINGS: [&str; 3] = ["proxy-", "sec-", "x-forwarded-"];

/// Whether no call may set a header of this name, in any case.
pub(crate) fn is_of_the_host(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}
