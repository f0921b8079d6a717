//! One operation: everything a call of it needs, or the reason why there can be none.

use weir_model::limits;

use crate::{Method, Operation, Parameter, PathTemplate, Piece, Place, Requirement, Scheme};

use super::{
    Reader,
    library::Spot,
    note::quote,
    parameter::{In, Read},
    path::{self, Part, Template},
    reader::PathItem,
    security, server,
    source::Dialect,
};

/// Tags of one operation.
const TAGS_MAX: usize = 64;
/// What a text costs beside its bytes.
const VALUE_BYTES: usize = 48;

impl<'a> Reader<'a> {
    pub(super) fn operation(
        &mut self,
        item: &PathItem<'a>,
        method: Method,
        spot: Spot<'a>,
    ) -> Result<Operation, String> {
        self.has_room()?;
        let root = self.library.root();
        let template = path::template(item.path)?;
        let security = security::security(spot).unwrap_or_else(|| self.security.clone());
        let mut parameters = self.parameters([item.get("parameters"), spot.get("parameters")])?;
        self.drop_tokens(&mut parameters, &security);
        self.spend_looks(parameters.len());
        let own = |key: &str| spot.get(key).or_else(|| root.get(key));
        let mut body = self.older_body(&mut parameters, own("consumes"));
        if body.is_none() {
            body = self.body(spot, method)?;
        }
        let mut parameters = self.settable(parameters, &security)?;
        self.match_path(item.path, &template, &mut parameters)?;
        for fixed in path::fixed_query(item.path).take(limits::OPERATION_FIELDS_MAX) {
            let is_declared = |read: &Read<'_>| read.place == In::Request(Place::Query) && read.name == fixed.0;
            match parameters.iter_mut().find(|read| is_declared(read)) {
                Some(read) => (read.required, read.constant) = (true, Some(fixed.1)),
                None => parameters.push(Read::fixed(fixed)),
            }
        }
        let input = self.input(parameters, body)?;
        let (responses, output) = self.responses(spot, own("produces"));
        let output = output.filter(|_| method != Method::Head);
        self.has_room()?;
        let servers = match self.dialect {
            Dialect::V2 if spot.get("schemes").is_some() => server::older(root, spot.get("schemes")),
            _ => server::servers(spot).or_else(|| item.servers()).unwrap_or_else(|| self.servers.clone()),
        };
        // Only now nothing can go wrong: what the operation refers to is kept.
        let (output_schema, output_wanted) = output.unzip();
        self.definitions.keep(input.wanted.into_iter().chain(output_wanted.into_iter().flatten()));
        let about = |key: &str| {
            let text = spot.text(key).or_else(|| item.get(key).and_then(|spot| spot.node.as_text()))?;
            let text = cut(text.trim(), limits::DESCRIPTION_BYTES_MAX);
            (!text.is_empty()).then(|| text.to_owned())
        };
        let operation = Operation {
            name: self.names.give(spot.text("operationId"), method, &template.text).into(),
            title: about("summary"),
            description: about("description"),
            method,
            path: pieces(template, &input.parameters),
            servers,
            parameters: input.parameters,
            body: input.body,
            responses,
            security,
            tags: spot.get("tags").into_iter().flat_map(Spot::texts).take(TAGS_MAX).map(str::to_owned).collect(),
            deprecated: spot.flag("deprecated"),
            input_schema: input.schema.into(),
            output_schema: output_schema.map(Into::into),
        };
        self.spend(weight(&operation));
        Ok(operation)
    }

    fn spend_looks(&mut self, looks: usize) {
        self.looks_left = self.looks_left.saturating_sub(looks);
    }

