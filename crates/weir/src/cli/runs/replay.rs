//! `weir runs replay`: a run once more, from its journal alone.

use serde_json::{Value, json};
use weir_bridge::Replayed;
use weir_model::{Fault, FaultKind, Report};

use super::find;
use crate::{
    admin::lookup,
    answer::escape,
    cli::{
        Global,
        exit::{Exit, Stopped},
        screen::{BAD, GOOD, data, styled},
        signal, start, store,
    },
    config::Effective,
};

/// Characters of each side of a difference; `--json` has all.
const SHOWN_CHARS_MAX: usize = 400;

/// Run it once more from its journal
///
/// Nothing leaves: every call is answered with what is recorded, in the recorded order, and
/// no upstream is started. The program must do the same things and come to the same end.
/// Ends with 1 when it does not, and says what differs.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Replay {
    /// The run, as weir runs shows it
    #[arg(value_name = "RUN")]
    run: String,
    /// Print both ends as JSON
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let stop = signal::stop_asked()?;
        let effective = start::configured(global)?.effective;
        let store = store::of(&effective).await?;
        let run = find::run(&store, &self.run).await?;
        let found = lookup::run(&store, &run).await.map_err(store::unavailable)?.ok_or_else(find::no_such_run)?;
        let first = found.recorded.report.clone();
        // No upstream is started: a replay needs none.
        let gateway = start::gateway(&Effective { upstreams: Vec::new(), ..effective }, store)?;
        let again = gateway.replay(found.recorded, Box::pin(stop.clone().cancelled_owned())).await;
        gateway.shutdown().await;
        if stop.is_cancelled() {
            return Err(Stopped::new(Exit::Interrupted, "weir: stopped"));
        }
        let verdict = Verdict::of(first.as_deref(), &again);
        match self.json {
            true => data(&format!("{:#}\n", verdict.json(first.as_deref(), &again.report)))?,
            false => data(&verdict.text(&again.report))?,
        }
        Ok(if matches!(verdict, Verdict::Differs(_)) { Exit::RunFailed } else { Exit::Ok })
    }
}

/// What a replay showed.
#[derive(Debug, PartialEq)]
enum Verdict {
    Same,
    /// It did the same as far as the journal goes: the run has not ended, or was ended from outside.
    SameSoFar,
    Differs(Vec<Difference>),
}

#[derive(Debug, PartialEq)]
struct Difference {
    of: &'static str,
    recorded: String,
    replayed: String,
}

impl Verdict {
    fn of(first: Option<&Report>, Replayed { report: again, journal_used_up: used_up }: &Replayed) -> Self {
        let used_up = *used_up;
        match first {
            None if used_up => Self::SameSoFar,
            // Time and people end a run where its program would have gone on.
            Some(first) if used_up && first.fault.as_ref().is_some_and(|fault| from_outside(fault.kind)) => {
                Self::SameSoFar
            }
            None => match &again.fault {
                Some(fault) if fault.kind == FaultKind::ReplayDiverged => {
                    Self::Differs(vec![difference("end", "the run has not ended", &fault.message)])
                }
                // It had all it needed, and ended after its journal was written.
                _ => Self::SameSoFar,
            },
            Some(first) => Self::of_ended(first, again),
        }
    }

    fn of_ended(first: &Report, again: &Report) -> Self {
        let logs = |report: &Report| report.logs.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
        let rows = [
            ("status", first.status.as_str().to_owned(), again.status.as_str().to_owned()),
            ("result", result(first), result(again)),
            ("fault", fault(first), fault(again)),
            ("printed", logs(first), logs(again)),
        ];
        let differences: Vec<Difference> = rows
            .into_iter()
            .filter(|(_, recorded, replayed)| recorded != replayed)
            .map(|(of, recorded, replayed)| difference(of, &recorded, &replayed))
            .collect();
        if differences.is_empty() { Self::Same } else { Self::Differs(differences) }
    }

    fn text(&self, again: &Report) -> String {
        let calls = match again.calls.len() {
            1 => "1 call".to_owned(),
            many => format!("{many} calls"),
        };
        match self {
            Self::Same => format!("{}: {calls} answered from the journal\n", styled(GOOD, "the same result")),
            Self::SameSoFar => format!(
                "{}: {calls} answered from the journal, which ends before the program does\n",
                styled(GOOD, "the same so far")
            ),
            Self::Differs(differences) => {
                let mut out = format!("{}\n", styled(BAD, "it differs"));
                for Difference { of, recorded, replayed } in differences {
                    let shown = |text: &str| escape::line(text, SHOWN_CHARS_MAX);
                    out.push_str(&format!("  {of}\n    was {}\n    is  {}\n", shown(recorded), shown(replayed)));
                }
                out
            }
        }
    }

