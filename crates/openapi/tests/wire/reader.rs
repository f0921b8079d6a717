//! An independent reading of URLs, queries and multipart bodies: written for these tests, sharing nothing with what wrote them.

/// Percent-decodes; `plus` reads `+` as a space.
pub(crate) fn decoded(text: &str, plus: bool) -> String {
    String::from_utf8(bytes(text, plus)).expect("UTF-8")
}

/// The same, where the escapes may be any bytes.
pub(crate) fn bytes(text: &str, plus: bool) -> Vec<u8> {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits: String = [bytes.next(), bytes.next()].into_iter().flatten().map(char::from).collect();
                out.push(u8::from_str_radix(&digits, 16).unwrap_or_else(|_| panic!("a bad escape in {text}")));
            }
            b'+' if plus => out.push(b' '),
            byte => out.push(byte),
        }
    }
    out
}

/// Scheme and authority, path, query.
pub(crate) fn taken_apart(url: &str) -> (&str, &str, Option<&str>) {
    assert!(!url.contains('#'), "a fragment in {url}");
    let start = url.find("://").expect("a scheme") + 3;
    let (rest, query) = match url.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (url, None),
    };
    let end = rest[start..].find('/').map_or(rest.len(), |slash| start + slash);
    (&rest[..end], &rest[end..], query)
}

pub(crate) fn pairs(query: &str, plus: bool) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, plus), decoded(value, plus))
        })
        .collect()
}

/// (head, content) of each part.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (_, boundary) = content_type.split_once("boundary=").expect("a boundary");
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let body = [b"\r\n", body].concat();
    let starts: Vec<usize> = (0..body.len()).filter(|at| body[*at..].starts_with(&delimiter)).collect();
    let (last, starts) = starts.split_last().expect("an end");
    assert_eq!(&body[last + delimiter.len()..], b"--\r\n");
    let ends = starts.iter().skip(1).chain([last]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let part = &body[start + delimiter.len()..*end];
            // A part without headers is an empty line and its content.
            let head = part.windows(4).position(|four| four == b"\r\n\r\n").expect("an empty line");
            let lines = part[..head].strip_prefix(b"\r\n").unwrap_or_default();
            (String::from_utf8(lines.to_vec()).expect("UTF-8"), part[head + 4..].to_vec())
        })
        .collect()
}
