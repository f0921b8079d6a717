//! HTTP APIs from their descriptions, through the built binary: against servers, validators and clients that nobody here wrote.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "openapi/api.rs"]
mod api;
#[path = "openapi/case.rs"]
mod case;
#[path = "openapi/check.rs"]
mod check;
#[path = "openapi/credential.rs"]
mod credential;
#[path = "openapi/failure.rs"]
mod failure;
#[path = "openapi/fixture.rs"]
mod fixture;
#[path = "openapi/home.rs"]
mod home;
#[path = "openapi/oracle.rs"]
mod oracle;
#[path = "openapi/pages.rs"]
mod pages;
#[path = "openapi/prism.rs"]
mod prism;
#[path = "openapi/request.rs"]
mod request;
#[path = "openapi/server.rs"]
mod server;
