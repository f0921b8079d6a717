//! What `approve`, `deny` and `done` share: which calls are meant, and what becomes of the decision.

use serde_json::{Value, json};
use weir_model::{Approval, ApprovalId, Decision, RunId};
use weir_store::{ApprovalState, DecideOutcome, RunFilter, RunState, Store};

use crate::{
    admin,
    answer::escape,
    cli::{
        Global,
        exit::{Exit, Stopped},
        runs::{find, story},
        screen::{data, talk},
        store,
    },
    config::Surroundings,
    deciding,
};

/// `apr_` and as many digits: fewer are too easily another one's.
const PREFIX_CHARS_MIN: usize = 8;
const ID_CHARS: usize = 36;
const WHO_CHARS_MAX: usize = 64;
/// Runs that have not ended, among which a shortened id is looked for.
const OPEN_RUNS_MAX: u32 = 1_000;

/// One answer for what never was, what was decided, what has expired and what is not this operator's.
pub(super) fn nothing_waits() -> Stopped {
    Stopped::new(Exit::RunFailed, "error: nothing waits for a decision under this id")
        .hint("weir approvals lists what waits; an approval is used once, and expires")
}

/// The calls that were meant: one, or all that waits in a run.
pub(super) async fn meant(store: &Store, typed: &str) -> Result<Vec<ApprovalId>, Stopped> {
    let typed = typed.trim();
    if typed.starts_with("apr_") && typed.len() >= ID_CHARS {
        return Ok(vec![ApprovalId::new(typed)]);
    }
    if typed.len() < PREFIX_CHARS_MIN || !(typed.starts_with("apr_") || typed.starts_with("run_")) {
        return Err(nothing_waits());
    }
    let all = store.approvals(None).await.map_err(store::unavailable)?;
    let waiting: Vec<Approval> = all.into_iter().map(|(approval, _)| approval).collect();
    let mut found = begins(&waiting, typed)?;
    if found.is_empty() {
        // Decided and not acted on yet: whoever is second hears who was first.
        found = begins(&just_decided(store).await?, typed)?;
    }
    if found.is_empty() { Err(nothing_waits()) } else { Ok(found) }
}

/// The one approval whose id begins so, or all of the one run whose id does.
fn begins(approvals: &[Approval], typed: &str) -> Result<Vec<ApprovalId>, Stopped> {
    let is_meant =
        |approval: &&Approval| approval.id.as_str().starts_with(typed) || approval.run.as_str().starts_with(typed);
    let found: Vec<&Approval> = approvals.iter().filter(is_meant).collect();
    let names_a_run = typed.starts_with("run_");
    let differ = |pair: &[&Approval]| if names_a_run { pair[0].run != pair[1].run } else { pair[0].id != pair[1].id };
    if found.windows(2).any(differ) {
        return Err(find::ambiguous(typed));
    }
    Ok(found.into_iter().map(|approval| approval.id.clone()).collect())
}

async fn just_decided(store: &Store) -> Result<Vec<Approval>, Stopped> {
    let states = vec![RunState::Running, RunState::Parked];
    let filter = RunFilter { principal: None, states, limit: OPEN_RUNS_MAX, before: None };
    let mut decided = Vec::new();
    for run in store.runs(filter).await.map_err(store::unavailable)?.iter().filter(|run| run.decided > 0) {
        let asked = store.approvals_of(&run.run, None).await.map_err(store::unavailable)?;
        let is_decided = |state: &ApprovalState| matches!(state, ApprovalState::Decided { .. });
        decided.extend(asked.into_iter().filter(|(_, state)| is_decided(state)).map(|(approval, _)| approval));
    }
    Ok(decided)
}

/// Who sits at this terminal, for whoever decides second.
fn who() -> String {
    let user = Surroundings::of_process().variable("USER").unwrap_or_default();
    match escape::line(user.trim(), WHO_CHARS_MAX) {
        user if user.is_empty() => "somebody at a terminal".to_owned(),
        user => format!("{user} at a terminal"),
    }
}

/// What was to be decided, and what came of it.
struct Settled {
    approval: ApprovalId,
    /// `None`: gone before anything of it could be read.
    call: Option<Approval>,
    outcome: DecideOutcome,
}

