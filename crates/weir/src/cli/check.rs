//! `weir check`: what is configured, what answers, and what it would cost a model directly.

use std::{sync::Arc, time::Instant};

use serde_json::{Value, json};
use weir_catalog::tokens;
use weir_model::{Language, PrincipalId, RunStatus};
use weir_sandbox::confine::{Protection, Strength};
use weir_store::{Location, Store};
use weir_upstream::{UpstreamState, UpstreamStatus};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{BAD, BOLD, DIM, GOOD, NOTE, data, grouped, styled},
    show::direct_definition,
    start,
};
use crate::{
    answer::escape,
    config::Loaded,
    gateway::{ExecuteRequest, Executed, Gateway, Program},
    surface::{self, RosterCell},
};

/// Check the configuration, and connect to everything in it
///
/// Prints which file is used, whether the sandbox works and what keeps its workers inside on
/// this host, and for each upstream whether it is reachable, the protocol it speaks, its
/// tools, how long it took to start, and what its tools' definitions would cost a model
/// directly. Ends with 3 when an upstream is not available.
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
    definition_tokens: usize,
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
        let roster = RosterCell::default().of(&gateway.catalog());
        gateway.shutdown().await;
        let upstreams = statuses
            .iter()
            .map(|status| Checked { status: status.clone(), definition_tokens: definition_tokens(&status.state) });
        let surface_tokens =
            tokens::count(&json!(surface::definitions(&roster.text, loaded.effective.language)).to_string());
        let protections = protections.map_err(|unknown| unknown.to_string());
        let findings = Findings { sandbox, protections, upstreams: upstreams.collect(), surface_tokens };
        if self.json {
            data(&format!("{:#}\n", as_json(&loaded, &findings)))?;
        } else {
            data(&as_text(&loaded, &findings))?;
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
            principal: PrincipalId::new("local"),
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
pub(super) fn definition_tokens(state: &UpstreamState) -> usize {
    let UpstreamState::Ready { tools, .. } = state else { return 0 };
    tools.iter().map(|tool| tokens::count(&direct_definition(tool).to_string())).sum()
}

fn as_json(loaded: &Loaded, findings: &Findings) -> Value {
    let upstreams = findings.upstreams.iter().map(|up| {
        let mut value = json!({ "name": up.status.name.as_str(), "warnings": up.status.warnings });
        match &up.status.state {
            UpstreamState::Ready { era, server, tools, took } => {
                value["state"] = "ready".into();
                value["protocol"] = era.as_str().into();
                value["server"] = server.as_str().into();
                value["tools"] = tools.len().into();
                value["definition_tokens"] = up.definition_tokens.into();
                value["start_ms"] = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).into();
            }
            UpstreamState::Starting => value["state"] = "starting".into(),
            UpstreamState::Absent { reason } => {
                value["state"] = "absent".into();
                value["reason"] = reason.as_str().into();
            }
        }
        value
    });
    let warnings: Vec<String> = loaded.warnings.iter().map(|warning| warning.message.clone()).collect();
    json!({
        "config": loaded.file,
        "also_seen": loaded.also_seen,
        "notes": loaded.notes,
        "warnings": warnings,
        "disabled": loaded.effective.disabled,
        "sandbox": match &findings.sandbox {
            Ok(ms) => json!({ "ready": true, "first_run_ms": u64::try_from(*ms).unwrap_or(u64::MAX) }),
            Err(why) => json!({ "ready": false, "reason": why }),
        },
        "protections": findings.protections.as_ref().ok().map(|all| all.iter().map(protection).collect::<Vec<_>>()),
        "protections_unknown": findings.protections.as_ref().err(),
        "surface_tokens": findings.surface_tokens,
        "upstreams": upstreams.collect::<Vec<_>>(),
    })
}

fn protection(protection: &Protection) -> Value {
    json!({
        "name": protection.layer.as_str(),
        "state": protection.strength.as_str(),
        "detail": protection.detail,
    })
}

/// One line of what holds, and one for each layer that does not.
fn confinement(protections: &[Protection], mut line: impl FnMut(&str, String)) {
    let (active, other): (Vec<_>, Vec<_>) = protections.iter().partition(|told| told.strength == Strength::Active);
    let names: Vec<&str> = active.iter().map(|told| told.layer.as_str()).collect();
    line("workers", format!("{}  {}", styled(GOOD, "confined"), names.join(", ")));
    for Protection { layer, strength, detail } in other {
        let word = format!("{:<8}", strength.as_str());
        let detail = escape::line(detail, 300);
        line("", format!("{}  {}: {detail}", styled(NOTE, &word), layer.as_str()));
    }
}

fn as_text(loaded: &Loaded, findings: &Findings) -> String {
    let mut text = String::new();
    let mut line = |label: &str, rest: String| text.push_str(&format!("{label:<10} {rest}\n"));
    line("config", loaded.file.clone().unwrap_or_else(|| "none found; weir help tells where it is looked for".into()));
    match &findings.sandbox {
        Ok(ms) => line("sandbox", format!("{}  first program after {ms} ms", styled(GOOD, "ready "))),
        Err(why) => line("sandbox", format!("{}  {}", styled(BAD, "broken"), escape::line(why, 500))),
    }
    match &findings.protections {
        Ok(protections) => confinement(protections, &mut line),
        Err(why) => line("workers", format!("{}  {}", styled(BAD, "unknown "), escape::line(why, 300))),
    }
    for name in &loaded.effective.disabled {
        line(&escape::line(name, 64), styled(DIM, "disabled"));
    }
    for up in &findings.upstreams {
        let name = escape::line(up.status.name.as_str(), 64);
        match &up.status.state {
            UpstreamState::Ready { era, server, tools, took } => line(
                &name,
                format!(
                    "{}  {}  {:>3} tools, {:>7} tokens  {:>6} ms  {}",
                    styled(GOOD, "ready "),
                    era.as_str(),
                    tools.len(),
                    grouped(up.definition_tokens),
                    took.as_millis(),
                    styled(DIM, &escape::line(server, 80)),
                ),
            ),
            UpstreamState::Starting => line(&name, format!("{}  not finished in its time", styled(BAD, "absent"))),
            UpstreamState::Absent { reason } => {
                line(&name, format!("{}  {}", styled(BAD, "absent"), escape::line(reason, 1_000)));
            }
        }
        for warning in &up.status.warnings {
            line("", format!("{} {}", styled(NOTE, "warning:"), escape::line(warning, 500)));
        }
    }
    let direct: usize = findings.upstreams.iter().map(|up| up.definition_tokens).sum();
    if direct > 0 {
        let sums = format!("{} instead of {}", grouped(findings.surface_tokens), grouped(direct));
        text.push_str(&format!("\nA model's context holds {} tokens of definitions.\n", styled(BOLD, &sums)));
    }
    text
}
