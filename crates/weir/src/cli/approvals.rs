//! `weir approvals`: the calls that wait for somebody, as whoever decides must see them.

use std::fmt::Write;

use serde_json::json;
use weir_model::{Approval, AskReason, Effect, limits::SOURCE_LINE_CHARS_MAX};
use weir_store::{ApprovalState, ApprovalView};

use super::{
    Global,
    exit::{Exit, Stopped},
    runs::{find, story, when},
    screen::{BAD, DIM, NAME, NOTE, cut, data, styled, talk},
    store,
};
use crate::{
    admin::{self, timeline},
    answer::escape,
    instant,
};

pub(super) mod decide;

/// What fits a line of 80 characters beside a label.
const LINE_CHARS_MAX: usize = 66;
const NAME_CHARS_MAX: usize = 200;
/// Arguments are shown exactly and whole, up to here.
const ARGUMENTS_CHARS_MAX: usize = 16_000;

/// List the calls that wait for a decision
///
/// Oldest first: the tool, what it does, the exact arguments that will be sent, the line of
/// the program, and until when it can be decided. A program goes on once nothing of its run
/// waits any more.
///
/// Decide with:
///   weir approve ID              send it; --for-run and --always ask less often later
///   weir deny ID --why TEXT      do not; the program gets an exception that says why
///   weir done ID --value JSON    only for a call in doubt: it happened, and answered this
///
/// ID is an approval's, which may be shortened, or a run's: then all that waits in it.
///
/// Examples:
///   weir approvals
///   weir approvals apr_1a2b3c4d5e6f     with the whole program around the call
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Approvals {
    /// Only this one, or those of this run, with the whole program
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Approvals at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

impl Approvals {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let store = store::open(global).await?;
        let (ids, more) = match &self.id {
            Some(id) => (decide::meant(&store, id).await?, 0),
            None => {
                let all = store.approvals(None).await.map_err(store::unavailable)?;
                let more = all.len().saturating_sub(self.limit as usize);
                (all.into_iter().map(|(approval, _)| approval.id).take(self.limit as usize).collect(), more)
            }
        };
        let mut shown = Vec::new();
        for id in &ids {
            // Decided meanwhile: it is no longer shown.
            shown.extend(store.approval(id, None).await.map_err(store::unavailable)?);
        }
        shown.retain(|view| view.state == ApprovalState::Waiting);
        self.tell(&shown)?;
        if more > 0 {
            talk(&format!("weir: {more} more wait; --limit shows more"));
        }
        Ok(Exit::Ok)
    }

    fn tell(&self, shown: &[ApprovalView]) -> Result<(), Stopped> {
        match (&self.id, self.json) {
            (Some(_), true) => {
                let value =
                    |view: &ApprovalView| admin::view::approval_in_full(&view.approval, &view.source, view.language);
                data(&format!("{:#}\n", json!(shown.iter().map(value).collect::<Vec<_>>())))
            }
            (None, true) => {
                let value = |view: &ApprovalView| admin::view::approval(&view.approval, &view.source);
                data(&format!("{:#}\n", json!(shown.iter().map(value).collect::<Vec<_>>())))
            }
            (Some(_), false) if shown.is_empty() => Err(decide::nothing_waits()),
            (None, false) if shown.is_empty() => {
                talk("weir: nothing waits for a decision");
                Ok(())
            }
            (of, false) => data(&text(shown, of.is_some(), instant::now_unix_ms())),
        }
    }
}

/// `in_full`: with the program.
fn text(views: &[ApprovalView], in_full: bool, now: u64) -> String {
    let mut out = String::new();
    for view in views {
        one(&mut out, &view.approval, &view.source, now);
        out.push('\n');
    }
    if let Some(view) = views.first().filter(|_| in_full) {
        // All are of one run.
        out.push_str(story::program(&view.source).trim_start());
        out.push('\n');
    }
    let approvals: Vec<&Approval> = views.iter().map(|view| &view.approval).collect();
    out.push_str(&how_to_decide(&approvals));
    out
}

/// Everything an approver needs of one call.
fn one(out: &mut String, approval: &Approval, source: &str, now: u64) {
    let tool = escape::line(&approval.tool.to_string(), NAME_CHARS_MAX);
    let effect = match approval.effect {
        Effect::Destructive => styled(BAD, approval.effect.as_str()),
        Effect::Write => styled(NOTE, approval.effect.as_str()),
        Effect::Read => approval.effect.as_str().to_owned(),
    };
    let _ = writeln!(out, "{}  {tool}  {effect}", styled(NAME, approval.id.as_str()));
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(out, "  {} {value}", styled(DIM, &format!("{label:<9}")));
    };
    line("arguments", &arguments(&approval.arguments));
    if let Some(text) = timeline::source_line(source, approval.line) {
        let text = cut(&escape::line(text, SOURCE_LINE_CHARS_MAX), LINE_CHARS_MAX);
        line(&format!("line {}", approval.line), &text);
    }
    let principal = escape::line(approval.principal.as_str(), NAME_CHARS_MAX);
    line("run", &format!("{} of {principal}", find::short(approval.run.as_str())));
    let (asked, expires) = (when::ago(approval.asked_unix_ms, now), when::until(approval.expires_unix_ms, now));
    line("asked", &format!("{asked}, expires {expires}"));
    line("because", because(approval.reason));
}

