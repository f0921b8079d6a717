//! Kept results as MCP resources: `weir://results/{handle}`, a part at a time. A handle is read by the principal it was kept
//! for; to anybody else it is the same as one that never was.

use base64::{Engine, prelude::BASE64_STANDARD};
use rmcp::{
    ErrorData,
    model::{
        CacheScope, ListResourceTemplatesResult, ListResourcesResult, MetaObject, ReadResourceResult, Resource,
        ResourceContents, ResourceTemplate,
    },
};
use serde_json::json;
use weir_bridge::port::StoredKind;
use weir_model::HandleId;
use weir_store::{HandlePage, HandleSummary};

use super::handler::{LIST_TTL_MS, Shared, unavailable};
use crate::answer::{MARK, RESOURCE, escape, resource_uri};

/// Bytes of one part, where the reader names no length, and at most.
const PART_BYTES: usize = 256 * 1024;
const PART_BYTES_MAX: usize = 1024 * 1024;
/// Resources of one page of the list.
const LISTED_MAX: usize = 32;
/// A URI as an error repeats it, and a cursor.
const URI_CHARS_MAX: usize = 200;
const PAGE_META: &str = "weir/part";
const JSON: &str = "application/json";
/// What every handle begins with.
const HANDLE: &str = "h_";

/// What is kept for the principal, newest first. A cursor is the last handle of the page before: what is older than one
/// that has gone meanwhile has gone before it, so the list ends there.
pub(super) async fn list(shared: &Shared, cursor: Option<&str>) -> Result<ListResourcesResult, ErrorData> {
    let before = cursor.map(last_of_page).transpose()?;
    let kept = shared.gateway.store().handles(&shared.principal, before.as_ref(), LISTED_MAX + 1).await;
    Ok(listed(kept.map_err(unavailable)?))
}

fn last_of_page(cursor: &str) -> Result<HandleId, ErrorData> {
    if cursor.starts_with(HANDLE) {
        return Ok(HandleId::new(cursor));
    }
    let cursor = escape::line(cursor, URI_CHARS_MAX);
    let message = format!("there is no page \"{cursor}\": a cursor is the nextCursor of the page before");
    Err(ErrorData::invalid_params(message, None))
}

/// `kept`: one more than fits a page, where there are more.
fn listed(mut kept: Vec<HandleSummary>) -> ListResourcesResult {
    let more = kept.len() > LISTED_MAX;
    kept.truncate(LISTED_MAX);
    let next = kept.last().filter(|_| more).map(|last| last.handle.to_string());
    let mut listed = ListResourcesResult::with_all_items(kept.into_iter().map(resource).collect());
    listed.next_cursor = next;
    listed.with_ttl_ms(0).with_cache_scope(CacheScope::Private)
}

fn resource(kept: HandleSummary) -> Resource {
    let HandleSummary { handle, kind, length } = kept;
    let (mime, what) = match kind {
        StoredKind::Json => (JSON.to_owned(), "What a program returned, too large for an answer of execute"),
        StoredKind::Binary(mime) => (mime, "What a tool answered in binary"),
    };
    let description = format!("{what}; load(\"{handle}\") has it in a program.");
    Resource::new(resource_uri(&handle), handle.to_string())
        .with_description(description)
        .with_mime_type(mime)
        .with_size(length)
}

pub(super) fn templates() -> ListResourceTemplatesResult {
    let template = ResourceTemplate::new(format!("{RESOURCE}{{handle}}{{?offset,length}}"), "result")
        .with_title("A kept result")
        .with_description(
            "The whole of a value that was too large for an answer of execute, by the handle that answer names. offset and \
             length count bytes.",
        );
    ListResourceTemplatesResult::with_all_items(vec![template])
        .with_ttl_ms(LIST_TTL_MS)
        .with_cache_scope(CacheScope::Private)
}

pub(super) async fn read(shared: &Shared, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let wanted = Wanted::of(uri)?;
    let page = shared
        .gateway
        .store()
        .handle_page(&shared.principal, &wanted.handle, wanted.offset, wanted.length)
        .await
        .map_err(unavailable)?;
    let page = page.ok_or_else(|| not_found(uri))?;
    let contents = contents(&wanted.handle, page);
    Ok(ReadResourceResult::new(contents).with_ttl_ms(0).with_cache_scope(CacheScope::Private))
}

fn not_found(uri: &str) -> ErrorData {
    let uri = escape::line(uri, URI_CHARS_MAX);
    let message = format!(
        "there is no resource {uri}: results are named {RESOURCE} and the handle an answer told, and kept for a while only"
    );
    ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
}

#[derive(Debug, PartialEq)]
struct Wanted {
    handle: HandleId,
    offset: u64,
    length: usize,
}

