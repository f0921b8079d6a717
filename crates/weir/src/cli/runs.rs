//! `weir runs`: what was run, one run's story, and a run once more from its journal.

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::json;
use weir_store::{RunFilter, RunState, RunSummary};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{DIM, NAME, cut, data, styled, talk},
    store,
};
use crate::{admin, answer::escape, instant};

pub(in crate::cli) mod find;
mod replay;
mod show;
pub(in crate::cli) mod story;
pub(in crate::cli) mod when;

/// What fits a line of 80 characters beside the indentation.
const FIRST_LINE_CHARS_MAX: usize = 74;
const PRINCIPAL_CHARS_MAX: usize = 12;

/// List runs, show what one did, or replay one
///
/// Every run is kept: its program, each call with arguments and answer, what people decided
/// of it, and how it ended. Newest first. An id may be shortened as long as it is the only
/// one that begins so.
///
/// Examples:
///   weir runs
///   weir runs --status parked
///   weir runs show run_3f8e12ab34cd
///   weir runs replay run_3f8e12ab34cd
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(super) struct Runs {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only runs of this status; may be repeated
    #[arg(long, value_parser = PossibleValuesParser::new(RunState::ALL.map(RunState::as_str)))]
    status: Vec<String>,
    /// Runs at most
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Print the runs as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::Show),
    Replay(replay::Replay),
}

impl Runs {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        match self.command {
            Some(Command::Show(show)) => return show.run(global).await,
            Some(Command::Replay(replay)) => return replay.run(global).await,
            None => {}
        }
        let store = store::open(global).await?;
        let states = RunState::ALL.into_iter().filter(|state| self.status.iter().any(|asked| asked == state.as_str()));
        let filter = RunFilter { principal: None, states: states.collect(), limit: self.limit, before: None };
        let runs = store.runs(filter).await.map_err(store::unavailable)?;
        if self.json {
            data(&format!("{:#}\n", json!(runs.iter().map(admin::view::summary).collect::<Vec<_>>())))?;
            return Ok(Exit::Ok);
        }
        if runs.is_empty() {
            match self.status.is_empty() {
                true => talk("weir: nothing was run yet"),
                false => talk(&format!("weir: no run is {}", self.status.join(" or "))),
            }
            return Ok(Exit::Ok);
        }
        data(&text(&runs, instant::now_unix_ms()))?;
        if runs.len() == self.limit as usize {
            talk(&format!("weir: the newest {}; --limit shows more", self.limit));
        }
        Ok(Exit::Ok)
    }
}

/// Two lines a run.
fn text(runs: &[RunSummary], now: u64) -> String {
    let mut out = String::new();
    for run in runs {
        let calls = if run.calls == 1 { "1 call".to_owned() } else { format!("{} calls", run.calls) };
        let principal = escape::line(run.principal.as_str(), PRINCIPAL_CHARS_MAX);
        let state = format!("{}{:pad$}", story::state_text(run.state), "", pad = 9 - run.state.as_str().len());
        out.push_str(&format!(
            "{}  {state}  {:<11}  {:<10}  {principal}  {calls}\n",
            styled(NAME, find::short(run.run.as_str())),
            when::ago(run.started_unix_ms, now),
            run.language.as_str(),
        ));
        let what = matter(run);
        let room = FIRST_LINE_CHARS_MAX - what.chars().count();
        // Cut again: an escape takes several characters.
        let first = cut(&escape::line(&run.first_line, room), room);
        out.push_str(&format!("    {what}{}\n", styled(DIM, &first)));
    }
    out
}

/// What somebody who looks for a run wants to know before all else.
fn matter(run: &RunSummary) -> String {
    match (run.state, run.waiting, run.decided, run.fault) {
        (RunState::Failed, _, _, Some(fault)) => format!("{}: ", fault.as_str()),
        (RunState::Parked, 0, 1.., _) => "decided, can go on: ".to_owned(),
        (RunState::Parked, 0, 0, _) => "can go on: ".to_owned(),
        (RunState::Parked, 1, ..) => "waits for a decision: ".to_owned(),
        (RunState::Parked, many, ..) => format!("waits for {many} decisions: "),
        _ if run.plan => "plan: ".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use weir_model::{FaultKind, Language, PrincipalId, RunId};

    use super::*;

    #[test]
    fn a_list_of_runs_fits_a_terminal() {
        let run = |state, principal: &str, language, calls, first_line: &str| RunSummary {
            run: RunId::new("run_0123456789abcdef0123456789abcdef"),
            principal: PrincipalId::new(principal),
            state,
            language,
            plan: false,
            resumes: None,
            started_unix_ms: 1_000_000,
            changed_unix_ms: 1_000_000,
            calls,
            waiting: if state == RunState::Parked { 12 } else { 0 },
            decided: 0,
            fault: (state == RunState::Failed).then_some(FaultKind::ResultNotSerializable),
            first_line: first_line.into(),
        };
        let runs = [
            run(RunState::Completed, "local", Language::TypeScript, 1, "return 1"),
            run(RunState::Failed, "local", Language::Python, 0, &"long ".repeat(50)),
            run(
                RunState::Parked,
                "local",
                Language::JavaScript,
                500,
                "\u{1b}[2Jconst orders = await shop.list_orders({status: 'pending', from: '2026-01-01'})",
            ),
        ];
        let shown = anstream::adapter::strip_str(&text(&runs, 100_000_000)).to_string();
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
        insta::assert_snapshot!(shown, @r#"
        run_0123456789ab  completed  27 h ago     typescript  local  1 call
            return 1
        run_0123456789ab  failed     27 h ago     python      local  0 calls
            result_not_serializable: long long long long long long long long long lon…
        run_0123456789ab  parked     27 h ago     javascript  local  500 calls
            waits for 12 decisions: \u{1b}[2Jconst orders = await shop.list_orders({s…
        "#);
    }
}
