//! What a fake tool says, and how that becomes the reply an upstream would give.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use weir_model::{FailureKind, Part, ToolFailure, ToolReply};

use crate::fill::Holes;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// With holes, see `fill`.
    Json(Value),
    /// Exactly these characters, for numbers a tree would change.
    RawJson(String),
    Text(String),
    Parts(Vec<PartSpec>),
    Generate(Generate),
    Paginate(Paginate),
    Lookup(Lookup),
    Fail(Failure),
    /// Not before the call's deadline.
    Never {},
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartSpec {
    Json(Value),
    Text(String),
    Blob { mime: String, content: String },
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    count: u64,
    item: Value,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paginate {
    of: Generate,
    by: PageBy,
    size: usize,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PageBy {
    /// `page` from 1: a bare list.
    Page,
    /// `cursor`: `{items, next_cursor}`.
    Cursor,
    /// `offset` and `limit`: `{items, total}`.
    Offset,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lookup {
    by: String,
    values: Map<String, Value>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failure {
    kind: String,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    body: Option<Value>,
    retry_after_ms: Option<u64>,
    #[serde(default)]
    retryable: bool,
}

impl Failure {
    fn failure(&self) -> ToolFailure {
        let kind = FailureKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind).expect("a kind of failure");
        ToolFailure {
            status: self.status,
            code: self.code.clone(),
            body: self.body.as_ref().map(Value::to_string),
            retry_after: self.retry_after_ms.map(Duration::from_millis),
            retryable: self.retryable,
            ..ToolFailure::new(kind, &*self.message)
        }
    }
}

impl Answer {
    pub(crate) fn reply(&self, holes: &Holes<'_>) -> Result<ToolReply, ToolFailure> {
        let part = match self {
            Self::Json(value) => Part::Json(holes.fill(value).to_string()),
            Self::RawJson(text) => Part::Json(text.clone()),
            Self::Text(text) => Part::Text(text.clone()),
            Self::Parts(parts) => {
                return Ok(ToolReply::from(parts.iter().map(|part| part.part(holes)).collect::<Vec<_>>()));
            }
            Self::Generate(generate) => Part::Json(Value::Array(generate.items(holes)).to_string()),
            Self::Paginate(paginate) => {
                let (page, next) = paginate.page(holes);
                let next = next.map(|next| next.to_string());
                return Ok(ToolReply { next, ..vec![Part::Json(page.to_string())].into() });
            }
            Self::Lookup(lookup) => return lookup.reply(holes),
            Self::Fail(failure) => return Err(failure.failure()),
            Self::Never {} => unreachable!("answered above"),
        };
        Ok(vec![part].into())
    }
}

impl PartSpec {
    fn part(&self, holes: &Holes<'_>) -> Part {
        match self {
            Self::Json(value) => Part::Json(holes.fill(value).to_string()),
            Self::Text(text) => Part::Text(text.clone()),
            Self::Blob { mime, content } => Part::Blob { mime: mime.clone(), bytes: content.clone().into_bytes() },
        }
    }
}

impl Generate {
    fn items(&self, holes: &Holes<'_>) -> Vec<Value> {
        (0..self.count).map(|index| Holes { index, ..*holes }.fill(&self.item)).collect()
    }
}

impl Paginate {
    /// The page, and the arguments of the next one.
    fn page(&self, holes: &Holes<'_>) -> (Value, Option<Value>) {
        let all = self.of.items(holes);
        let number =
            |name: &str| holes.arguments.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let slice = |from: usize, size: usize| -> Vec<Value> { all.iter().skip(from).take(size).cloned().collect() };
        let with = |name: &str, value: Value| {
            let mut arguments = holes.arguments.clone();
            arguments.insert(name.to_owned(), value);
            Value::Object(arguments)
        };
        match self.by {
            PageBy::Page => {
                let page = number("page").unwrap_or(1);
                let next = (page * self.size < all.len()).then(|| with("page", (page + 1).into()));
                (slice(page.saturating_sub(1) * self.size, self.size).into(), next)
            }
            PageBy::Offset => {
                let from = number("offset").unwrap_or(0);
                let items = slice(from, number("limit").unwrap_or(self.size).min(self.size));
                let next = from + items.len();
                let told = (!items.is_empty() && next < all.len()).then(|| with("offset", next.into()));
                (json!({ "items": items, "total": all.len() }), told)
            }
            PageBy::Cursor => {
                let cursor = holes.arguments.get("cursor").and_then(Value::as_str);
                let from = cursor.and_then(|cursor| cursor.strip_prefix('c')?.parse().ok()).unwrap_or(0);
                let next = from + self.size;
                let next_cursor = (next < all.len()).then(|| format!("c{next}"));
                let told = next_cursor.clone().map(|cursor| with("cursor", cursor.into()));
                (json!({ "items": slice(from, self.size), "next_cursor": next_cursor }), told)
            }
        }
    }
}

impl Lookup {
    fn reply(&self, holes: &Holes<'_>) -> Result<ToolReply, ToolFailure> {
        let asked = match &holes.arguments[&self.by] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match self.values.get(&asked) {
            Some(value) => Ok(vec![Part::Json(holes.fill(value).to_string())].into()),
            None => Err(ToolFailure {
                status: Some(404),
                code: Some("not_found".into()),
                ..ToolFailure::new(FailureKind::ToolError, format!("{} {asked} does not exist", self.by))
            }),
        }
    }
}
