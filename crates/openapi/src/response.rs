//! What an API answered becomes a value, or a failure that says what happened; and the arguments of the next page.
//!
//! Reads whole bytes that somebody else bounded. Follows nothing, keeps nothing, writes nothing to a file by any name the
//! answer suggests.

mod charset;
mod failure;
pub(crate) mod json;
mod reading;
mod stream;

use serde_json::{Map, Value};
use weir_model::{ToolFailure, ToolReply};

use crate::{Base, Operation, Request, paging};

/// What came, whole and decoded.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub status: u16,
    /// Names in lower case; a name may occur more than once.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub reply: ToolReply,
    /// What was odd: sentences for the report.
    pub warnings: Vec<String>,
}

/// Reads the answer to a request that [`crate::build`] made of these arguments. The failure's message does not name the tool; whoever
/// called does.
pub fn reply(
    operation: &Operation,
    base: &Base,
    arguments: &Map<String, Value>,
    request: &Request,
    answer: Answer<'_>,
) -> Result<Reply, ToolFailure> {
    if !(200..300).contains(&answer.status) {
        return Err(failure::of(answer, &request.url));
    }
    let read = reading::of(operation, answer)?;
    let top = read.top();
    let asked = paging::Asked { operation, base, arguments, request };
    let next = paging::next(asked, answer.headers, top.as_ref());
    drop(top);
    let mut reply = ToolReply::from(read.parts);
    reply.next = next.arguments;
    let mut warnings = read.warnings;
    warnings.extend(next.warning);
    Ok(Reply { reply, warnings })
}

impl<'a> Answer<'a> {
    /// A header's first value.
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }
}
