//! An upstream's tool list: every page of it, each tool as it was written, all of it bounded.

mod param_header;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::value::RawValue;
use weir_model::{Annotations, Tool, ToolId, UpstreamName, limits, too_deep};

pub(crate) use self::param_header::{ParamHeader, encoded as encoded_header, values as param_header_values};
use crate::{
    Era, ToolFilter,
    link::{Ended, Link, Request},
    pending::Lost,
    redact::Redactor,
    wire::{self, outgoing::quoted},
};

/// What a call needs to know of its tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) repeatable: bool,
    pub(crate) param_headers: Vec<ParamHeader>,
}

#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) tools: Arc<[Tool]>,
    pub(crate) facts: HashMap<Arc<str>, Facts>,
    pub(crate) warnings: Vec<String>,
}

/// Who is asked, and how its answer is to be taken.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) link: &'a Link,
    pub(crate) era: Era,
    pub(crate) meta: &'a str,
    pub(crate) name: &'a UpstreamName,
    pub(crate) filter: &'a ToolFilter,
    pub(crate) redactor: &'a Redactor,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow)]
    tools: Vec<&'a RawValue>,
    #[serde(borrow)]
    next_cursor: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    title: Option<Cow<'a, str>>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    #[serde(borrow)]
    input_schema: Option<&'a RawValue>,
    #[serde(borrow)]
    output_schema: Option<&'a RawValue>,
    #[serde(borrow)]
    annotations: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hints<'a> {
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    read_only_hint: Option<&'a RawValue>,
    #[serde(borrow)]
    destructive_hint: Option<&'a RawValue>,
    #[serde(borrow)]
    idempotent_hint: Option<&'a RawValue>,
}