    fn json(&self, first: Option<&Report>, again: &Report) -> Value {
        let verdict = match self {
            Self::Same => "same",
            Self::SameSoFar => "same_so_far",
            Self::Differs(_) => "differs",
        };
        json!({
            "run": again.run.as_str(),
            "verdict": verdict,
            "recorded": first.map(crate::answer::report::json),
            "replayed": crate::answer::report::json(again),
        })
    }
}

fn difference(of: &'static str, recorded: &str, replayed: &str) -> Difference {
    Difference { of, recorded: recorded.to_owned(), replayed: replayed.to_owned() }
}

fn result(report: &Report) -> String {
    report.result.clone().unwrap_or_else(|| "nothing".to_owned())
}

/// Kind, place and words; what weir advised depends on the tools there are today. So do the words about an unknown one.
fn fault(report: &Report) -> String {
    let Some(Fault { kind, message, position, .. }) = &report.fault else { return "none".to_owned() };
    let at = position.map(|at| format!(" at {}:{}", at.line, at.column)).unwrap_or_default();
    let message = if *kind == FaultKind::UnknownTool { "" } else { message };
    format!("{}{at}: {message}", kind.as_str())
}

fn from_outside(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Cancelled
            | FaultKind::WallLimit
            | FaultKind::WorkerLost
            | FaultKind::Busy
            | FaultKind::ReplayDiverged
            | FaultKind::Internal
    )
}

#[cfg(test)]
mod tests {
    use weir_model::{Language, RunId, RunStatus};

    use super::*;

    const USED_UP: &str = "the snippet waits for more than its journal holds";

    fn ended(result: Option<&str>, fault: Option<Fault>) -> Report {
        let run = RunId::new("run_0123456789abcdef0123456789abcdef");
        let blank = Report::unstarted(run, Language::TypeScript, Fault::new(FaultKind::Internal, ""));
        let status = if fault.is_some() { RunStatus::Failed } else { RunStatus::Completed };
        Report { status, result: result.map(str::to_owned), fault, ..blank }
    }

    #[test]
    fn verdicts() {
        let fault = |kind, message: &str| ended(None, Some(Fault::new(kind, message)));
        let used_up = || fault(FaultKind::ReplayDiverged, USED_UP);
        let diverged = || fault(FaultKind::ReplayDiverged, "the journal has a.b({}) where the snippet now has a.c({})");
        let one = || ended(Some("1"), None);
        let rows = [
            (Some(one()), one(), "same"),
            (Some(one()), ended(Some("2"), None), "differs"),
            (Some(one()), used_up(), "differs"),
            (Some(one()), diverged(), "differs"),
            (Some(fault(FaultKind::Exception, "x")), fault(FaultKind::Exception, "x"), "same"),
            (Some(fault(FaultKind::Exception, "x")), fault(FaultKind::Exception, "y"), "differs"),
            (Some(fault(FaultKind::UnknownTool, "x; did")), fault(FaultKind::UnknownTool, "x"), "same"),
            (Some(fault(FaultKind::Cancelled, "")), used_up(), "same_so_far"),
            (Some(fault(FaultKind::Cancelled, "")), diverged(), "differs"),
            (None, used_up(), "same_so_far"),
            (None, diverged(), "differs"),
        ];
        for (first, again, expected) in rows {
            let journal_used_up = again.fault.as_ref().is_some_and(|fault| fault.message == USED_UP);
            let again = Replayed { report: again, journal_used_up };
            let verdict = Verdict::of(first.as_ref(), &again).json(first.as_ref(), &again.report);
            assert_eq!(verdict["verdict"], expected, "{first:?}\n{again:?}");
        }
    }

    #[test]
    fn a_difference_is_shown() {
        let (first, again) = (ended(Some("1"), None), ended(Some("\"\u{1b}[2J\""), None));
        let again = Replayed { report: again, journal_used_up: false };
        let text = Verdict::of(Some(&first), &again).text(&again.report);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text), @r#"
        it differs
          result
            was 1
            is  "\u{1b}[2J"
        "#);
    }
}
