//! The gateway's end of its warden: started with the first child, told of every group, started again should it die.

use std::{
    collections::HashSet,
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustix::process::Pid;

use crate::WardenCommand;

pub(crate) struct Warden {
    command: Option<WardenCommand>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    process: Option<Child>,
    groups: HashSet<Pid>,
}

/// A group the warden knows, until dropped.
pub(crate) struct Custody {
    warden: Arc<Warden>,
    group: Pid,
}

impl Warden {
    pub(crate) fn new(command: Option<WardenCommand>) -> Arc<Self> {
        Arc::new(Self { command, inner: Mutex::default() })
    }

    pub(crate) fn watch(self: &Arc<Self>, group: Pid) -> Custody {
        self.inner().groups.insert(group);
        self.tell('+', group);
        Custody { warden: self.clone(), group }
    }

    /// Lets the warden go; the groups should be gone by now, and what is not it ends. Blocks until it has left.
    pub(crate) fn dismiss(&self) {
        let process = self.inner().process.take();
        if let Some(mut process) = process {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }

    fn tell(&self, sign: char, group: Pid) {
        let Some(command) = &self.command else { return };
        let mut inner = self.inner();
        if inner.say(sign, group).is_ok() {
            return;
        }
        if let Err(error) = inner.start(command) {
            tracing::warn!(%error, program = %command.program.display(), "no warden: after a crash of weir, upstream processes may stay behind");
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn say(&mut self, sign: char, group: Pid) -> io::Result<()> {
        let stdin = self.process.as_mut().and_then(|p| p.stdin.as_mut()).ok_or(io::ErrorKind::NotConnected)?;
        stdin.write_all(format!("{sign}{}\n", group.as_raw_nonzero()).as_bytes())
    }

    /// Starts a warden and tells it all groups there are.
    fn start(&mut self, command: &WardenCommand) -> io::Result<()> {
        if let Some(mut dead) = self.process.take() {
            // It closed its input; should it still live, it has nothing to do any more.
            let _ = dead.kill();
            let _ = dead.wait();
        }
        if self.groups.is_empty() {
            return Ok(());
        }
        let process = Command::new(&command.program)
            .args(&command.args)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of the terminal's group: Ctrl-C is for the gateway, which then ends its children in order.
            .process_group(0)
            .spawn()?;
        self.process = Some(process);
        for group in self.groups.clone() {
            self.say('+', group)?;
        }
        Ok(())
    }
}

impl Drop for Custody {
    fn drop(&mut self) {
        self.warden.inner().groups.remove(&self.group);
        if self.warden.inner().process.is_some() {
            self.warden.tell('-', self.group);
        }
    }
}
