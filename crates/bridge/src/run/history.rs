//! A journal as a replay needs it: what was delivered, in order, and what each operation the snippet asks for was the last time.

use std::collections::HashMap;

use weir_model::{
    CallReport, CallSeq, CallStatus, Decision, Delivery, Fault, FaultKind, OpId, ToolId,
    limits::ERROR_MESSAGE_CHARS_MAX,
};

use crate::{
    approval::arguments_hash,
    call::{Earlier, as_written, journaled_arguments},
    failure_json,
    page::{Asked, page},
    port::{Ask, CallIntent, CallOutcome, FunctionOutcome, Record},
};

/// Characters of arguments that a divergence shows of each call.
const SHOWN_CHARS_MAX: usize = 300;

/// What the journal says of an operation that the snippet asked for.
#[derive(Debug)]
pub(super) enum Past {
    /// Nothing: it is new, or was never started.
    Nothing,
    /// It ended, and its outcome is on its way into the sandbox.
    Delivered(Option<CallReport>),
    /// It ended, and its outcome did not get that far.
    Ended(Option<CallReport>, Result<String, String>),
    /// A call that was sent or decided, and did not end.
    Unfinished(Earlier),
}

#[derive(Debug, Default)]
struct PastCall {
    intent: Option<CallIntent>,
    outcome: Option<CallOutcome>,
    earlier: Earlier,
}

#[derive(Debug, Default)]
pub(super) struct History {
    calls: HashMap<CallSeq, PastCall>,
    functions: HashMap<OpId, FunctionOutcome>,
    /// In order; empty once handed over.
    delivered: Vec<(OpId, u64)>,
    /// Operations of `delivered`.
    known: HashMap<OpId, Known>,
    /// Of them, those the snippet has not asked for yet.
    unasked: usize,
}

#[derive(Debug, Clone, Copy)]
enum Known {
    Call(CallSeq),
    Function,
}

impl History {
    pub(super) fn new(records: Vec<Record>) -> Self {
        let mut this = Self::default();
        for record in records {
            this.record(record);
        }
        let calls: HashMap<OpId, CallSeq> =
            this.calls.iter().filter_map(|(seq, call)| call.intent.as_ref().map(|intent| (intent.op, *seq))).collect();
        for (op, _) in &this.delivered {
            let known = calls.get(op).map_or(Known::Function, |seq| Known::Call(*seq));
            this.known.insert(*op, known);
        }
        this.unasked = this.known.len();
        this
    }

    fn record(&mut self, record: Record) {
        match record {
            Record::Intent(intent) => {
                let call = self.calls.entry(intent.seq).or_default();
                call.earlier.sent = true;
                call.intent = Some(intent);
            }
            Record::Outcome(outcome) => {
                let call = self.calls.entry(outcome.seq).or_default();
                call.outcome = Some(outcome);
            }
            Record::Function(function) => {
                self.functions.insert(function.op, function);
            }
            Record::Delivered { op, now_ms } => self.delivered.push((op, now_ms)),
            Record::Decided { seq, decision, .. } => {
                let earlier = &mut self.calls.entry(seq).or_default().earlier;
                earlier.decided += 1;
                earlier.last = Some(decision);
            }
        }
    }

    /// Every delivery of the journal, in its order, once.
    pub(super) fn deliveries(&mut self) -> Vec<Delivery> {
        let deliveries = std::mem::take(&mut self.delivered);
        deliveries
            .into_iter()
            .filter_map(|(op, now_ms)| Some(Delivery { op, now_ms, outcome: self.outcome(op)? }))
            .collect()
    }

    fn outcome(&self, op: OpId) -> Option<Result<String, String>> {
        match self.known.get(&op)? {
            Known::Call(seq) => {
                let call = self.calls.get(seq)?;
                Some(for_snippet(call.intent.as_ref()?, call.outcome.as_ref()?))
            }
            Known::Function => Some(function_outcome(self.functions.get(&op)?)),
        }
    }

    /// The snippet asks for an operation; of a tool call with its place among the calls, and the tool its name means now.
    pub(super) fn asked(
        &mut self,
        call: Option<(CallSeq, Option<&ToolId>)>,
        asked: &Asked,
    ) -> Result<Past, Box<Fault>> {
        let ask = &asked.ask;
        let known = self.known.get(&ask.op).copied();
        let past = match call {
            Some((seq, tool)) => self.call_asked(seq, tool, asked, known.is_some())?,
            None => self.function_asked(ask, known.is_some())?,
        };
        if known.is_some() {
            self.unasked -= 1;
        }
        Ok(past)
    }