/// Exactly what will be sent; only hidden characters are written as JSON's escapes, which changes no value.
fn arguments(text: &str) -> String {
    let shown = escape::json(text);
    match shown.char_indices().nth(ARGUMENTS_CHARS_MAX) {
        None => shown.into_owned(),
        Some((at, _)) => format!("{}… ({} bytes in all; --json has them)", &shown[..at], text.len()),
    }
}

fn because(reason: AskReason) -> &'static str {
    match reason {
        AskReason::Policy => "the policy asks before this tool is called",
        AskReason::Plan => "the run is a plan: it stops at every write",
        AskReason::InDoubt => "it was sent once, and no answer was recorded: it may have happened",
    }
}

/// The commands that decide; the ids stand above.
pub(super) fn how_to_decide(waiting: &[&Approval]) -> String {
    let Some(first) = waiting.first() else { return String::new() };
    let in_doubt = |approval: &&&Approval| approval.reason == AskReason::InDoubt;
    let mut out = String::from("To decide:\n");
    let mut line = |command: &str, what: &str| {
        let _ = writeln!(out, "  {command:<29} {what}");
    };
    if !waiting.iter().all(|approval| in_doubt(&approval)) {
        line("weir approve ID", "send it, once");
        line("weir deny ID --why TEXT", "do not send it");
    }
    if waiting.iter().any(|approval| in_doubt(&approval)) {
        line("weir approve ID", "in doubt: send it again");
        line("weir done ID --value JSON", "in doubt: it happened, and answered this");
        line("weir deny ID --why TEXT", "in doubt: it failed");
    }
    if waiting.len() > 1 && waiting.iter().all(|approval| approval.run == first.run) {
        let run = find::short(first.run.as_str());
        line(&format!("weir approve {run}"), &format!("all {} of this run", waiting.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use weir_model::Language;

    use super::*;
    use crate::admin::timeline::tests::{approval, parked};

    fn shown(reasons: &[AskReason]) -> String {
        let source = parked().recorded.opened.source;
        let views: Vec<ApprovalView> = reasons
            .iter()
            .zip(5..)
            .map(|(reason, seq)| ApprovalView {
                approval: approval(seq, *reason),
                state: ApprovalState::Waiting,
                source: source.clone(),
                language: Language::TypeScript,
            })
            .collect();
        anstream::adapter::strip_str(&text(&views, false, 1_200_000)).to_string()
    }

    #[test]
    fn an_approver_sees_the_whole_call() {
        insta::assert_snapshot!(shown(&[AskReason::Policy]), @r#"
        apr_00000000000000000000000000000005  shop/cancel_order  destructive
          arguments {"order_id":"ord_0001","reason":"asked\u001b[2J"}
          line 3    await shop.cancel_order({order_id: "ord_0001", reason: "asked"});
          run       run_0123456789ab of local
          asked     3 min ago, expires in 7 d
          because   the policy asks before this tool is called

        To decide:
          weir approve ID               send it, once
          weir deny ID --why TEXT       do not send it
        "#);
        insta::assert_snapshot!(shown(&[AskReason::InDoubt, AskReason::Plan]), @r#"
        apr_00000000000000000000000000000005  shop/cancel_order  destructive
          arguments {"order_id":"ord_0001","reason":"asked\u001b[2J"}
          line 3    await shop.cancel_order({order_id: "ord_0001", reason: "asked"});
          run       run_0123456789ab of local
          asked     3 min ago, expires in 7 d
          because   it was sent once, and no answer was recorded: it may have happened

        apr_00000000000000000000000000000006  shop/cancel_order  destructive
          arguments {"order_id":"ord_0001","reason":"asked\u001b[2J"}
          line 3    await shop.cancel_order({order_id: "ord_0001", reason: "asked"});
          run       run_0123456789ab of local
          asked     3 min ago, expires in 7 d
          because   the run is a plan: it stops at every write

        To decide:
          weir approve ID               send it, once
          weir deny ID --why TEXT       do not send it
          weir approve ID               in doubt: send it again
          weir done ID --value JSON     in doubt: it happened, and answered this
          weir deny ID --why TEXT       in doubt: it failed
          weir approve run_0123456789ab all 2 of this run
        "#);
    }

    /// T04: what is shown is what is sent; only what would hide itself is written out.
    #[test]
    fn t04_arguments_are_exact() {
        assert_eq!(arguments(r#"{"amount":1000000}"#), r#"{"amount":1000000}"#);
        assert_eq!(arguments("{\"to\":\"a\u{202e}b\"}"), r#"{"to":"a\u202eb"}"#);
        let long = format!("{{\"text\":\"{}\"}}", "x".repeat(20_000));
        assert!(arguments(&long).ends_with("… (20011 bytes in all; --json has them)"));
    }
}