impl Wanted {
    fn of(uri: &str) -> Result<Self, ErrorData> {
        let (name, query) = uri
            .strip_prefix(RESOURCE)
            .map(|rest| rest.split_once('?').unwrap_or((rest, "")))
            .ok_or_else(|| not_found(uri))?;
        let mut wanted = Self { handle: HandleId::new(name), offset: 0, length: PART_BYTES };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let fits = match pair.split_once('=') {
                Some(("offset", offset)) => offset.parse().map(|offset| wanted.offset = offset).is_ok(),
                Some(("length", length)) => {
                    let length = length.parse().ok().filter(|length| (1..=PART_BYTES_MAX).contains(length));
                    length.map(|length| wanted.length = length).is_some()
                }
                _ => false,
            };
            if !fits {
                let pair = escape::line(pair, 60);
                let message = format!(
                    "\"{pair}\" is no part of a result: a URI ends with ?offset=BYTES&length=BYTES, length at most {PART_BYTES_MAX}"
                );
                return Err(ErrorData::invalid_params(message, None));
            }
        }
        Ok(wanted)
    }
}

/// The part, and where it is not the last one a word about the next.
fn contents(handle: &HandleId, page: HandlePage) -> Vec<ResourceContents> {
    let HandlePage { kind, length: total, offset, bytes } = page;
    let offset = offset.min(total);
    let (skipped, part) = match kind {
        StoredKind::Json => {
            let (skipped, text) = whole_characters(&bytes);
            (skipped, Part::Text(text))
        }
        StoredKind::Binary(mime) => (0, Part::Blob { mime, base64: BASE64_STANDARD.encode(&bytes) }),
    };
    let used = if let Part::Text(text) = &part { text.len() } else { bytes.len() };
    let (from, to) = (offset + skipped as u64, offset + (skipped + used) as u64);
    let whole = from == 0 && to == total;
    let uri = resource_uri(handle);
    let here = if whole { uri.clone() } else { format!("{uri}?offset={from}&length={used}") };
    let mut contents = match part {
        // A part of JSON is none.
        Part::Text(text) => {
            ResourceContents::text(escape::json(text), here).with_mime_type(if whole { JSON } else { "text/plain" })
        }
        Part::Blob { mime, base64 } => ResourceContents::blob(base64, here).with_mime_type(mime),
    };
    if whole {
        return vec![contents];
    }
    let next = (to < total && used > 0).then(|| format!("{uri}?offset={to}"));
    let mut meta = MetaObject::new();
    meta.0.insert(PAGE_META.into(), json!({"offset": from, "bytes": used, "total_bytes": total, "next": next}));
    contents = contents.with_meta(meta);
    let Some(next) = next else { return vec![contents] };
    let word = format!("{MARK} bytes {from} to {to} of {total}; the next part is the resource {next}");
    vec![contents, ResourceContents::text(word, next)]
}

enum Part<'a> {
    Text(&'a str),
    Blob { mime: String, base64: String },
}

