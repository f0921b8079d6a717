//! A tool's pages: `for page in github.list_issues.pages(owner = "a", _max = 5)`. All of them at once, for the language has no generators.
//!
//! Each page is a call of its own. What asks for the next one comes with the answer, as text, and goes back as it is.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{json, value::RawValue};
use starlark::{
    collections::SmallMap,
    values::{Heap, StringValue, Value},
};
use weir_model::limits::{PAGES_DEFAULT, PAGES_MAX};

use super::{
    fiber::{Fiber, misuse},
    tools::received,
};
use crate::frame::Level;

/// How many pages, among the named arguments. A parameter of a tool that is called so goes into the one dict.
const MAX: &str = "_max";

/// What a page is delivered as.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
    asked: String,
    next: Option<String>,
}

/// Takes the number of pages out of the named arguments; `None` when the snippet does not say.
pub(super) fn max<'v>(
    written: &str,
    named: &mut SmallMap<StringValue<'v>, Value<'v>>,
) -> starlark::Result<Option<u32>> {
    let Some(value) = named.shift_remove(MAX).filter(|value| !value.is_none()) else { return Ok(None) };
    let max = value.unpack_i32().and_then(|max| u32::try_from(max).ok()).filter(|max| (1..=PAGES_MAX).contains(max));
    match max {
        Some(max) => Ok(Some(max)),
        None => Err(misuse(format!("{written} takes {MAX} as a whole number from 1 to {PAGES_MAX}"))),
    }
}

/// One tool's pages, from the first.
pub(super) struct Walk<'a> {
    pub(super) written: &'a str,
    pub(super) namespace: &'a str,
    pub(super) member: &'a str,
    pub(super) max: Option<u32>,
}

impl Walk<'_> {
    /// The values of all pages. `arguments` is JSON text.
    pub(super) fn all<'v>(
        &self,
        line: u32,
        arguments: String,
        fiber: &Fiber<'_>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let tool = json!([self.namespace, self.member]);
        let (mut values, mut seen, mut next) = (Vec::new(), HashSet::new(), Some(arguments));
        while let Some(arguments) = next {
            let answer = fiber.call(line, "", "page", format!("{{\"tool\":{tool},\"arguments\":{arguments}}}"))?;
            let page: Page<'_> = serde_json::from_str(&answer).map_err(|_| misuse("the answer is no page"))?;
            values.push(received(page.value.get(), fiber, heap)?);
            seen.insert(page.asked);
            next = page.next.filter(|next| !self.is_over(values.len(), seen.contains(next), fiber));
        }
        Ok(heap.alloc(values))
    }

    fn is_over(&self, count: usize, repeats: bool, fiber: &Fiber<'_>) -> bool {
        let (written, s) = (self.written, if count == 1 { "" } else { "s" });
        if repeats {
            let why = "the upstream names one as the next that was there before";
            fiber.log(Level::Warn, format!("{written} stopped after {count} page{s}: {why}"));
            return true;
        }
        let over = count >= self.max.unwrap_or(PAGES_DEFAULT) as usize;
        if over && self.max.is_none() {
            let more = format!("there are more: pass {MAX} for up to {PAGES_MAX}");
            fiber.log(Level::Warn, format!("{written} stopped after {count} pages, and {more}"));
        }
        over
    }
}
