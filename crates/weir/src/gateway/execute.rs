//! Programs under way: a new run, one that goes on, one that is waited for, and what becomes of those nobody waits for.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture, Shared},
};
use tokio::time::sleep;
use weir_bridge::{
    Around, Observer, Replayed, RunRequest,
    port::{Recorded, Resumes},
};
use weir_model::{Fault, FaultKind, HandleId, Language, PrincipalId, Report, RunId, RunStatus};
use weir_store::{Claim, StoreUnavailable};

use super::{
    Gateway,
    runs::{Telling, UnderWay, Waits},
};
use crate::saved;

/// From here on a run looks whether another process wants it cancelled.
const CANCEL_LOOKED_AFTER: Duration = Duration::from_secs(1);
/// A run that waits for its engine or its upstreams is not in the store yet.
const KEPT_LOOKED_AFTER: Duration = Duration::from_millis(10);
/// Corrections of corrections that are looked back through.
const CORRECTIONS_MAX: usize = 64;

/// What is to be run.
pub enum Program {
    New {
        code: Arc<str>,
        language: Language,
        /// Stop at every write.
        plan: bool,
        /// Take over the finished calls of this run.
        resumes: Option<Resumes>,
    },
    /// Go on with a run, or wait for one that is running.
    GoOn(RunId),
}

pub struct ExecuteRequest {
    pub principal: PrincipalId,
    pub program: Program,
    /// Answer after this time, and let the run go on by itself.
    pub wait: Option<Duration>,
    pub observer: Option<Arc<dyn Observer>>,
    /// Resolves when nobody waits for the answer any more.
    pub cancel: BoxFuture<'static, ()>,
    /// W3C trace context of the client's request.
    pub traceparent: Option<String>,
}

/// What a run left: the whole report, and the value as the model may see it.
#[derive(Debug)]
pub struct Ran {
    pub report: Report,
    /// JSON text within the token budget: the value, or a summary naming the handle of the whole.
    pub shown: Option<String>,
    /// The value did not fit, and is kept under this handle.
    pub handle: Option<HandleId>,
}

pub enum Executed {
    /// It ended, or it parked.
    Ran(Arc<Ran>),
    /// The wait is over; the run goes on without this client.
    Running { run: RunId },
    /// There is no such run of this principal's.
    Unknown { run: RunId },
    /// Nothing was run; one sentence.
    Refused { why: String },
}

impl From<StoreUnavailable> for Executed {
    fn from(error: StoreUnavailable) -> Self {
        Self::Refused { why: error.to_string() }
    }
}

/// What ends a run, and what makes this process let go of it.
type Stops = (BoxFuture<'static, ()>, BoxFuture<'static, ()>);

/// What belongs to the client and not to the run.
#[derive(Default)]
pub(super) struct Client {
    observer: Option<Arc<dyn Observer>>,
    traceparent: Option<String>,
}

impl Gateway {
    /// Runs a snippet, or goes on with one. Always an answer: a failed run is an ordinary outcome.
    pub async fn execute(self: &Arc<Self>, request: ExecuteRequest) -> Executed {
        let ExecuteRequest { principal, program, wait, observer, cancel, traceparent } = request;
        let cancel = cancel.shared();
        let client = Client { observer, traceparent };
        match program {
            Program::New { code, language, plan, resumes } => {
                let begun = self.begin((principal, code, language, plan), resumes, client).await;
                match begun {
                    Ok((run, waits)) => self.until((&run, waits), wait, cancel, true).await,
                    Err(executed) => executed,
                }
            }
            Program::GoOn(run) => self.go_on(&principal, run, wait, client, cancel).await,
        }
    }

    /// Waits for a run. A client that goes away takes its own new run with it, unless it asked not to wait to the end.
    async fn until(
        &self,
        (run, _waits): (&UnderWay, Waits),
        wait: Option<Duration>,
        cancel: Shared<BoxFuture<'static, ()>>,
        owned: bool,
    ) -> Executed {
        let running = || Executed::Running { run: run.run.clone() };
        tokio::select! {
            biased;
            ran = run.stopped() => ran.map_or_else(running, Executed::Ran),
            () = cancel => {
                if !owned || wait.is_some() {
                    return running();
                }
                run.cancel.cancel();
                run.stopped().await.map_or_else(running, Executed::Ran)
            }
            () = over(wait) => self.running(run).await,
        }
    }

    /// Nobody is told of a run that the next crash would take back: it is in the store first.
    async fn running(&self, run: &UnderWay) -> Executed {
        let kept = async {
            // A store that cannot be reached ends the run, or is there again.
            while !matches!(self.store.recorded(&run.run, None).await, Ok(Some(_))) || self.store.flush().await.is_err()
            {
                sleep(KEPT_LOOKED_AFTER).await;
            }
        };
        tokio::select! {
            biased;
            Some(ran) = run.stopped() => Executed::Ran(ran),
            () = kept => Executed::Running { run: run.run.clone() },
        }
    }