/// Fetches the whole list. Fails only when the first page cannot be had; what is wrong later costs that part alone.
pub(crate) async fn list(asked: Asked<'_>) -> Result<Listing, Ended> {
    let mut found = Found::new(asked);
    let mut cursor: Option<String> = None;
    let mut cursors = HashSet::new();
    for page in 0.. {
        if page == limits::LIST_PAGES_MAX {
            found.warn(format!("its tool list has more than {} pages; the rest is left out", limits::LIST_PAGES_MAX));
            break;
        }
        let member = cursor.as_ref().map(|cursor| format!(r#""cursor":{}"#, quoted(cursor))).unwrap_or_default();
        let bytes = match fetch(asked, &member).await {
            Ok(bytes) => bytes,
            Err(ended) if page == 0 => return Err(ended),
            Err(ended) => {
                found.warn(format!("page {} of its tool list cannot be had: {}", page + 1, ended.told()));
                break;
            }
        };
        match found.page(&bytes) {
            Ok(None) => break,
            Ok(Some(next)) if !cursors.insert(next.clone()) => {
                found.warn("its tool list repeats a page for ever; what came once is kept".into());
                break;
            }
            Ok(Some(next)) => cursor = Some(next),
            Err(why) if page == 0 => {
                return Err(Ended::with_detail("its tool list is not what the protocol allows", Some(why)));
            }
            Err(why) => {
                found.warn(format!("page {} of its tool list is malformed: {why}", page + 1));
                break;
            }
        }
    }
    Ok(found.done())
}

/// The text of a page's `result`.
async fn fetch(asked: Asked<'_>, member: &str) -> Result<String, Ended> {
    let members: &[&str] = if member.is_empty() { &[] } else { &[member] };
    let request = Request::plain(Some(asked.era), "tools/list", members, asked.meta);
    let answer = match asked.link.request(request).await {
        Ok(answer) => answer,
        Err(Lost::Gone(_) | Lost::NotSent(_)) if matches!(asked.link, Link::Stdio(_)) => {
            return Err(asked.link.ended().await);
        }
        Err(lost) => return Err(Ended::with_detail("its tool list cannot be had", Some(lost.to_string()))),
    };
    match wire::answer::<&RawValue>(&answer.bytes, answer.id) {
        Ok(result) => Ok(asked.redactor.text(result.get()).into_owned()),
        Err(refused) => Err(Ended::with_detail(
            "its tool list cannot be had",
            Some(asked.redactor.text(&refused.to_string()).into_owned()),
        )),
    }
}

struct Found<'a> {
    asked: Asked<'a>,
    tools: Vec<Tool>,
    facts: HashMap<Arc<str>, Facts>,
    warnings: Vec<String>,
    bytes: u64,
}

impl<'a> Found<'a> {
    fn new(asked: Asked<'a>) -> Self {
        Self { asked, tools: Vec::new(), facts: HashMap::new(), warnings: Vec::new(), bytes: 0 }
    }

    /// The next page's cursor, if there is one to be fetched.
    fn page(&mut self, result: &str) -> Result<Option<String>, String> {
        self.bytes += result.len() as u64;
        if self.bytes > limits::LIST_BYTES_MAX {
            self.warn(format!(
                "its tool list is over {} MiB; the rest is left out",
                limits::LIST_BYTES_MAX / limits::MIB
            ));
            return Ok(None);
        }
        let page: Page<'_> =
            serde_json::from_str(result).map_err(|e| e.to_string().chars().take(200).collect::<String>())?;
        for raw in &page.tools {
            if self.facts.len() == limits::TOOLS_PER_UPSTREAM_MAX {
                self.warn(format!("it lists more than {} tools; the rest is left out", limits::TOOLS_PER_UPSTREAM_MAX));
                return Ok(None);
            }
            if let Err(why) = self.tool(raw) {
                self.warn(why);
            }
        }
        Ok(page.next_cursor.filter(|cursor| !cursor.is_empty()).map(Cow::into_owned))
    }

    fn tool(&mut self, raw: &RawValue) -> Result<(), String> {
        let described: Described<'_> = serde_json::from_str(raw.get()).map_err(|e| {
            format!("an entry of its tool list is left out: {}", e.to_string().chars().take(160).collect::<String>())
        })?;
        let name: &str = &described.name;
        if name.is_empty() || name.len() > limits::TOOL_NAME_BYTES_MAX {
            return Err(format!("a tool is left out: its name is {} bytes long", name.len()));
        }
        if !self.asked.filter.admits(name) {
            return Ok(());
        }
        if self.facts.contains_key(name) {
            return Err(format!("tool {name:?} is listed twice; the first one stands"));
        }
        let input_schema =
            match described.input_schema.map(|schema| self.schema(name, "input schema", schema)).transpose()? {
                Some(schema) => schema,
                None => {
                    self.warn(format!("tool {name:?} has no input schema; it is taken to accept any object"));
                    r#"{"type":"object"}"#.into()
                }
            };
        // Without its output schema a tool is still of use.
        let output_schema = described.output_schema.and_then(|schema| {
            self.schema(name, "output schema", schema)
                .map_err(|why| self.warn(format!("{why}, without that schema")))
                .ok()
        });
        let (annotations, hint_title) = hints(described.annotations);
        let name: Arc<str> = name.into();
        let tool = Tool {
            title: described.title.map(|title| cut(&title, 1_000)).or(hint_title),
            description: described.description.map(|text| cut(&text, limits::DESCRIPTION_BYTES_MAX)),
            output_schema,
            annotations,
            ..Tool::new(ToolId { upstream: self.asked.name.clone(), name: name.clone() }, input_schema)
        };
        let facts = Facts { repeatable: tool.repeatable(), param_headers: self.param_headers(&tool)? };
        self.facts.insert(name, facts);
        self.tools.push(tool);
        Ok(())
    }

    fn param_headers(&self, tool: &Tool) -> Result<Vec<ParamHeader>, String> {
        if !self.asked.era.is_modern() || !matches!(self.asked.link, Link::Http(_)) {
            return Ok(Vec::new());
        }
        param_header::annotated(&tool.input_schema).map_err(|why| format!("tool {:?} is left out: {why}", tool.id.name))
    }

    fn schema(&self, name: &str, what: &str, schema: &RawValue) -> Result<Arc<str>, String> {
        let text = schema.get();
        if text.len() > limits::SCHEMA_BYTES_MAX {
            return Err(format!(
                "tool {name:?} is left out: its {what} is over {} KiB",
                limits::SCHEMA_BYTES_MAX / 1024
            ));
        }
        if !text.starts_with('{') {
            return Err(format!("tool {name:?} is left out: its {what} is no object"));
        }
        if too_deep(text, limits::JSON_DEPTH_MAX) {
            return Err(format!(
                "tool {name:?} is left out: its {what} is nested more than {} levels deep",
                limits::JSON_DEPTH_MAX
            ));
        }
        Ok(text.into())
    }

    fn warn(&mut self, warning: String) {
        match self.warnings.len().cmp(&limits::WARNINGS_MAX) {
            std::cmp::Ordering::Less => self.warnings.push(cut(&warning, 500)),
            std::cmp::Ordering::Equal => self.warnings.push("and more of the kind".into()),
            std::cmp::Ordering::Greater => {}
        }
    }

    fn done(self) -> Listing {
        Listing { tools: self.tools.into(), facts: self.facts, warnings: self.warnings }
    }
}

/// A hint of the wrong type is no hint.
fn hints(annotations: Option<&RawValue>) -> (Annotations, Option<String>) {
    let Some(hints) = annotations.and_then(|raw| serde_json::from_str::<Hints<'_>>(raw.get()).ok()) else {
        return (Annotations::default(), None);
    };
    let claim = |raw: Option<&RawValue>| raw.and_then(|raw| serde_json::from_str::<bool>(raw.get()).ok());
    let annotations = Annotations {
        read_only: claim(hints.read_only_hint),
        destructive: claim(hints.destructive_hint),
        idempotent: claim(hints.idempotent_hint),
    };
    let title = hints.title.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    (annotations, title.map(|title| cut(&title, 1_000)))
}

fn cut(text: &str, bytes_max: usize) -> String {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
