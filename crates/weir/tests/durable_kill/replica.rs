//! One gateway: its executable under a name of its own, its configuration, and the process while there is one.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{
    broken::{Broken, Result, Told},
    home::Home,
    process,
    random::Random,
};

/// Far longer than a gateway takes to start, or its processes to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a gateway is started from, again and again.
pub(crate) struct Replica {
    /// A link that nothing else is started by: whoever runs it belongs to this gateway.
    pub(crate) program: PathBuf,
    pub(crate) config: PathBuf,
    log: PathBuf,
}

pub(crate) struct Gateway {
    child: Child,
    pub(crate) port: u16,
}

impl Replica {
    pub(crate) fn new(home: &Home, name: &str, ledger_port: u16) -> Result<Self> {
        let program = home.path().join(format!("weir-{name}"));
        let linked = fs::hard_link(home.weir(), &program).or_else(|_| fs::copy(home.weir(), &program).map(drop));
        linked.told("cannot link the executable")?;
        let config = home.config(name, ledger_port)?;
        Ok(Self { program, config, log: home.path().join(format!("{name}.log")) })
    }

    /// Starts it and waits until it listens. One that ends before has refused: its store, its port, its configuration.
    pub(crate) fn start(&self, home: &Home) -> Result<Gateway> {
        let mut child = home
            .command(&self.program, &self.config)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .told("cannot start weir")?;
        let stderr = child.stderr.take().told("weir has no stderr")?;
        let mut log = OpenOptions::new().create(true).append(true).open(&self.log).told("cannot write a log")?;
        let (sender, told) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(std::result::Result::ok) {
                let _ = writeln!(log, "{line}");
                let address = line.split_once("listening on http://127.0.0.1:").map(|(_, rest)| rest);
                let port = address.and_then(|rest| rest.trim_end_matches("/mcp").parse().ok());
                // Nobody listens once the port is known.
                let _ = sender.send(port.ok_or(line));
            }
        });
        let mut said = Vec::new();
        loop {
            match told.recv_timeout(PATIENCE) {
                Ok(Ok(port)) => return Ok(Gateway { child, port }),
                Ok(Err(line)) => said.push(line),
                Err(_) => {
                    let _ = child.kill();
                    let status = child.wait().told("weir did not start")?;
                    return Err(Broken(format!("weir did not start ({status}): {}", said.join("\n"))));
                }
            }
        }
    }

    /// The end of every process that ever belonged to it.
    pub(crate) fn gone(&self) -> Result<()> {
        process::gone(&self.program, PATIENCE)
    }

    /// A process that runs snippets, if there is one now.
    pub(crate) fn a_worker(&self, random: &mut Random) -> Option<u32> {
        let workers: Vec<u32> = process::running(&self.program)
            .into_iter()
            .filter(|(_, arguments)| arguments.starts_with("worker run"))
            .map(|(id, _)| id)
            .collect();
        random.pick(&workers).copied()
    }
}

impl Gateway {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill().told("cannot kill weir")?;
        self.child.wait().map(drop).told("cannot wait for weir")
    }

    /// SIGTERM.
    pub(crate) fn ask_to_stop(&self) -> Result<()> {
        process::signal(self.id(), "TERM").map(drop)
    }

    pub(crate) fn ended(mut self) -> Result<ExitStatus> {
        self.child.wait().told("cannot wait for weir")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
