//! The adapter against upstreams that are fake, hostile and real. Every wait is bounded; nothing sleeps to be in step.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, in its fakes too")]

mod api;
mod ending;
mod eras;
mod hostile;
mod http;
mod isolation;
mod oauth;
mod oauth_hostile;
mod openapi;
mod openapi_connection;
mod openapi_credential;
mod openapi_hostile;
mod real;
mod replay;
mod support;
mod webhook;