    async fn begin(
        self: &Arc<Self>,
        (principal, source, language, plan): (PrincipalId, Arc<str>, Language, bool),
        resumes: Option<Resumes>,
        client: Client,
    ) -> Result<(Arc<UnderWay>, Waits), Executed> {
        let resumes = match resumes {
            None => None,
            Some(resumes) => {
                let earlier = self.superseded(&resumes.run, &principal).await?;
                Some((resumes, self.with_earlier(earlier).await))
            }
        };
        let source = self.with_saved(&principal, source, language).await?;
        let (run, seed) = fresh_run()
            .map_err(|error| Executed::Refused { why: format!("the system gives no randomness: {error}") })?;
        let (under_way, telling) = self.runs.enter(run.clone(), principal.clone());
        // Before it begins, so that at no moment it seems to be nobody's.
        let waits = under_way.waits();
        let (this, under, cancel) = (self.clone(), under_way.clone(), under_way.cancel.clone());
        let task = tokio::spawn(async move {
            // Cancelled while it waits, the run starts and ends at once: its report then says so.
            let ready = async {
                this.engine_ready(language, client.observer.as_deref()).await;
                this.ready_for(&source).await;
            };
            future::select(pin!(cancel.cancelled()), pin!(ready)).await;
            let stops = (cancel.cancelled_owned().boxed(), this.runs.leave(under.clone()).boxed());
            let around = this.around(&principal, client, stops).await;
            let request = RunRequest {
                run: run.clone(),
                principal: principal.clone(),
                source,
                language,
                limits: this.limits.clone(),
                seed,
                plan,
                resumes,
                around,
            };
            let report = this.cancellable(&run, &under, this.bridge.run(request)).await;
            this.stopped(&run, &principal, telling, report).await;
        });
        self.runs.carried_by(&under_way.run, task.abort_handle());
        Ok((under_way, waits))
    }

    /// A program and the saved ones that it calls.
    async fn with_saved(
        &self,
        principal: &PrincipalId,
        source: Arc<str>,
        language: Language,
    ) -> Result<Arc<str>, StoreUnavailable> {
        if !saved::mentions(&source) {
            return Ok(source);
        }
        let saved = self.store.snippets(principal).await?;
        Ok(saved::composed(&source, language, &saved).into())
    }

    /// What a run left that another one takes over. One that waits for decisions is over with that: its calls are the new run's.
    async fn superseded(&self, run: &RunId, principal: &PrincipalId) -> Result<Recorded, Executed> {
        let refused = |why: &str| Executed::Refused { why: why.to_owned() };
        if self.runs.of(run, principal).is_some() {
            return Err(refused("the run to resume is still running: wait for it, or cancel it"));
        }
        match self.store.claim(run, principal).await? {
            Claim::Unknown => Err(Executed::Unknown { run: run.clone() }),
            Claim::Running => Err(refused("the run to resume is still running: wait for it, or cancel it")),
            Claim::Claimed(recorded) => {
                let fault = Fault::new(FaultKind::Cancelled, "a corrected program took over from here");
                let report = Report::unstarted(run.clone(), recorded.opened.language, fault);
                self.bridge.close(report).await.map_err(|error| refused(&error.to_string()))?;
                self.runs.forget_parked(run);
                Ok(*recorded)
            }
            Claim::Ended(_) => match self.store.recorded(run, Some(principal)).await? {
                Some(recorded) => Ok(recorded),
                None => Err(Executed::Unknown { run: run.clone() }),
            },
        }
    }

    /// A run and all it took calls over from, oldest first.
    async fn with_earlier(&self, recorded: Recorded) -> Vec<Arc<Recorded>> {
        let mut all = self.earlier(&recorded).await;
        all.push(Arc::new(recorded));
        all
    }

    /// The runs that a run takes calls over from, oldest first. One gone by retention has nothing left to take over.
    async fn earlier(&self, recorded: &Recorded) -> Vec<Arc<Recorded>> {
        let mut all = Vec::new();
        let mut resumes = recorded.opened.resumes.clone();
        while let Some(Resumes { run, .. }) = resumes.take().filter(|_| all.len() < CORRECTIONS_MAX) {
            let Ok(Some(earlier)) = self.store.recorded(&run, Some(&recorded.opened.principal)).await else { break };
            resumes = earlier.opened.resumes.clone();
            all.push(Arc::new(earlier));
        }
        all.reverse();
        all
    }

    async fn go_on(
        self: &Arc<Self>,
        principal: &PrincipalId,
        run: RunId,
        wait: Option<Duration>,
        client: Client,
        cancel: Shared<BoxFuture<'static, ()>>,
    ) -> Executed {
        let mut over = pin!(over(wait));
        loop {
            // Before the claim, so that no change after it is missed.
            let mut changes = self.store.changes();
            if let Some(under_way) = self.runs.of(&run, principal) {
                return self.until((&under_way, under_way.waits()), wait, cancel, false).await;
            }
            match self.store.claim(&run, principal).await {
                Err(error) => return error.into(),
                Ok(Claim::Unknown) => return Executed::Unknown { run },
                Ok(Claim::Ended(report)) => {
                    return Executed::Ran(Arc::new(self.shaped(principal, Arc::unwrap_or_clone(report)).await));
                }
                Ok(Claim::Claimed(recorded)) => {
                    let (under_way, waits) = self.begin_again(*recorded, client);
                    return self.until((&under_way, waits), wait, cancel, false).await;
                }
                Ok(Claim::Running) => {}
            }
            // Another process has it.
            tokio::select! {
                () = cancel.clone() => return Executed::Running { run },
                () = &mut over => return Executed::Running { run },
                () = changes.next() => {}
            }
        }
    }