/// The whole characters of a part of UTF-8 text, and how many bytes of one cut in two stand before them.
fn whole_characters(bytes: &[u8]) -> (usize, &str) {
    let is_inside = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let start = bytes.iter().take_while(|byte| is_inside(byte)).count();
    let rest = &bytes[start..];
    match std::str::from_utf8(rest) {
        Ok(text) => (start, text),
        Err(error) => {
            (start, std::str::from_utf8(&rest[..error.valid_up_to()]).expect("valid as far as the error says"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rmcp::model::ErrorCode;
    use serde_json::Value;

    use super::*;

    fn shown(kind: StoredKind, whole: &[u8], offset: usize, length: usize) -> Value {
        let from = offset.min(whole.len());
        let bytes = whole[from..whole.len().min(from.saturating_add(length))].to_vec();
        let page = HandlePage { kind, length: whole.len() as u64, offset: offset as u64, bytes };
        serde_json::to_value(contents(&HandleId::new("h_1"), page)).expect("serialises")
    }

    #[test]
    fn a_whole_value_and_its_parts() {
        let text = "{\"a\":\"ü\u{202e}\"}".as_bytes();
        insta::assert_snapshot!(shown(StoredKind::Json, text, 0, 100).to_string(), @r#"[{"uri":"weir://results/h_1","mimeType":"application/json","text":"{\"a\":\"ü\\u202e\"}"}]"#);
        insta::assert_snapshot!(shown(StoredKind::Json, text, 0, 7).to_string(), @r#"[{"uri":"weir://results/h_1?offset=0&length=6","mimeType":"text/plain","text":"{\"a\":\"","_meta":{"weir/part":{"offset":0,"bytes":6,"total_bytes":13,"next":"weir://results/h_1?offset=6"}}},{"uri":"weir://results/h_1?offset=6","mimeType":"text/plain","text":"[weir] bytes 0 to 6 of 13; the next part is the resource weir://results/h_1?offset=6"}]"#);
        insta::assert_snapshot!(shown(StoredKind::Json, text, 7, 100).to_string(), @r#"[{"uri":"weir://results/h_1?offset=8&length=5","mimeType":"text/plain","text":"\\u202e\"}","_meta":{"weir/part":{"offset":8,"bytes":5,"total_bytes":13,"next":null}}}]"#);
        insta::assert_snapshot!(shown(StoredKind::Json, text, 500, 100).to_string(), @r#"[{"uri":"weir://results/h_1?offset=13&length=0","mimeType":"text/plain","text":"","_meta":{"weir/part":{"offset":13,"bytes":0,"total_bytes":13,"next":null}}}]"#);
        insta::assert_snapshot!(shown(StoredKind::Binary("image/png".into()), &[0, 255, 1], 0, 2).to_string(), @r#"[{"uri":"weir://results/h_1?offset=0&length=2","mimeType":"image/png","blob":"AP8=","_meta":{"weir/part":{"offset":0,"bytes":2,"total_bytes":3,"next":"weir://results/h_1?offset=2"}}},{"uri":"weir://results/h_1?offset=2","mimeType":"text/plain","text":"[weir] bytes 0 to 2 of 3; the next part is the resource weir://results/h_1?offset=2"}]"#);
    }

    fn kept(count: usize) -> Vec<HandleSummary> {
        let kind = |n| if n == 0 { StoredKind::Binary("image/png".into()) } else { StoredKind::Json };
        let one = |n| HandleSummary { handle: HandleId::new(format!("h_{n}")), kind: kind(n), length: 7 };
        (0..count).map(one).collect()
    }

    #[test]
    fn a_page_of_the_list_is_bounded() {
        for (held, shown, next) in [(0, 0, None), (1, 1, None), (32, 32, None), (33, 32, Some("h_31"))] {
            let page = listed(kept(held));
            assert_eq!((page.resources.len(), page.next_cursor.as_deref()), (shown, next), "{held}");
        }
        insta::assert_snapshot!(serde_json::to_string(&listed(kept(2)).resources).expect("serialises"), @r#"[{"uri":"weir://results/h_0","name":"h_0","description":"What a tool answered in binary; load(\"h_0\") has it in a program.","mimeType":"image/png","size":7},{"uri":"weir://results/h_1","name":"h_1","description":"What a program returned, too large for an answer of execute; load(\"h_1\") has it in a program.","mimeType":"application/json","size":7}]"#);
        assert_eq!(last_of_page("h_31").expect("fits").as_str(), "h_31");
        for cursor in ["", "31", "weir://results/h_31"] {
            assert_eq!(last_of_page(cursor).expect_err(cursor).code, ErrorCode::INVALID_PARAMS, "{cursor}");
        }
    }

    #[test]
    fn g03_what_names_no_result_is_not_found() {
        let wanted = |offset, length| Wanted { handle: HandleId::new("h_1"), offset, length };
        assert_eq!(Wanted::of("weir://results/h_1").expect("fits"), wanted(0, PART_BYTES));
        assert_eq!(Wanted::of("weir://results/h_1?length=9&offset=7").expect("fits"), wanted(7, 9));
        let rows = [
            ("file:///etc/passwd", ErrorCode::RESOURCE_NOT_FOUND),
            ("weir://runs/h_1", ErrorCode::RESOURCE_NOT_FOUND),
            ("", ErrorCode::RESOURCE_NOT_FOUND),
            ("weir://results/h_1?offset=-1", ErrorCode::INVALID_PARAMS),
            ("weir://results/h_1?length=0", ErrorCode::INVALID_PARAMS),
            ("weir://results/h_1?length=99999999", ErrorCode::INVALID_PARAMS),
            ("weir://results/h_1?page=1", ErrorCode::INVALID_PARAMS),
        ];
        for (uri, code) in rows {
            assert_eq!(Wanted::of(uri).expect_err(uri).code, code, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn parts_read_one_after_the_other_are_the_whole(value in "[a-zü日😀\u{202e}]{0,60}", length in 4usize..20) {
            let whole = serde_json::to_string(&value).expect("serialises");
            let (mut read, mut offset) = (String::new(), 0);
            loop {
                let page = shown(StoredKind::Json, whole.as_bytes(), offset, length);
                read += page[0]["text"].as_str().expect("text");
                match page[0]["_meta"][PAGE_META]["next"].as_str() {
                    Some(next) => offset = next.rsplit_once('=').expect("an offset").1.parse().expect("a number"),
                    None => break,
                }
            }
            prop_assert_eq!(serde_json::from_str::<String>(&read).expect("JSON"), value);
        }
    }
}
