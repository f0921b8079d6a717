//! What a run takes over from the one it resumes: finished calls, by tool, canonical arguments and occurrence.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use weir_model::{CallReport, CallSeq, CallStatus, Effect, ToolId};

use crate::port::{CallIntent, CallOutcome, Record, Recorded};

/// A tool and its canonical arguments.
type Same = (ToolId, Arc<str>);

/// What the earlier run says about a call.
#[derive(Debug, PartialEq)]
pub(crate) enum TakenOver {
    Nothing,
    /// It was done, and answered this: a value, what fetches the next page, and what is odd about it.
    Answer {
        value: Arc<str>,
        next: Option<Arc<str>>,
        warnings: Vec<String>,
    },
    /// It was sent, and nobody knows whether it had its effect.
    InDoubt,
}

#[derive(Default)]
pub(crate) struct Reuse {
    done: HashMap<Same, VecDeque<(CallIntent, CallOutcome)>>,
    in_doubt: HashMap<Same, u32>,
}

impl Reuse {
    /// Of a run and those it took calls over from itself, oldest first. Reads stay behind when they are to be asked `fresh`.
    pub(crate) fn of(earlier: &[Arc<Recorded>], fresh: bool) -> Self {
        let mut this = Self::default();
        for run in earlier {
            this.forget(&run.records);
            this.add(run, fresh);
        }
        this
    }

    fn add(&mut self, earlier: &Recorded, fresh: bool) {
        let mut sent: HashMap<CallSeq, &CallIntent> = HashMap::new();
        for record in &earlier.records {
            match record {
                Record::Intent(intent) => {
                    sent.insert(intent.seq, intent);
                }
                Record::Outcome(outcome) => {
                    if let Some(intent) = sent.remove(&outcome.seq) {
                        self.ended(intent, outcome, fresh);
                    }
                }
                Record::Function(_) | Record::Delivered { .. } | Record::Decided { .. } => {}
            }
        }
        for intent in sent.into_values() {
            self.doubt(intent);
        }
    }

    fn ended(&mut self, intent: &CallIntent, outcome: &CallOutcome, fresh: bool) {
        let Some(tool) = intent.tool.clone() else { return };
        match &outcome.outcome {
            Ok(_) if fresh && intent.effect == Effect::Read => {}
            Ok(_) => {
                let same = (tool, intent.arguments.clone());
                self.done.entry(same).or_default().push_back((intent.clone(), outcome.clone()));
            }
            Err(failure) if failure.kind.leaves_doubt() => self.doubt(intent),
            Err(_) => {}
        }
    }

    fn doubt(&mut self, intent: &CallIntent) {
        let Some(tool) = intent.tool.clone() else { return };
        if intent.effect != Effect::Read {
            *self.in_doubt.entry((tool, intent.arguments.clone())).or_default() += 1;
        }
    }

    /// The next occurrence of this call in the earlier run, used up.
    pub(crate) fn take(&mut self, tool: &ToolId, arguments: &Arc<str>) -> TakenOver {
        let same = (tool.clone(), arguments.clone());
        if let Some((_, outcome)) = self.done.get_mut(&same).and_then(VecDeque::pop_front)
            && let CallOutcome { outcome: Ok(value), next, warnings, .. } = outcome
        {
            return TakenOver::Answer { value, next, warnings };
        }
        match self.in_doubt.get_mut(&same) {
            Some(left) if *left > 0 => {
                *left -= 1;
                TakenOver::InDoubt
            }
            _ => TakenOver::Nothing,
        }
    }

    /// What a run took over is used up, and so is the doubt about what it asked for again.
    pub(crate) fn forget(&mut self, records: &[Record]) {
        let reused: HashSet<CallSeq> = records
            .iter()
            .filter_map(|record| match record {
                Record::Outcome(outcome) if outcome.reused => Some(outcome.seq),
                _ => None,
            })
            .collect();
        for record in records {
            let Record::Intent(CallIntent { seq, tool: Some(tool), arguments, .. }) = record else { continue };
            if reused.contains(seq) {
                self.take(tool, arguments);
            } else if let Some(doubts) = self.in_doubt.get_mut(&(tool.clone(), arguments.clone())) {
                *doubts = doubts.saturating_sub(1);
            }
        }
    }

    /// Writes that were done and not asked for again, in their order.
    pub(crate) fn left_writes(&self) -> Vec<CallReport> {
        let mut left: Vec<_> = self
            .done
            .values()
            .flatten()
            .filter(|(intent, _)| intent.effect != Effect::Read)
            .map(|(intent, outcome)| CallReport {
                seq: intent.seq,
                tool: intent.tool.clone(),
                written: intent.written.clone(),
                effect: intent.effect,
                status: CallStatus::Ok,
                took: outcome.took,
                line: intent.line,
                response_bytes: outcome.outcome.as_ref().map_or(0, |value| value.len() as u64),
                reused: false,
                warnings: outcome.warnings.clone(),
            })
            .collect();
        left.sort_by_key(|call| call.seq);
        left
    }
}