    /// Runs a recorded run once more, from its journal alone.
    pub async fn replay(&self, recorded: Recorded, cancel: BoxFuture<'static, ()>) -> Replayed {
        // The run itself says why there is no engine.
        let _ = self.prepared(recorded.opened.language).await;
        let client = Client::default();
        let around = self.around(&recorded.opened.principal, client, (cancel, future::pending().boxed())).await;
        self.bridge.replay(recorded, around).await
    }

    /// Goes on with a run that is ours now.
    pub(super) fn begin_again(self: &Arc<Self>, recorded: Recorded, client: Client) -> (Arc<UnderWay>, Waits) {
        let (run, principal) = (recorded.opened.run.clone(), recorded.opened.principal.clone());
        let (under_way, telling) = self.runs.enter(run.clone(), principal.clone());
        // Before it begins, so that at no moment it seems to be nobody's.
        let waits = under_way.waits();
        let (this, under, cancel) = (self.clone(), under_way.clone(), under_way.cancel.clone());
        let task = tokio::spawn(async move {
            this.engine_ready(recorded.opened.language, client.observer.as_deref()).await;
            this.ready_for(&recorded.opened.source).await;
            let earlier = this.earlier(&recorded).await;
            let stops = (cancel.cancelled_owned().boxed(), this.runs.leave(under.clone()).boxed());
            let around = this.around(&principal, client, stops).await;
            let report = this.cancellable(&run, &under, this.bridge.resume(recorded, earlier, around)).await;
            this.stopped(&run, &principal, telling, report).await;
        });
        self.runs.carried_by(&under_way.run, task.abort_handle());
        (under_way, waits)
    }

    /// A run that another process may cancel too, through the store; one that ends soon is not worth looking.
    async fn cancellable(&self, run: &RunId, under_way: &UnderWay, work: impl Future<Output = Report>) -> Report {
        let asked = async {
            sleep(CANCEL_LOOKED_AFTER).await;
            let mut changes = self.store.changes();
            // A store that cannot be read says nothing; the run ends as it does.
            while !self.store.cancelling().await.is_ok_and(|asked| asked.contains(run)) {
                changes.next().await;
            }
            under_way.cancel.cancel();
            future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            report = work => report,
            () = asked => unreachable!("it only asks"),
        }
    }

    async fn around(&self, principal: &PrincipalId, client: Client, (cancel, leave): Stops) -> Around {
        let policy = self.policy.current(&self.store).await;
        let catalog = self.catalog();
        Around {
            access: self.access(principal),
            policy: catalog.policy(policy.as_ref()),
            catalog,
            traceparent: client.traceparent,
            observer: client.observer,
            cancel,
            leave,
        }
    }

    async fn stopped(&self, run: &RunId, principal: &PrincipalId, telling: Telling, report: Report) {
        let parked = report.status == RunStatus::Parked;
        let ran = Arc::new(self.shaped(principal, report).await);
        self.runs.left(run, telling, ran.clone(), parked);
        if parked && !ran.report.approvals.is_empty() {
            // Whoever follows decisions finds it among the parked by now.
            self.parked.notify_one();
            if let Some(notifier) = &self.notifier {
                notifier.waiting(&ran.report.approvals);
            }
        }
    }

    async fn shaped(&self, principal: &PrincipalId, report: Report) -> Ran {
        use weir_bridge::port::{Handles, Stored, StoredKind};
        let budget = self.limits.result_tokens as usize;
        let Some(value) = &report.result else { return Ran { report, shown: None, handle: None } };
        if weir_bridge::fits(value, budget) {
            return Ran { shown: Some(value.clone()), report, handle: None };
        }
        let stored = Stored { kind: StoredKind::Json, bytes: value.as_bytes().into() };
        // A value that cannot be kept is still summarised: the summary then says that there is no handle.
        let handle = self.store.put(principal, stored).await.ok();
        let shown = weir_bridge::summary(value, budget, handle.as_ref());
        Ran { report, shown: Some(shown), handle }
    }
}

/// Resolves when a client has waited as long as it wanted to; never for one that waits to the end.
async fn over(wait: Option<Duration>) {
    match wait {
        Some(wait) => sleep(wait).await,
        None => future::pending().await,
    }
}

fn fresh_run() -> Result<(RunId, u64), getrandom::Error> {
    let mut random = [0u8; 24];
    getrandom::fill(&mut random)?;
    let (id, seed) = random.split_at(16);
    let id = u128::from_be_bytes(id.try_into().expect("split at 16"));
    let seed = u64::from_be_bytes(seed.try_into().expect("24 - 16 bytes"));
    Ok((RunId::new(format!("run_{id:032x}")), seed))
}
