//! A run's journal as people read it: everything the snippet asked for, in that order, and how each of it ended.
//!
//! Pure: it borrows from what the store recorded, and adds nothing that is not there.

use std::{collections::BTreeMap, time::Duration};

use weir_bridge::port::{CallIntent, CallOutcome, FunctionOutcome, Record};
use weir_model::{Approval, CallSeq, Decision, Effect, OpId, ToolFailure, ToolId};
use weir_store::ApprovalState;

/// One thing a snippet asked for.
#[derive(Debug)]
pub enum Step<'a> {
    Call(Call<'a>),
    /// One of weir's own functions: `search`, `load`, …
    Function(&'a FunctionOutcome),
}

#[derive(Debug)]
pub struct Call<'a> {
    pub seq: CallSeq,
    /// `None` when the name resolved to no tool.
    pub tool: Option<&'a ToolId>,
    /// As the snippet wrote it: `mail.send`.
    pub written: &'a str,
    pub effect: Effect,
    /// Canonical bytes.
    pub arguments: &'a str,
    /// One page of `.pages()`. Told of a call that has left: what only waits does not say so.
    pub paged: bool,
    /// One-based; 0 when unknown.
    pub line: u32,
    /// What people were asked about it, in the order they were.
    pub asked: Vec<Asked<'a>>,
    pub end: End<'a>,
}

/// One question about a call, and what became of it.
#[derive(Debug)]
pub struct Asked<'a> {
    pub approval: &'a Approval,
    pub said: Option<Said<'a>>,
}

#[derive(Debug)]
pub struct Said<'a> {
    pub decision: &'a Decision,
    pub by: &'a str,
    pub unix_ms: u64,
}

/// How far a call got.
#[derive(Debug)]
pub enum End<'a> {
    Answered {
        value: &'a str,
        /// What is odd about it.
        warnings: &'a [String],
        took: Duration,
        reused: bool,
    },
    Failed {
        failure: &'a ToolFailure,
        took: Duration,
    },
    /// Somebody must decide first.
    Waits(&'a Approval),
    /// Somebody has decided; the run has not gone on yet.
    Decided,
    /// Nobody decided in time.
    Expired,
    /// The run ended before anybody decided.
    Withdrawn,
    /// It was on its way out, and no answer is recorded.
    Unanswered,
}

#[derive(Default)]
struct Gathered<'a> {
    intent: Option<&'a CallIntent>,
    outcome: Option<&'a CallOutcome>,
    asked: Vec<(&'a Approval, &'a ApprovalState)>,
}

/// The steps of a run, in the order the snippet asked for them. `approvals`: all that the run ever asked for.
pub fn steps<'a>(records: &'a [Record], approvals: &'a [(Approval, ApprovalState)]) -> Vec<Step<'a>> {
    let mut calls: BTreeMap<CallSeq, Gathered<'a>> = BTreeMap::new();
    let mut steps: BTreeMap<OpId, Step<'a>> = BTreeMap::new();
    for record in records {
        match record {
            Record::Intent(intent) => calls.entry(intent.seq).or_default().intent = Some(intent),
            Record::Outcome(outcome) => calls.entry(outcome.seq).or_default().outcome = Some(outcome),
            Record::Function(function) => {
                steps.insert(function.op, Step::Function(function));
            }
            // Approvals tell more of a decision: who made it, and when.
            Record::Delivered { .. } | Record::Decided { .. } => {}
        }
    }
    for (approval, state) in approvals {
        calls.entry(approval.seq).or_default().asked.push((approval, state));
    }
    for (seq, mut gathered) in calls {
        gathered.asked.sort_by_key(|(approval, _)| approval.asked_unix_ms);
        if let Some((op, call)) = gathered.into_call(seq) {
            steps.insert(op, Step::Call(call));
        }
    }
    steps.into_values().collect()
}