    /// The parameters that a snippet sets.
    fn settable(&mut self, parameters: Vec<Read<'a>>, security: &[Vec<Requirement>]) -> Result<Vec<Read<'a>>, String> {
        // Where nothing is said of security, any scheme of the description may be meant.
        let schemes: Vec<Scheme> = if security.is_empty() {
            self.schemes.values().cloned().collect()
        } else {
            security.iter().flatten().filter_map(|needed| self.schemes.get(&needed.scheme).cloned()).collect()
        };
        let schemes: Vec<&Scheme> = schemes.iter().collect();
        let mut settable = Vec::new();
        for read in parameters {
            if self.is_settable(&read, &schemes)? {
                settable.push(read);
            }
        }
        Ok(settable)
    }

    /// Some descriptions have the token that their scheme speaks of once more, as an argument: the host's, too.
    fn drop_tokens(&mut self, parameters: &mut Vec<Read<'a>>, security: &[Vec<Requirement>]) {
        let is_token = |needed: &Requirement| {
            matches!(self.schemes.get(&needed.scheme), Some(Scheme::OAuth2 { .. } | Scheme::Bearer))
        };
        if security.iter().flatten().any(is_token) {
            parameters.retain(|read| !read.is_access_token());
        }
    }

    /// Makes every placeholder of the path a parameter, and drops path parameters that it has no place for.
    fn match_path(&mut self, path: &'a str, template: &Template, parameters: &mut Vec<Read<'a>>) -> Result<(), String> {
        let is_path = |read: &Read<'_>| read.place == In::Request(Place::Path);
        let mut unplaced = Vec::new();
        parameters.retain(|read| {
            let is_placed = !is_path(read) || template.placeholders().any(|name| is_for(read.name, name));
            if !is_placed {
                unplaced.push(read.name);
            }
            is_placed
        });
        for name in unplaced {
            let (name, path) = (quote(name), quote(&template.text));
            self.notes.warn(format!("the path parameter {name} is not in {path}: it is left out"));
        }
        if template.placeholders().count() > limits::OPERATION_FIELDS_MAX {
            return Err(format!("its path has more than {} parameters", limits::OPERATION_FIELDS_MAX));
        }
        let placeholders = path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        for placeholder in placeholders.take(template.placeholders().count()) {
            if parameters.iter().any(|read| is_path(read) && is_for(read.name, placeholder)) {
                continue;
            }
            let name = path::bare(placeholder);
            if name.is_empty() {
                return Err(format!("its path has a parameter without a name: {}", quote(&template.text)));
            }
            self.notes.warn(format!("the parameter {} of {} is not declared", quote(name), quote(&template.text)));
            parameters.push(Read::undeclared(name));
        }
        Ok(())
    }
}

/// Bytes of text in an operation, the schemas apart that were counted as they were written.
fn weight(operation: &Operation) -> usize {
    let texts = [operation.title.as_deref(), operation.description.as_deref(), Some(&operation.path.text)];
    let texts = texts.into_iter().flatten().chain(operation.tags.iter().map(String::as_str));
    let servers = operation.servers.iter().flat_map(|server| {
        let values = server.variables.iter().flat_map(|(name, variable)| {
            [name, &variable.default].into_iter().chain(&variable.allowed).map(|text| text.len() + VALUE_BYTES)
        });
        values.chain([server.url.len()])
    });
    let needed = operation.security.iter().flatten();
    let security = needed.flat_map(|needed| [&needed.scheme].into_iter().chain(&needed.scopes));
    let parameters = operation.parameters.iter().flat_map(|parameter| [&parameter.field, &parameter.name]);
    let encodings = operation.body.iter().flat_map(|body| &body.media).flat_map(|media| media.encodings.keys());
    let media = operation.responses.iter().flat_map(|response| &response.media).map(|(name, _)| name);
    let strings = security.chain(parameters).chain(encodings).chain(media).map(|text| text.len() + VALUE_BYTES);
    texts.map(str::len).chain(servers).chain(strings).sum()
}

/// Whether a parameter is the one that a placeholder means.
fn is_for(name: &str, placeholder: &str) -> bool {
    name == placeholder || name == path::bare(placeholder)
}

fn pieces(template: Template, parameters: &[Parameter]) -> PathTemplate {
    let index = |name: &str| {
        let of_path = |parameter: &Parameter| parameter.place == Place::Path;
        let exact = parameters.iter().position(|parameter| of_path(parameter) && parameter.name == name);
        exact.or_else(|| parameters.iter().position(|parameter| of_path(parameter) && is_for(&parameter.name, name)))
    };
    let piece = |part: Part| match part {
        Part::Text(text) => Piece::Text(text),
        Part::Placeholder(name) => match index(&name) {
            Some(index) => Piece::Parameter(index),
            None => Piece::Text(format!("{{{name}}}")),
        },
    };
    let segments = template.segments.into_iter().map(|segment| segment.into_iter().map(piece).collect()).collect();
    PathTemplate { text: template.text, segments }
}

/// At most so many bytes of a text, whole characters.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    let end = (0..=text.len().min(bytes_max)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}
