//! Starts a child in its own process group, watches it, and ends the whole group: nothing it started outlives it.

use std::{
    io,
    process::{ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::process::{Pid, Signal};
use tokio::{
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Phase, Pipe, Program, Surroundings, environment,
    reader::{self, ReadEnd},
};
use crate::{link::Ended, pending::Lost, warden};

/// After its input is closed a child may leave by itself this long, …
const LEAVE: Duration = Duration::from_millis(500);
/// … and after SIGTERM its group this long.
const TERMINATE: Duration = Duration::from_secs(2);
/// A child ended only to be started again in the other era gets SIGTERM at once, and SIGKILL after this.
const REPLACE: Duration = Duration::from_millis(300);
/// How long the last output is waited for once a child is known to have ended.
const REMAINS: Duration = Duration::from_millis(250);
const POLL: Duration = Duration::from_millis(10);

pub(super) fn start(
    program: Program<'_>,
    surroundings: &Surroundings,
    pipe: &Arc<Pipe>,
    stop: &CancellationToken,
    patient: &Arc<AtomicBool>,
) -> Result<watch::Receiver<Phase>, Ended> {
    let mut child = spawn(program).map_err(|e| not_started(program, &e))?;
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let group = group.ok_or_else(|| Ended::plain("its process ended as it started"))?;
    let custody = surroundings.warden.watch(group);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let tracker = &surroundings.tracker;

    let writing = stdin.map(|stdin| {
        let pipe = pipe.clone();
        tracker.spawn(async move {
            // A closed pipe shows as the end of the child as well.
            let _ = pipe.outbox.drain(stdin).await;
        })
    });
    let reading = {
        let pipe = pipe.clone();
        tracker.spawn(async move {
            match stdout {
                Some(stdout) => reader::read(&pipe, stdout).await,
                None => ReadEnd::Closed,
            }
        })
    };
    let listening = {
        let (pipe, name, redactor) = (pipe.clone(), surroundings.name.clone(), surroundings.redactor.clone());
        tracker.spawn(async move {
            if let Some(stderr) = stderr {
                pipe.last_words.listen(stderr, name, redactor).await;
            }
        })
    };
    let (phase, phases) = watch::channel(Phase::Running);
    let keeper = Keeper {
        child,
        group,
        pipe: pipe.clone(),
        tasks: Tasks { writing, reading, listening },
        stop: stop.clone(),
        patient: patient.clone(),
        phase,
    };
    tracker.spawn(async move {
        keeper.keep().await;
        drop(custody);
    });
    Ok(phases)
}

fn spawn(program: Program<'_>) -> io::Result<Child> {
    let mut command = Command::new(program.command);
    command.args(program.args).env_clear().envs(environment::inherited());
    command.envs(program.env.iter().map(|(name, value)| (name, value.expose())));
    if let Some(cwd) = program.cwd {
        command.current_dir(cwd);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    command.spawn()
}

fn not_started(program: Program<'_>, error: &io::Error) -> Ended {
    let why = match error.kind() {
        io::ErrorKind::NotFound if program.cwd.is_some_and(|cwd| !cwd.is_dir()) => {
            "its working directory does not exist".to_owned()
        }
        io::ErrorKind::NotFound => "there is no such program; install it, or give its full path".to_owned(),
        io::ErrorKind::PermissionDenied => "the file is not executable".to_owned(),
        _ => error.to_string(),
    };
    Ended::with_detail("its command cannot be started", Some(format!("{:?}: {why}", program.command)))
}

struct Tasks {
    writing: Option<JoinHandle<()>>,
    reading: JoinHandle<ReadEnd>,
    listening: JoinHandle<()>,
}

struct Keeper {
    child: Child,
    group: Pid,
    pipe: Arc<Pipe>,
    tasks: Tasks,
    stop: CancellationToken,
    patient: Arc<AtomicBool>,
    phase: watch::Sender<Phase>,
}

impl Keeper {
    async fn keep(mut self) {
        let ended = tokio::select! {
            status = self.child.wait() => {
                // What it started holds its pipes open otherwise.
                warden::signal(self.group, Signal::KILL);
                self.remains().await;
                self.ended(&exit_text(status))
            }
            end = &mut self.tasks.reading => self.output_ended(end.unwrap_or(ReadEnd::Closed)).await,
            () = self.stop.cancelled() => Ended::plain("weir ended it"),
        };
        self.pipe.pending.fail_all(&Lost::Gone(ended.cause.as_str().into()), true);
        self.phase.send_replace(Phase::Ended(ended.clone()));
        self.end_group().await;
        for task in [self.tasks.writing.take(), Some(self.tasks.listening)].into_iter().flatten() {
            task.abort();
        }
        self.tasks.reading.abort();
        self.phase.send_replace(Phase::Gone(ended));
    }

    async fn output_ended(&mut self, end: ReadEnd) -> Ended {
        if end == ReadEnd::Noise {
            return self.ended("it floods its output with text that no JSON-RPC message is");
        }
        // Usually the process is ending too, and its status says more.
        let status = timeout(REMAINS, self.child.wait()).await;
        let _ = timeout(REMAINS, &mut self.tasks.listening).await;
        match status {
            Ok(status) => self.ended(&exit_text(status)),
            Err(_) => self.ended("it closed its output"),
        }
    }

    async fn remains(&mut self) {
        let Tasks { reading, listening, .. } = &mut self.tasks;
        let _ = timeout(REMAINS, async { tokio::join!(reading, listening) }).await;
    }

    fn ended(&self, cause: &str) -> Ended {
        Ended::with_detail(cause, self.pipe.last_words.told().map(|words| format!("its last output: {words}")))
    }

    /// Closed input, SIGTERM, SIGKILL; returns when no process of the group is left.
    async fn end_group(&mut self) {
        self.pipe.outbox.close();
        let patient = self.patient.load(Ordering::Relaxed);
        if patient && self.vanished(LEAVE).await {
            return;
        }
        warden::signal(self.group, Signal::TERM);
        if !self.vanished(if patient { TERMINATE } else { REPLACE }).await {
            warden::signal(self.group, Signal::KILL);
        }
        // SIGKILL cannot be ignored; a failing wait has nothing left to wait for.
        let _ = self.child.wait().await;
    }

    async fn vanished(&mut self, within: Duration) -> bool {
        let until = Instant::now() + within;
        if tokio::time::timeout_at(until, self.child.wait()).await.is_err() {
            return false;
        }
        while warden::alive(self.group) {
            if Instant::now() >= until {
                return false;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }
}

fn exit_text(status: io::Result<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(0), _) => "its process ended by itself (exit status 0)".to_owned(),
            (Some(code), _) => format!("its process ended with exit status {code}"),
            (None, Some(signal)) => format!("its process was killed by signal {signal}"),
            (None, None) => "its process ended".to_owned(),
        },
        Err(_) => "its process ended".to_owned(),
    }
}