impl<'a> Gathered<'a> {
    fn into_call(self, seq: CallSeq) -> Option<(OpId, Call<'a>)> {
        let end = self.end();
        let asked = self.asked.iter().map(|(approval, state)| Asked { approval, said: said(state) }).collect();
        if let Some(CallIntent { op, tool, written, effect, arguments, line, paged, .. }) = self.intent {
            let (tool, effect, line, paged) = (tool.as_ref(), *effect, *line, *paged);
            return Some((*op, Call { seq, tool, written, effect, arguments, paged, line, asked, end }));
        }
        // A call that waits has left nothing but its approval.
        let (Approval { op, tool, written, effect, arguments, line, .. }, _) = self.asked.last()?;
        let (tool, effect, line) = (Some(tool), *effect, *line);
        Some((*op, Call { seq, tool, written, effect, arguments, paged: false, line, asked, end }))
    }

    fn end(&self) -> End<'a> {
        if let Some(CallOutcome { outcome, warnings, took, reused, .. }) = self.outcome {
            return match outcome {
                Ok(value) => End::Answered { value, warnings, took: *took, reused: *reused },
                Err(failure) => End::Failed { failure, took: *took },
            };
        }
        match self.asked.last() {
            Some((approval, ApprovalState::Waiting)) => End::Waits(approval),
            Some((_, ApprovalState::Decided { .. })) => End::Decided,
            Some((_, ApprovalState::Expired)) => End::Expired,
            Some((_, ApprovalState::Withdrawn)) => End::Withdrawn,
            Some((_, ApprovalState::Used { .. })) if self.intent.is_none() => End::Decided,
            Some((_, ApprovalState::Used { .. })) | None => End::Unanswered,
        }
    }
}

fn said(state: &ApprovalState) -> Option<Said<'_>> {
    match state {
        ApprovalState::Decided { by, decision, unix_ms } | ApprovalState::Used { by, decision, unix_ms } => {
            Some(Said { decision, by, unix_ms: *unix_ms })
        }
        ApprovalState::Waiting | ApprovalState::Expired | ApprovalState::Withdrawn => None,
    }
}

