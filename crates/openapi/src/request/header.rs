//! Headers and cookies. Nothing a snippet wrote can end one header and begin another, or become one that speaks for weir.

use serde_json::{Map, Value};
use weir_model::limits::REQUEST_HEADER_BYTES_MAX;

use super::{
    BadArguments,
    encode::Escape,
    given, media, query,
    style::{self, Budget, Delimiter},
};
use crate::{MediaKind, Operation, Parameter, Place, host::is_of_the_host};

/// Names in lower case, in the order of the description; `accept` first, cookies last.
pub(super) fn of(operation: &Operation, arguments: &Map<String, Value>) -> Result<Vec<(String, String)>, BadArguments> {
    let mut headers = vec![("accept".to_owned(), media::accept(&operation.responses))];
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Header) {
        let Some(value) = given(parameter, arguments)? else { continue };
        let name = parameter.name.to_ascii_lowercase();
        if !settable(&name) {
            return Err(BadArguments::at(
                &parameter.field,
                format_args!("the header `{}` is never set by a call", super::shown(&name)),
            ));
        }
        if let Some(text) = written(parameter, value)? {
            headers.push((name, text));
        }
    }
    if let Some(cookies) = cookies(operation, arguments)? {
        headers.push(("cookie".to_owned(), cookies));
    }
    Ok(headers)
}

fn settable(name: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(token) && !is_of_the_host(name)
}

/// `None` for an empty list or object.
fn written(parameter: &Parameter, value: &Value) -> Result<Option<String>, BadArguments> {
    let bad = |why: &str| BadArguments::at(&parameter.field, why);
    let text = match &parameter.content {
        Some(content) if MediaKind::of(content) == MediaKind::Json => Some(ascii_json(value)),
        Some(_) => value.as_str().map(str::to_owned).or_else(|| Some(value.to_string())),
        None => {
            let mut split = false;
            let listed = value.is_array() || value.is_object();
            let mut plain = |text: &str| {
                split |= listed && text.contains(',') || value.is_object() && parameter.explode && text.contains('=');
                text.to_owned()
            };
            let raw = |delimiter: Delimiter| delimiter.raw;
            let text = style::line(parameter.style, parameter.explode, &parameter.name, value, &mut plain, raw);
            if split {
                return Err(bad("an item of a list in a header can hold no comma (and no `=` in an object)"));
            }
            text
        }
    };
    let Some(text) = text else { return Ok(None) };
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err(bad("a header can hold no line break, NUL or other control character"));
    }
    if !text.is_ascii() {
        return Err(bad(
            "a header can hold ASCII only: write other characters the way this API documents, often percent-encoded",
        ));
    }
    bounded(&text, &parameter.field)?;
    Ok(Some(text))
}

/// JSON for a header: characters beyond ASCII as escapes.
fn ascii_json(value: &Value) -> String {
    let mut out = String::new();
    let mut units = [0; 2];
    for c in value.to_string().chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// One header. A list that is spread is several cookies of one name, an object one cookie for each key.
fn cookies(operation: &Operation, arguments: &Map<String, Value>) -> Result<Option<String>, BadArguments> {
    let mut cookies = String::new();
    let mut budget = Budget(REQUEST_HEADER_BYTES_MAX);
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Cookie) {
        for pair in query::pairs(operation, parameter, arguments, &mut budget)? {
            if !cookies.is_empty() {
                cookies.push_str("; ");
            }
            query::write_one(&pair, Escape::Unreserved, &parameter.field, &mut cookies)?;
            bounded(&cookies, &parameter.field)?;
        }
    }
    Ok((!cookies.is_empty()).then_some(cookies))
}

fn bounded(text: &str, field: &str) -> Result<(), BadArguments> {
    if text.len() > REQUEST_HEADER_BYTES_MAX {
        return Err(BadArguments::at(
            field,
            format_args!("it makes a header of {} bytes; at most {REQUEST_HEADER_BYTES_MAX} can be sent", text.len()),
        ));
    }
    Ok(())
}
