//! HTTP APIs from their OpenAPI descriptions: read tolerantly, asked exactly, answered faithfully.
//!
//! Pure: bytes in, values out. Whoever reads files, sends requests or holds a credential is `weir-upstream`.

mod api;
mod host;
mod leave_out;
mod paging;
mod read;
mod request;
mod response;

pub use api::{
    Api, Body, BodyFields, Encoding, Media, MediaKind, Method, Operation, Parameter, PathTemplate, Piece, Place,
    Requirement, Response, Scheme, Server, Skipped, StatusRange, Style, Variable,
};
pub use read::{Description, Files, Unreadable, read};
pub use request::{BadArguments, BadBase, Base, Request, build};
pub use response::{Answer, Reply, reply};