/// Decides about every call that `typed` means; tells of each.
pub(in crate::cli) async fn decide(
    global: &Global,
    typed: &str,
    decision: Decision,
    as_json: bool,
) -> Result<Exit, Stopped> {
    let store = store::open(global).await?;
    let meant = meant(&store, typed).await?;
    let mut settled = Vec::with_capacity(meant.len());
    for approval in meant {
        let call = store.approval(&approval, None).await.map_err(store::unavailable)?.map(|view| view.approval);
        let outcome = deciding::decide(&store, &approval, decision.clone(), &who(), None).await;
        settled.push(Settled { approval, call, outcome: outcome.map_err(store::unavailable)? });
    }
    if as_json {
        data(&format!("{:#}\n", json!(settled.iter().map(|one| told_json(one, &decision)).collect::<Vec<_>>())))?;
    } else {
        for one in &settled {
            data(&told(one, &decision)?)?;
        }
        tell_what_follows(&store, &settled).await?;
    }
    let all = settled.iter().all(|one| matches!(one.outcome, DecideOutcome::Decided));
    Ok(if all { Exit::Ok } else { Exit::RunFailed })
}

fn named(one: &Settled) -> String {
    let id = find::short(one.approval.as_str());
    match &one.call {
        Some(call) => format!("{id}  {}", escape::line(&call.tool.to_string(), 200)),
        None => id.to_owned(),
    }
}

fn told(one: &Settled, decision: &Decision) -> Result<String, Stopped> {
    match &one.outcome {
        DecideOutcome::Decided => Ok(format!("{}  {}\n", named(one), story::said(decision))),
        DecideOutcome::AlreadyDecided { by, decision } => {
            let by = escape::line(by, WHO_CHARS_MAX * 2);
            talk(&format!("weir: {by} was first: {}", story::said(decision)));
            Ok(String::new())
        }
        DecideOutcome::NotWaiting => Err(nothing_waits()),
        DecideOutcome::NotInDoubt => {
            let message =
                format!("error: {} is not in doubt: it was never sent, so it cannot have been done", named(one));
            Err(Stopped::new(Exit::Usage, message).hint("weir approve sends it, weir deny does not"))
        }
    }
}

fn told_json(one: &Settled, decision: &Decision) -> Value {
    let mut value = admin::view::outcome(&one.approval, &one.outcome, decision);
    if let Some(call) = &one.call {
        value["tool"] = call.tool.to_string().into();
        value["run"] = call.run.as_str().into();
    }
    value
}

/// Whether the runs go on now, and how.
async fn tell_what_follows(store: &Store, settled: &[Settled]) -> Result<(), Stopped> {
    let decided = settled.iter().filter(|one| matches!(one.outcome, DecideOutcome::Decided));
    let mut runs: Vec<&RunId> = decided.filter_map(|one| Some(&one.call.as_ref()?.run)).collect();
    runs.dedup();
    for run in runs {
        match admin::lookup::waiting(store, run).await.map_err(store::unavailable)? {
            0 => talk(&format!(
                "weir: nothing more of it waits. The gateway that has it goes on by itself; if it is gone: weir run --resume {run}"
            )),
            1 => talk("weir: one more call of the run waits"),
            more => talk(&format!("weir: {more} more calls of the run wait")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use weir_model::AskReason;

    use super::*;
    use crate::admin::timeline::tests::approval;

    #[test]
    fn ids_may_be_shortened_while_they_mean_one_thing() {
        let waiting = [approval(0x10, AskReason::Policy), approval(0x11, AskReason::Policy)];
        let other =
            Approval { run: RunId::new("run_0123ffffffffffffffffffffffffffff"), ..approval(0x20, AskReason::Policy) };
        let zeros = "0".repeat(30);
        for (approvals, typed, expected) in [
            (&waiting[..], format!("apr_{zeros}10"), Some(1)),
            (&waiting[..], format!("apr_{zeros}1"), None),
            (&waiting[..], "run_0123".to_owned(), Some(2)),
            (&waiting[..], "run_9999".to_owned(), Some(0)),
            (&[waiting[0].clone(), other][..], "run_0123".to_owned(), None),
        ] {
            assert_eq!(begins(approvals, &typed).ok().map(|found| found.len()), expected, "{typed}");
        }
    }
}