/// One line of a program, as an approver sees it; `None` when it has no such line.
pub fn source_line(source: &str, line: u32) -> Option<&str> {
    let at = usize::try_from(line.checked_sub(1)?).ok()?;
    source.lines().nth(at).map(str::trim)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use weir_bridge::port::{Recorded, RunOpened};
    use weir_model::{
        ApprovalId, AskReason, Bindings, FailureKind, Language, Limits, PrincipalId, RunId, UpstreamName,
    };
    use weir_store::RunState;

    use super::*;
    use crate::admin::lookup::Found;

    fn tool(name: &str) -> ToolId {
        ToolId { upstream: UpstreamName::new("shop").expect("a name"), name: Arc::from(name) }
    }

    fn intent(seq: u32, name: &str, effect: Effect) -> Record {
        Record::Intent(CallIntent {
            seq: CallSeq(seq),
            op: OpId(seq * 10),
            tool: Some(tool(name)),
            written: format!("shop.{name}"),
            effect,
            arguments: r#"{"id":1}"#.into(),
            line: seq,
            paged: false,
        })
    }

    fn outcome(seq: u32, outcome: Result<&str, ToolFailure>) -> Record {
        Record::Outcome(CallOutcome {
            seq: CallSeq(seq),
            outcome: outcome.map(Arc::from),
            next: None,
            warnings: Vec::new(),
            took: Duration::from_millis(12),
            reused: false,
        })
    }

    fn paged(mut record: Record) -> Record {
        if let Record::Intent(intent) = &mut record {
            intent.paged = true;
        }
        record
    }

    fn odd(mut record: Record) -> Record {
        if let Record::Outcome(outcome) = &mut record {
            outcome.warnings = vec!["the answer has no `next`\u{1b}[31m".into()];
        }
        record
    }

    pub(crate) fn approval(seq: u32, reason: AskReason) -> Approval {
        Approval {
            id: ApprovalId::new(format!("apr_{seq:032x}")),
            run: RunId::new("run_0123456789abcdef0123456789abcdef"),
            principal: PrincipalId::new("local"),
            seq: CallSeq(seq),
            op: OpId(seq * 10),
            tool: tool("cancel_order"),
            written: "shop.cancel_order".into(),
            effect: Effect::Destructive,
            arguments: r#"{"order_id":"ord_0001","reason":"asked\u001b[2J"}"#.into(),
            line: 3,
            reason,
            asked_unix_ms: 1_000_000,
            expires_unix_ms: 1_000_000 + 7 * 86_400_000,
        }
    }

    /// One page of a read with something odd about it, a function, a write that failed, one that was approved and is in doubt, one that was denied, and one that waits.
    pub(crate) fn parked() -> Found {
        let source = "const orders = await shop.list_orders({id: 1});\n\nawait shop.cancel_order({order_id: \"ord_0001\", reason: \"asked\"});\n";
        let opened = RunOpened {
            run: RunId::new("run_0123456789abcdef0123456789abcdef"),
            principal: PrincipalId::new("local"),
            language: Language::TypeScript,
            source: source.into(),
            seed: 1,
            started_unix_ms: 990_000,
            limits: Limits::default(),
            bindings: Arc::new(Bindings { version: 1, namespaces: Vec::new() }),
            plan: false,
            resumes: None,
        };
        let failure = ToolFailure::new(FailureKind::ToolError, "there is no order 1\u{1b}[31m");
        let records = vec![
            intent(2, "update_order_status", Effect::Write),
            paged(intent(1, "list_orders", Effect::Read)),
            Record::Function(FunctionOutcome {
                op: OpId(15),
                member: "load".into(),
                arguments_hash: [0; 16],
                outcome: Ok("null".into()),
            }),
            odd(outcome(1, Ok(r#"{"orders":[]}"#))),
            Record::Delivered { op: OpId(10), now_ms: 991_000 },
            outcome(2, Err(failure)),
            intent(3, "create_mail_draft", Effect::Write),
        ];
        let (by, unix_ms) = ("ann at a terminal".to_owned(), 1_100_000);
        let used = ApprovalState::Used { by: by.clone(), decision: Decision::ApproveForRun, unix_ms };
        let denied = Decision::Deny { message: "not today".into() };
        let approvals = vec![
            (approval(3, AskReason::Policy), used),
            (approval(4, AskReason::Policy), ApprovalState::Decided { by, decision: denied, unix_ms }),
            (approval(5, AskReason::Policy), ApprovalState::Waiting),
        ];
        let recorded = Recorded { opened, records, decisions: Vec::new(), report: None };
        Found { recorded, state: RunState::Parked, approvals }
    }

    #[test]
    fn steps_are_in_the_order_they_were_asked_for() {
        let found = parked();
        let told: Vec<String> = steps(&found.recorded.records, &found.approvals)
            .iter()
            .map(|step| match step {
                Step::Function(function) => function.member.clone(),
                Step::Call(call) => {
                    let end = match &call.end {
                        End::Answered { .. } => "answered",
                        End::Failed { .. } => "failed",
                        End::Waits(_) => "waits",
                        End::Decided => "decided",
                        End::Expired => "expired",
                        End::Withdrawn => "withdrawn",
                        End::Unanswered => "unanswered",
                    };
                    let said: Vec<&str> =
                        call.asked.iter().filter_map(|asked| Some(asked.said.as_ref()?.decision.as_str())).collect();
                    format!("{} {}: {end}, said {said:?}", call.seq.0, call.tool.expect("resolved").name)
                }
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        1 list_orders: answered, said []
        load
        2 update_order_status: failed, said []
        3 create_mail_draft: unanswered, said ["approve_for_run"]
        4 cancel_order: decided, said ["deny"]
        5 cancel_order: waits, said []
        "#);
    }

    #[test]
    fn lines_count_from_one() {
        for (line, expected) in [(0, None), (1, Some("a")), (2, Some("b")), (3, None), (u32::MAX, None)] {
            assert_eq!(source_line("a\n  b \n", line), expected, "{line}");
        }
    }
}
