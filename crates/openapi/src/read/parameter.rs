//! Parameters of a path and an operation, merged: which there are, where they go, how they are written.

use crate::{Place, Scheme, Style, host::is_of_the_host};

use super::{Reader, library::Spot, media, node::Node, note::quote};

/// One parameter before its field has a name.
#[derive(Debug, Clone)]
pub(super) struct Read<'a> {
    pub(super) name: &'a str,
    pub(super) place: In,
    pub(super) required: bool,
    pub(super) style: Style,
    pub(super) explode: bool,
    pub(super) allow_reserved: bool,
    pub(super) allow_empty: bool,
    pub(super) content: Option<&'a str>,
    /// The one value it can have.
    pub(super) constant: Option<&'a str>,
    /// `None`: anything.
    pub(super) schema: Option<Spot<'a>>,
    pub(super) description: Option<&'a str>,
    pub(super) deprecated: bool,
}

/// Where a parameter is, 2.0's bodies included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    Request(Place),
    Body,
    Form,
}

impl<'a> Reader<'a> {
    /// The parameters of an operation, those of its path first. `Err` says why there can be no operation.
    pub(super) fn parameters(&mut self, lists: [Option<Spot<'a>>; 2]) -> Result<Vec<Read<'a>>, String> {
        let mut parameters: Vec<Read<'a>> = Vec::new();
        for list in lists {
            let first_of_list = parameters.len();
            for spot in self.list_of_parameters(list)?.into_iter().flat_map(Spot::items) {
                if parameters.len() > weir_model::limits::OPERATION_FIELDS_MAX {
                    return Err(format!("it has more than {} parameters", weir_model::limits::OPERATION_FIELDS_MAX));
                }
                let Some(read) = self.parameter(spot)? else { continue };
                match parameters.iter().position(|known| known.is_same(&read)) {
                    // The operation's own parameter replaces its path's.
                    Some(known) if known < first_of_list => parameters[known] = read,
                    Some(_) => self.notes.warn(format!("the parameter {} is declared twice", quote(read.name))),
                    None => parameters.push(read),
                }
            }
        }
        Ok(parameters)
    }

    /// The list itself may be kept elsewhere.
    fn list_of_parameters(&mut self, list: Option<Spot<'a>>) -> Result<Option<Spot<'a>>, String> {
        let Some(list) = list else { return Ok(None) };
        let list =
            self.library.follow(list, &mut self.notes).map_err(|broken| format!("its parameters refer to {broken}"))?;
        match list.node {
            Node::List(_) | Node::Null => Ok(Some(list)),
            node => Err(format!("its parameters are {}, not a list", node.kind())),
        }
    }

    fn parameter(&mut self, spot: Spot<'a>) -> Result<Option<Read<'a>>, String> {
        let target = self
            .library
            .follow(spot, &mut self.notes)
            .map_err(|broken| format!("one of its parameters refers to {broken}"))?;
        if target.object().is_none() {
            return Err(format!("one of its parameters is {}, not an object", target.node.kind()));
        }
        let required = target.flag("required");
        let Some(name) = target.text("name").filter(|name| !name.is_empty()) else {
            if required {
                return Err("one of its parameters has no name".to_owned());
            }
            self.notes.warn("a parameter has no name: it is left out");
            return Ok(None);
        };
        let place = match target.text("in").unwrap_or_default() {
            "path" => In::Request(Place::Path),
            "query" => In::Request(Place::Query),
            "querystring" => In::Request(Place::QueryString),
            "header" => In::Request(Place::Header),
            "cookie" => In::Request(Place::Cookie),
            "body" => In::Body,
            "formData" => In::Form,
            other if required => return Err(format!("its parameter {} is in {}", quote(name), quote(other))),
            other => {
                let (name, other) = (quote(name), quote(other));
                self.notes.warn(format!("the parameter {name} is in {other}, which is no place: it is left out"));
                return Ok(None);
            }
        };
        if target.flag("x-internal") && !required {
            return Ok(None);
        }
        let description = spot.text("description").or_else(|| target.text("description"));
        Ok(Some(self.described(target, name, place, description)))
    }

    fn described(&mut self, spot: Spot<'a>, name: &'a str, place: In, description: Option<&'a str>) -> Read<'a> {
        let content = spot.get("content").and_then(|content| content.entries().next());
        let (content, schema) = match content {
            Some((media, about)) => (Some(media::concrete(media)), about.get("schema")),
            // 2.0 has no schema but its keywords, right here.
            None if spot.get("schema").is_none() && spot.get("type").is_some() => (None, Some(spot)),
            None => (None, spot.get("schema")),
        };
        let (style, explode) = style(spot, place);
        Read {
            name,
            place,
            required: spot.flag("required") || place == In::Request(Place::Path),
            style,
            explode,
            allow_reserved: spot.flag("allowReserved"),
            allow_empty: spot.flag("allowEmptyValue"),
            content,
            constant: None,
            schema,
            description,
            deprecated: spot.flag("deprecated"),
        }
    }

    /// Whether a snippet may set it: not what is the host's, nor what is a credential of a scheme. `Err` says why there can
    /// be no operation.
    pub(super) fn is_settable(&mut self, read: &Read<'a>, schemes: &[&Scheme]) -> Result<bool, String> {
        let In::Request(place) = read.place else { return Ok(true) };
        let is_credential = |scheme: &&Scheme| match scheme {
            Scheme::ApiKey { place: of, name } => *of == place && is_same_name(place, name, read.name),
            _ => false,
        };
        if schemes.iter().any(is_credential) {
            return Ok(false);
        }
        match place {
            Place::Header if is_of_the_host(read.name) => {
                self.notes.warn(format!("the header {} is weir's to set: it is no argument", quote(read.name)));
                Ok(false)
            }
            Place::Header | Place::Cookie if !is_token(read.name) => {
                let name = quote(read.name);
                if read.required {
                    return Err(format!("its parameter {name} cannot be the name of a header or a cookie"));
                }
                self.notes.warn(format!("{name} cannot be the name of a header or a cookie: it is left out"));
                Ok(false)
            }
            _ => Ok(true),
        }
    }
}

impl<'a> Read<'a> {
    /// A placeholder of a path that nothing else is said of.
    pub(super) fn undeclared(name: &'a str) -> Self {
        Self {
            name,
            place: In::Request(Place::Path),
            required: true,
            style: Style::Simple,
            explode: false,
            allow_reserved: false,
            allow_empty: false,
            content: None,
            constant: None,
            schema: None,
            description: None,
            deprecated: false,
        }
    }

    /// What a path key fixes in the query: an argument like any other, with one value, so that the request stays a function
    /// of the arguments.
    pub(super) fn fixed((name, value): (&'a str, &'a str)) -> Self {
        Self {
            place: In::Request(Place::Query),
            style: Style::Form,
            explode: true,
            allow_empty: true,
            constant: Some(value),
            ..Self::undeclared(name)
        }
    }

    /// Whether it says of itself that it is what a bearer token or OAuth is for.
    pub(super) fn is_access_token(&self) -> bool {
        const SAID: &[u8] = b"authentication token";
        let description = self.description.unwrap_or_default().trim_start().as_bytes();
        matches!(self.name, "token" | "access_token" | "auth_token")
            && description.get(..SAID.len()).is_some_and(|start| start.eq_ignore_ascii_case(SAID))
    }

    fn is_same(&self, other: &Self) -> bool {
        let is_header = self.place == In::Request(Place::Header);
        self.place == other.place
            && if is_header { self.name.eq_ignore_ascii_case(other.name) } else { self.name == other.name }
    }
}

fn is_same_name(place: Place, one: &str, other: &str) -> bool {
    if place == Place::Header { one.eq_ignore_ascii_case(other) } else { one == other }
}

/// RFC 9110's `token`.
fn is_token(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// How a value is written: as said, where it is a way for that place, else as the place has it by default.
fn style(spot: Spot<'_>, place: In) -> (Style, bool) {
    if let Some(format) = spot.text("collectionFormat") {
        return collection(format, place);
    }
    if matches!(place, In::Form) || (spot.get("schema").is_none() && spot.text("type") == Some("array")) {
        return collection("csv", place);
    }
    let default = match place {
        In::Request(Place::Path | Place::Header) => Style::Simple,
        _ => Style::Form,
    };
    let style = match (spot.text("style").unwrap_or_default(), place) {
        ("simple", In::Request(Place::Path | Place::Header)) => Style::Simple,
        ("label", In::Request(Place::Path)) => Style::Label,
        ("matrix", In::Request(Place::Path)) => Style::Matrix,
        ("form" | "cookie", In::Request(Place::Query | Place::Cookie)) => Style::Form,
        ("spaceDelimited", In::Request(Place::Query)) => Style::SpaceDelimited,
        ("pipeDelimited", In::Request(Place::Query)) => Style::PipeDelimited,
        ("deepObject", In::Request(Place::Query)) => Style::DeepObject,
        _ => default,
    };
    let explode = match spot.node.get("explode") {
        Some(Node::Bool(explode)) => *explode,
        _ => style == Style::Form,
    };
    (style, explode)
}

/// 2.0's `collectionFormat`.
fn collection(format: &str, place: In) -> (Style, bool) {
    let is_list_of_pairs = matches!(place, In::Request(Place::Query) | In::Form);
    match format {
        "multi" if is_list_of_pairs => (Style::Form, true),
        "ssv" => (Style::SpaceDelimited, false),
        "tsv" => (Style::TabDelimited, false),
        "pipes" => (Style::PipeDelimited, false),
        _ if is_list_of_pairs => (Style::Form, false),
        _ => (Style::Simple, false),
    }
}
