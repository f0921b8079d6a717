//! What a worker says, checked: every frame is for a run it hosts, in order, and within the run's limits.

use std::time::Duration;

use tokio::time::Instant;
use weir_bridge::port::{Ask, Ended, Event};
use weir_model::{Fault, FaultKind, LogLine, OpId, limits};

use super::{Hostile, Link, Parting, Run, State, lost};
use crate::{
    frame::{FromWorker, RunKey},
    source,
    worker::result_too_large,
};

impl Link {
    pub(super) fn heed(
        &self,
        head: FromWorker,
        body: Vec<u8>,
        ready: &mut Option<impl FnOnce() + Send>,
    ) -> Result<(), Parting> {
        let mut state = self.state();
        state.heard = Some(Instant::now());
        state.pinged = false;
        match head {
            FromWorker::Ready => {
                drop(state);
                if let Some(ready) = ready.take() {
                    ready();
                }
            }
            FromWorker::Unfit => {
                let cause = String::from_utf8_lossy(&body).chars().take(limits::ERROR_MESSAGE_CHARS_MAX).collect();
                return Err(Parting::Unfit(cause));
            }
            FromWorker::Pong => {}
            FromWorker::Ask { run, op, line, namespace, member } => {
                let run = hosted(&mut state, run)?;
                let arguments = text(body)?;
                run.asked(Ask { op: OpId(op), namespace, member, arguments, line })?;
            }
            FromWorker::Log { run, level } => {
                let run = hosted(&mut state, run)?;
                run.logged(LogLine { level: level.into(), text: text(body)? })?;
            }
            FromWorker::Ended { run, cpu_ns, logs_truncated, failed_op, fault } => {
                let ended = state.runs.remove(&run).ok_or(Hostile::NoRun)?;
                let overrun = state.overrun;
                // Given back below: seats take the pool's lock, which must not be taken under this one.
                drop(state);
                let result = match fault {
                    Some(fault) => Ok(Err(fault.into_fault())),
                    None => text(body).and_then(returned),
                };
                let result = match result {
                    Ok(result) => result,
                    Err(lie) => {
                        let parting = Parting::Hostile(lie);
                        ended.tell(lost(&parting))?;
                        return Err(parting);
                    }
                };
                let failed_op = failed_op.map(OpId);
                let event =
                    Event::Ended(Ended { result, failed_op, cpu: Duration::from_nanos(cpu_ns), logs_truncated });
                if overrun {
                    // Told once no further run can be given to this worker, which the teller's next one would be.
                    self.state().last_words = Some((ended, event));
                    return Err(Parting::Overrun);
                }
                ended.tell(event)?;
            }
            FromWorker::Overrun => state.overrun = true,
            FromWorker::Settled { run } => hosted(&mut state, run)?.settled()?,
            FromWorker::Taken { run, weight } => hosted(&mut state, run)?.taken(weight)?,
        }
        Ok(())
    }
}

fn hosted(state: &mut State, run: RunKey) -> Result<&mut Run, Hostile> {
    state.runs.get_mut(&run).ok_or(Hostile::NoRun)
}

fn text(body: Vec<u8>) -> Result<String, Hostile> {
    String::from_utf8(body).map_err(|_invalid| Hostile::Frame(crate::frame::FrameInvalid::Body))
}

/// A returned value: JSON, of bounded size and depth.
fn returned(json: String) -> Result<Result<String, Fault>, Hostile> {
    if json.len() as u64 > limits::RESULT_BYTES_MAX {
        return Ok(Err(result_too_large(json.len() as u64)));
    }
    serde_json::from_str::<serde::de::IgnoredAny>(&json).map_err(|_invalid| Hostile::Result)?;
    if source::nested_deeper(&json, limits::JSON_DEPTH_MAX - 1) {
        let message = format!("The returned value is nested more than {} levels deep.", limits::JSON_DEPTH_MAX - 1);
        return Ok(Err(Fault::new(FaultKind::ResultNotSerializable, message).hint("Return a flatter value.")));
    }
    Ok(Ok(json))
}
