//! Ends the process when one step of a native run goes far beyond its run's time or memory.
//!
//! Such an engine cannot be stopped from outside but with its process. The run at fault is told its limit first; whoever else ran
//! here is lost with it, and the gateway can say why. It also answers for the thread that steps, which cannot meanwhile.

use std::{
    io::{self, IoSlice},
    os::fd::OwnedFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::{SendAncillaryBuffer, SendFlags, sendmsg},
    time::{ClockId, clock_gettime},
};

use super::{
    abort,
    budget::Verdict,
    ending,
    host::{Calls, Line},
    resident::{MemoryMeter, Resident},
};
use crate::frame::{FaultHead, FromWorker, Outbox, RunKey};

const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Looks without a step under way before the thread goes to sleep.
const IDLE_LOOKS_MAX: u32 = 50;
/// From the beginning of a step to the first sign of life to the gateway, and from one to the next.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_millis(200);
/// What a run gets beyond its time to end by itself, which it does wherever it looks at the time.
const CPU_GRACE: Duration = Duration::from_millis(100);
/// For the gateway to read what is written before the process ends.
const WRITING_TIME_MAX: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };

/// A step under way.
#[derive(Debug, Clone)]
pub(super) struct Stepping {
    pub(super) run: RunKey,
    pub(super) cpu_used: Duration,
    pub(super) cpu_limit: Duration,
    pub(super) memory: MemoryMeter,
    pub(super) memory_bytes: u64,
    pub(super) calls: Arc<Mutex<Calls>>,
}

#[derive(Debug, Default)]
struct State {
    step: Option<(Stepping, Duration)>,
    /// Steps so far: tells two of one run apart.
    steps: u64,
    asleep: bool,
}

#[derive(Debug)]
pub(super) struct Watch {
    resident: Resident,
    line: Line,
    channel: OwnedFd,
    state: Mutex<State>,
    woken: Condvar,
}

/// Of the process, the CPU time: its other threads use next to none while one steps.
fn clock(clock: ClockId) -> Duration {
    let now = clock_gettime(clock);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

impl Watch {
    pub(super) fn start(resident: Resident, line: Line, channel: OwnedFd) -> io::Result<Arc<Self>> {
        let watch = Arc::new(Self { resident, line, channel, state: Mutex::default(), woken: Condvar::new() });
        let watching = Arc::clone(&watch);
        abort::hold();
        let look = move || watching.look_for_ever();
        thread::Builder::new().name("weir-limits".to_owned()).stack_size(256 * 1024).spawn(look)?;
        Ok(watch)
    }

    pub(super) fn resident(&self) -> u64 {
        self.resident.bytes()
    }

    /// Watches a step while it lasts.
    pub(super) fn during<T>(&self, stepping: Stepping, step: impl FnOnce() -> T) -> T {
        let began = clock(ClockId::ProcessCPUTime);
        let mut state = self.state();
        state.steps += 1;
        state.step = Some((stepping, began));
        if std::mem::take(&mut state.asleep) {
            self.woken.notify_one();
        }
        drop(state);
        let outcome = abort::held_during(step);
        self.state().step = None;
        outcome
    }

    fn look_for_ever(&self) {
        let (mut idle, mut last, mut heard) = (0, 0, Duration::ZERO);
        loop {
            thread::sleep(LOOK_EVERY);
            let mut state = self.state();
            let steps = state.steps;
            let Some((stepping, began)) = state.step.clone() else {
                idle += 1;
                if idle > IDLE_LOOKS_MAX {
                    state.asleep = true;
                    drop(self.woken.wait_while(state, |state| state.asleep).unwrap_or_else(PoisonError::into_inner));
                    idle = 0;
                }
                continue;
            };
            drop(state);
            idle = 0;
            let now = clock(ClockId::Monotonic);
            if steps != last {
                (last, heard) = (steps, now);
            }
            let cpu = stepping.cpu_used + clock(ClockId::ProcessCPUTime).saturating_sub(began);
            if abort::is_held() {
                // The engine aborts when it is given no more memory, and hardly ever else.
                self.end(&stepping, steps, Verdict::Memory, cpu);
            } else if cpu > stepping.cpu_limit.saturating_add(CPU_GRACE) {
                self.end(&stepping, steps, Verdict::Cpu, cpu);
            } else if stepping.memory.is_far_over(self.resident()) {
                self.end(&stepping, steps, Verdict::Memory, cpu);
            } else if now.saturating_sub(heard) >= SIGN_OF_LIFE_EVERY {
                heard = now;
                self.line.with(|outbox| {
                    let _written = outbox.push(&FromWorker::Pong, Vec::new()).map(|()| self.flush(outbox));
                });
            }
        }
    }

    /// Ends the run and the process, unless the step has ended meanwhile.
    fn end(&self, stepping: &Stepping, steps: u64, verdict: Verdict, cpu: Duration) {
        let fault = ending::limit_fault(verdict, stepping.memory_bytes, stepping.cpu_limit);
        let ended = FromWorker::Ended {
            run: stepping.run,
            cpu_ns: u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX),
            // Held for a moment only, and never while this thread could be waited for.
            logs_truncated: stepping.calls.try_lock().is_ok_and(|calls| calls.logs_truncated),
            failed_op: None,
            fault: Some(FaultHead::new(&fault)),
        };
        self.line.with(|outbox| {
            // Whoever steps forgets the step before it tells the run's end, for which it needs this very lock.
            let state = self.state();
            if state.steps != steps || state.step.is_none() {
                return;
            }
            drop(state);
            let _told = outbox.push(&FromWorker::Overrun, Vec::new()).and_then(|()| outbox.push(&ended, Vec::new()));
            while matches!(self.flush(outbox), Ok(false)) {
                let writable = poll(&mut [PollFd::new(&self.channel, PollFlags::OUT)], Some(&WRITING_TIME_MAX));
                if !matches!(writable, Ok(1..)) {
                    break;
                }
            }
            std::process::exit(0);
        });
    }

    fn flush(&self, outbox: &mut Outbox) -> io::Result<bool> {
        outbox.flush(|slices: &[IoSlice<'_>]| {
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            Ok(sendmsg(&self.channel, slices, &mut SendAncillaryBuffer::default(), flags)?)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
