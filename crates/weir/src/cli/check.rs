//! `weir check`: what is configured, what answers, and what it would cost a model directly.

use std::{sync::Arc, time::Instant};

use serde_json::json;
use weir_catalog::tokens;
use weir_model::{Language, RunStatus};
use weir_sandbox::confine::Protection;
use weir_store::{Location, Store};
use weir_upstream::{UpstreamState, UpstreamStatus};

use super::{
    Global,
    direct::{self, DirectCost},
    exit::{Exit, Stopped},
    screen::data,
    start,
};
use crate::{
    gateway::{ExecuteRequest, Executed, Gateway, Program, local},
    surface::{self, RosterCell},
};

mod machine;
mod people;
mod tools;

/// Check the configuration, and connect to everything in it
///
/// Prints which file is used, whether the sandbox works and what keeps its workers inside on
/// this host, and for each upstream whether it is reachable, the protocol it speaks, its
/// tools, how long it took to start, and what its tools' definitions would cost a model
/// directly; tools whose arguments it cannot check whole, and rules of [policy] that fit no
/// tool. Of an HTTP API also which operations cannot be used and why, and which credentials
/// are there; never their values. Ends with 3 when an upstream is not available.
///
/// Examples:
///   weir check
///   weir check --config .cursor/mcp.json --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Check {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// What was found out.
struct Findings {
    /// Milliseconds until a first program had run, or why none did.
    sandbox: Result<u128, String>,
    /// What confines workers on this host, or why nothing is known of it.
    protections: Result<Vec<Protection>, String>,
    upstreams: Vec<Checked>,
    surface_tokens: usize,
}

struct Checked {
    status: UpstreamStatus,
    direct: DirectCost,
    tools: tools::Told,
}

impl Check {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let loaded = start::configured(global)?;
        let gateway =
            start::gateway(&loaded.effective, Store::open(Location::Memory).await.map_err(Stopped::internal)?)?;
        let worker = start::worker()?;
        let (sandbox, protections, ()) = tokio::join!(
            sandbox(&gateway),
            weir_sandbox::protections(&worker),
            start::settled(&gateway, &loaded.effective)
        );
        let statuses = gateway.statuses();
        let catalog = gateway.catalog();
        let roster = RosterCell::default().of(&catalog);
        gateway.shutdown().await;
        let upstreams = statuses.iter().map(|status| Checked {
            status: status.clone(),
            direct: direct(&status.state),
            tools: tools::told(status, &catalog, &loaded.effective),
        });
        let surface_tokens =
            tokens::count(&json!(surface::definitions(&roster.text, loaded.effective.language)).to_string());
        let protections = protections.map_err(|unknown| unknown.to_string());
        let findings = Findings { sandbox, protections, upstreams: upstreams.collect(), surface_tokens };
        if self.json {
            data(&format!("{:#}\n", machine::report(&loaded, &findings)))?;
        } else {
            data(&people::report(&loaded, &findings))?;
        }
        let absent = findings.upstreams.iter().any(|up| !matches!(up.status.state, UpstreamState::Ready { .. }));
        Ok(match findings.sandbox {
            Err(_) => Exit::Internal,
            Ok(_) if absent => Exit::Unavailable,
            Ok(_) => Exit::Ok,
        })
    }
}

/// Runs the smallest program there is.
async fn sandbox(gateway: &Arc<Gateway>) -> Result<u128, String> {
    let started = Instant::now();
    let executed = gateway
        .execute(ExecuteRequest {
            principal: local(),
            program: Program::New {
                code: Arc::from("return 1"),
                language: Language::JavaScript,
                plan: false,
                resumes: None,
            },
            wait: None,
            observer: None,
            cancel: Box::pin(std::future::pending()),
            traceparent: None,
        })
        .await;
    let Executed::Ran(ran) = executed else { return Err("the run was lost".into()) };
    match (ran.report.status, &ran.report.fault) {
        (RunStatus::Completed, _) => Ok(started.elapsed().as_millis()),
        (_, fault) => Err(fault.as_ref().map(|fault| fault.message.clone()).unwrap_or_default()),
    }
}

/// What a model would pay for an upstream's tools listed directly: name, description and input schema of each.
fn direct(state: &UpstreamState) -> DirectCost {
    let tools = if let UpstreamState::Ready { tools, .. } = state { &tools[..] } else { &[] };
    direct::cost(tools)
}
