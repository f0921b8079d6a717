//! Durable runs as an operator has them: the built executable, real sandboxes, an upstream that counts, and gateways that are
//! killed in between. From a terminal, and over the admin API (G03, G04, G05).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "durable_cli/admin.rs"]
mod admin;
#[path = "durable_cli/doubt.rs"]
mod doubt;
#[path = "durable_cli/gateway.rs"]
mod gateway;
#[path = "durable_cli/home.rs"]
mod home;
#[path = "durable_cli/http.rs"]
mod http;
#[path = "durable_cli/ledger.rs"]
mod ledger;
#[path = "durable_cli/parked.rs"]
mod parked;
#[path = "durable_cli/snippets.rs"]
mod snippets;
#[path = "durable_cli/values.rs"]
mod values;
