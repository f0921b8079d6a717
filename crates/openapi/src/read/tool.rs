//! Operations as tools: what a snippet, a policy and a person see of them.

use std::{fmt::Write as _, sync::Arc};

use weir_model::{Annotations, Tool, ToolId, UpstreamName, limits};

use crate::{Api, Method, Operation, Place};

use super::operation::cut;

/// Bytes of the request line that `weir show` prints.
const REQUEST_BYTES_MAX: usize = 2_000;

impl Api {
    /// The operations as tools, in order.
    pub fn tools<'a>(
        &'a self,
        upstream: &'a UpstreamName,
        keep: impl Fn(&Operation) -> bool + 'a,
    ) -> impl Iterator<Item = Tool> + 'a {
        let definitions = (!self.definitions.is_empty()).then(|| Arc::clone(&self.definitions));
        self.operations.iter().filter(move |operation| keep(operation)).map(move |operation| Tool {
            id: ToolId { upstream: upstream.clone(), name: Arc::clone(&operation.name) },
            title: operation.title.clone(),
            description: description(operation),
            input_schema: Arc::clone(&operation.input_schema),
            output_schema: operation.output_schema.clone(),
            definitions: definitions.clone(),
            annotations: annotations(operation.method),
            deprecated: operation.deprecated,
            request: Some(operation.request_line(operation.servers.first().map_or("", |server| &server.url)).into()),
        })
    }
}

/// As much as fits beside the title.
fn description(operation: &Operation) -> Option<String> {
    let title_bytes = operation.title.as_ref().map_or(0, String::len);
    let description = operation.description.as_ref()?;
    let description = cut(description, limits::DESCRIPTION_BYTES_MAX.saturating_sub(title_bytes));
    (!description.is_empty()).then(|| description.to_owned())
}

fn annotations(method: Method) -> Annotations {
    let (read_only, destructive, idempotent) = match method {
        Method::Get | Method::Head | Method::Options | Method::Query | Method::Trace => (true, false, true),
        Method::Delete => (false, true, true),
        Method::Put => (false, false, true),
        Method::Post | Method::Patch => (false, false, false),
    };
    Annotations { read_only: Some(read_only), destructive: Some(destructive), idempotent: Some(idempotent) }
}

impl Operation {
    /// The request a call becomes, for people, at the server that it goes to:
    /// `GET https://api.github.com/repos/{owner}/{repo}/issues ?state ?labels X-Trace: body:application/json`
    pub fn request_line(&self, server: &str) -> String {
        let mut line = format!("{} {}{}", self.method.as_str(), server.trim_end_matches('/'), self.path.text);
        for parameter in &self.parameters {
            let name = &parameter.name;
            // Writing to a text cannot fail.
            let _ = match parameter.place {
                Place::Path => Ok(()),
                Place::Query | Place::QueryString => write!(line, " ?{name}"),
                Place::Header => write!(line, " {name}:"),
                Place::Cookie => write!(line, " cookie:{name}"),
            };
        }
        if let Some(media) = self.body.as_ref().and_then(|body| body.media.first()) {
            let _ = write!(line, " body:{}", media.name);
        }
        let line: String = line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
        cut(&line, REQUEST_BYTES_MAX).to_owned()
    }
}