    fn call_asked(
        &mut self,
        seq: CallSeq,
        tool: Option<&ToolId>,
        Asked { ask, paged }: &Asked,
        delivered: bool,
    ) -> Result<Past, Box<Fault>> {
        if delivered && !matches!(self.known.get(&ask.op), Some(Known::Call(known)) if *known == seq) {
            return Err(diverged("another operation", &call_text(ask, *paged)));
        }
        let Some(call) = self.calls.remove(&seq) else { return Ok(Past::Nothing) };
        let PastCall { intent, outcome, earlier } = call;
        let Some(intent) = intent else {
            // Decided, and not sent since.
            return Ok(Past::Unfinished(earlier));
        };
        let same_arguments = || intent.arguments == journaled_arguments(ask);
        if intent.op != ask.op || intent.paged != *paged || !is_named(&intent, tool, ask) || !same_arguments() {
            return Err(diverged(&intent_text(&intent), &call_text(ask, *paged)));
        }
        let Some(outcome) = outcome else { return Ok(Past::Unfinished(earlier)) };
        let report = reported(&intent, &outcome);
        if delivered {
            return Ok(Past::Delivered(Some(report)));
        }
        let outcome = for_snippet(&intent, &outcome);
        Ok(Past::Ended(Some(report), outcome))
    }

    fn function_asked(&mut self, ask: &Ask, delivered: bool) -> Result<Past, Box<Fault>> {
        let Some(function) = self.functions.remove(&ask.op) else {
            return if delivered { Err(diverged("a tool call", &function_text(ask))) } else { Ok(Past::Nothing) };
        };
        if function.member != ask.member || function.arguments_hash != arguments_hash(&ask.arguments) {
            return Err(diverged(&format!("{}(…)", function.member), &function_text(ask)));
        }
        if delivered {
            return Ok(Past::Delivered(None));
        }
        Ok(Past::Ended(None, function_outcome(&function)))
    }

    /// Everything that was delivered has been asked for: from here on the run is a new one.
    pub(super) fn is_used_up(&self) -> bool {
        self.unasked == 0
    }

    /// The snippet waits or ends, and the journal goes on.
    pub(super) fn cut_short(&self, what: &str) -> Fault {
        let next = self.calls.values().filter_map(|call| call.intent.as_ref()).min_by_key(|intent| intent.seq);
        let recorded = next.map_or_else(|| "a further operation".to_owned(), intent_text);
        *diverged(&recorded, what)
    }
}

/// Whether the ask names the tool of a journaled call, by a name it has now or by its own, which it keeps.
fn is_named(intent: &CallIntent, tool: Option<&ToolId>, ask: &Ask) -> bool {
    match &intent.tool {
        None => intent.written == as_written(ask),
        Some(recorded) => {
            let by_its_own = ask.namespace == recorded.upstream.as_str() && *ask.member == *recorded.name;
            tool == Some(recorded) || by_its_own
        }
    }
}

fn diverged(recorded: &str, now: &str) -> Box<Fault> {
    let message = format!("the journal has {recorded} where the snippet now has {now}");
    let message: String = message.chars().take(ERROR_MESSAGE_CHARS_MAX).collect();
    Box::new(
        Fault::new(FaultKind::ReplayDiverged, message).hint(
            "nothing was sent; send the program as a new one that resumes this run, and what is done is taken over",
        ),
    )
}

fn intent_text(intent: &CallIntent) -> String {
    format!("{}{}({})", intent.written, pages(intent.paged), cut(&intent.arguments))
}

fn call_text(ask: &Ask, paged: bool) -> String {
    format!("{}{}({})", as_written(ask), pages(paged), cut(&journaled_arguments(ask)))
}

fn pages(paged: bool) -> &'static str {
    if paged { ".pages" } else { "" }
}

fn function_text(ask: &Ask) -> String {
    format!("{}({})", ask.member.chars().take(100).collect::<String>(), cut(&ask.arguments))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

fn for_snippet(intent: &CallIntent, outcome: &CallOutcome) -> Result<String, String> {
    match &outcome.outcome {
        Ok(value) if intent.paged => Ok(page(value, &intent.arguments, outcome.next.as_deref())),
        Ok(value) => Ok(value.to_string()),
        Err(failure) => Err(failure_json(&intent.written, failure)),
    }
}

fn function_outcome(function: &FunctionOutcome) -> Result<String, String> {
    match &function.outcome {
        Ok(value) => Ok(value.to_string()),
        Err(failure) => Err(failure.to_string()),
    }
}

fn reported(intent: &CallIntent, outcome: &CallOutcome) -> CallReport {
    let (status, bytes) = match &outcome.outcome {
        Ok(value) => (CallStatus::Ok, value.len()),
        Err(failure) => (CallStatus::Failed(failure.clone()), 0),
    };
    CallReport {
        seq: intent.seq,
        tool: intent.tool.clone(),
        written: intent.written.clone(),
        effect: intent.effect,
        status,
        took: outcome.took,
        line: intent.line,
        response_bytes: bytes as u64,
        reused: outcome.reused,
        warnings: outcome.warnings.clone(),
    }
}

impl Earlier {
    /// What a decision that was recorded and not carried out yet says. One to send a call that was sent since says nothing: it may
    /// have been acted on.
    pub(crate) fn decision(&self) -> Option<&Decision> {
        match self.last.as_ref()? {
            Decision::Approve | Decision::ApproveForRun | Decision::ApproveAlways if self.sent => None,
            decision => Some(decision),
        }
    }
}
