//! Starting fleets and calling tools, in the few words tests want.

use std::{path::PathBuf, sync::Arc, time::Duration};

use weir_bridge::port::{UpstreamCall, Upstreams as _};
use weir_model::{Part, Secret, Tool, ToolFailure, ToolId, ToolReply, UpstreamName};
use weir_upstream::{Fleet, FleetConfig, Transport, UpstreamConfig, UpstreamState, UpstreamStatus};

/// Ends a test that waits for something that does not come. Generous: two cores, many tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(crate) fn stdio(command: impl Into<String>, args: &[&str]) -> Transport {
    let args = args.iter().map(|&arg| arg.to_owned()).collect();
    Transport::Stdio { command: command.into(), args, env: Vec::new(), cwd: None }
}

pub(crate) fn hostile(args: &[&str]) -> UpstreamConfig {
    let script = here("tests/hostile.py").display().to_string();
    upstream(stdio("python3", &[&[script.as_str()], args].concat()))
}

pub(crate) fn replay(args: &[&str]) -> UpstreamConfig {
    let (script, tools) = (here("../../fixtures/replay_server.py"), here("../../fixtures/toollists"));
    let (script, tools) = (script.display().to_string(), tools.join("github-archived.json").display().to_string());
    upstream(stdio("python3", &[&[script.as_str(), "--tools", tools.as_str()], args].concat()))
}

pub(crate) fn upstream(transport: Transport) -> UpstreamConfig {
    UpstreamConfig::new(UpstreamName::new("up").unwrap(), transport)
}

pub(crate) fn with_env(mut config: UpstreamConfig, name: &str, value: &str) -> UpstreamConfig {
    if let Transport::Stdio { env, .. } = &mut config.transport {
        env.push((name.to_owned(), Secret::new(value.to_owned())));
    }
    config
}

pub(crate) fn fleet(upstreams: Vec<UpstreamConfig>) -> Arc<Fleet> {
    Fleet::start(FleetConfig { upstreams, ..FleetConfig::default() })
}

/// What a ready upstream says of itself.
pub(crate) struct Ready {
    pub(crate) era: String,
    pub(crate) server: String,
    pub(crate) tools: Arc<[Tool]>,
    pub(crate) warnings: Vec<String>,
}

impl Ready {
    pub(crate) fn names(&self) -> Vec<&str> {
        self.tools.iter().map(|tool| &*tool.id.name).collect()
    }
}

/// The first upstream's status, as soon as `wanted` holds of it.
pub(crate) async fn status(fleet: &Fleet, wanted: impl Fn(&UpstreamStatus) -> bool) -> UpstreamStatus {
    let mut status = fleet.status();
    let found = tokio::time::timeout(PATIENCE, status.wait_for(|all| wanted(&all[0]))).await;
    match found {
        Ok(all) => all.unwrap()[0].clone(),
        Err(_) => panic!("it never came to that; the last status is {:?}", fleet.status().borrow()),
    }
}

pub(crate) async fn ready(fleet: &Fleet) -> Ready {
    let status = status(fleet, |s| !matches!(s.state, UpstreamState::Starting)).await;
    match status.state {
        UpstreamState::Ready { protocol, server, tools, .. } => {
            Ready { era: protocol.to_string(), server, tools, warnings: status.warnings }
        }
        other => panic!("not ready but {other:?}"),
    }
}

/// Why the first upstream is absent.
pub(crate) async fn absent(fleet: &Fleet) -> String {
    match status(fleet, |s| matches!(s.state, UpstreamState::Absent { .. })).await.state {
        UpstreamState::Absent { reason } => reason,
        other => panic!("not absent but {other:?}"),
    }
}

/// A fleet of this one upstream, ready.
pub(crate) async fn started(config: UpstreamConfig) -> Arc<Fleet> {
    let fleet = fleet(vec![config]);
    ready(&fleet).await;
    fleet
}

pub(crate) fn request(tool: &str, arguments: &str) -> UpstreamCall {
    UpstreamCall {
        tool: ToolId { upstream: UpstreamName::new("up").unwrap(), name: tool.into() },
        arguments: arguments.into(),
        deadline: PATIENCE,
        idempotency_key: None,
        traceparent: None,
        progress: None,
    }
}

pub(crate) async fn call(fleet: &Fleet, tool: &str, arguments: &str) -> Result<ToolReply, ToolFailure> {
    send(fleet, request(tool, arguments)).await
}

pub(crate) async fn send(fleet: &Fleet, request: UpstreamCall) -> Result<ToolReply, ToolFailure> {
    tokio::time::timeout(PATIENCE, fleet.call(request)).await.expect("a call that never ends")
}

/// The text of a reply of one text.
pub(crate) async fn said(fleet: &Fleet, tool: &str, arguments: &str) -> String {
    match call(fleet, tool, arguments).await.unwrap().parts.as_slice() {
        [Part::Text(text)] => text.clone(),
        other => panic!("no single text: {other:?}"),
    }
}

/// `kind: message` of a call that must fail.
pub(crate) async fn failed(fleet: &Fleet, tool: &str) -> String {
    let failure = call(fleet, tool, "{}").await.unwrap_err();
    format!("{}: {}", failure.kind.as_str(), failure.message)
}

/// Tries again until `check` gives something, for what another process does in its own time.
pub(crate) async fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let tries = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = check() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    tries.await.unwrap_or_else(|_| panic!("it never came to that: {what}"))
}

/// Process ids a hostile upstream noted in its file.
pub(crate) fn noted_pids(file: &std::path::Path) -> Vec<i32> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("pid ")?.parse().ok()).collect()
}

/// Running, that is: neither gone nor a zombie waiting for its parent.
pub(crate) fn is_running(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(|state| state != "Z" && state != "X")
}
