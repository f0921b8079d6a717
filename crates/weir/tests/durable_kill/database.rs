//! Where the gateways keep their runs: a SQLite file, or a PostgreSQL server started for this one course.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{
    broken::{Broken, Result, Told},
    process,
};

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);
const FILE: &str = "weir.db";
/// PostgreSQL refuses to run as root; this one owns nothing else.
const NOBODY: u32 = 65_534;

pub(crate) enum Keeping {
    Sqlite,
    Postgres(Postgres),
}

impl Keeping {
    /// `[store]` of a configuration.
    pub(crate) fn config(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("[store]\npath = {:?}\n", folder.join(FILE)),
            Self::Postgres(postgres) => format!("[store]\nurl = \"{}\"\n", postgres.url()),
        }
    }

    /// Whatever wants to write waits so long.
    pub(crate) fn freeze(&self, folder: &Path, time: Duration) -> Result<()> {
        match self {
            Self::Sqlite => hold(&folder.join(FILE), time),
            Self::Postgres(postgres) => postgres.freeze(time),
        }
    }
}

/// Another process writes to the file, and takes its time.
fn hold(file: &Path, time: Duration) -> Result<()> {
    let script = "import sqlite3, sys\nheld = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)\n\
                  held.execute('BEGIN IMMEDIATE')\nprint('held', flush=True)\nsys.stdin.read()";
    let mut holder = Command::new("python3")
        .args(["-c", script])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .told("cannot start python3")?;
    let mut line = String::new();
    let said = holder.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut line));
    thread::sleep(time);
    drop(holder.stdin.take());
    holder.wait().told("cannot wait for python3")?;
    match said {
        Some(Ok(1..)) => Ok(()),
        _ => Err(Broken("the store's file cannot be written by another process".to_owned())),
    }
}

pub(crate) struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Postgres {
    /// `bin` holds `initdb` and `postgres`. They end with the thread that starts them.
    /// `folder` must not exist yet, and every folder above it must be open to all users.
    pub(crate) fn start(bin: PathBuf, folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).told("cannot make the database's folder")?;
        if is_root(&folder)? {
            chown(&folder, Some(NOBODY), Some(NOBODY)).told("cannot give the database its folder")?;
        }
        let listener = TcpListener::bind("127.0.0.1:0").told("cannot find a free port")?;
        let port = listener.local_addr().told("cannot find a free port")?.port();
        drop(listener);
        let mut postgres = Self { bin, folder, port, server: None };
        let made = postgres
            .command("initdb")?
            .args(["--username=weir", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(postgres.data())
            .output()
            .told("cannot start initdb")?;
        if !made.status.success() {
            return Err(Broken(format!(
                "initdb ended with {}: {}",
                made.status,
                String::from_utf8_lossy(&made.stderr)
            )));
        }
        postgres.restart()?;
        Ok(postgres)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://weir@127.0.0.1:{}/postgres", self.port)
    }

    fn command(&self, name: &str) -> Result<Command> {
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=KILL");
        if fs::metadata(&self.folder).told("the database's folder")?.uid() == NOBODY {
            command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]);
        }
        command.arg("--").arg(self.bin.join(name)).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        Ok(command)
    }

    /// Starts it until it answers; right after a kill it may refuse a few times.
    pub(crate) fn restart(&mut self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let log = fs::File::create(self.folder.join("log")).told("the database's log")?;
            let port = self.port.to_string();
            let mut server = self
                .command("postgres")?
                .arg("-D")
                .arg(self.data())
                .args(["-p", &port, "-h", "127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=50"])
                .stderr(log)
                .spawn()
                .told("cannot start postgres")?;
            while server.try_wait().told("cannot wait for postgres")?.is_none() {
                if self.lets_in().is_some() {
                    self.server = Some(server);
                    return Ok(());
                }
                thread::sleep(LOOK);
            }
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(Broken(format!("postgres does not start: {log}")))
    }

    /// Whether somebody who says who he is is let in; one that is still starting says no.
    fn lets_in(&self) -> Option<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(b"\0\0\0\x25\0\x03\0\0user\0weir\0database\0postgres\0\0").ok()?;
        let mut first = [0];
        stream.read_exact(&mut first).ok()?;
        (first == *b"R").then_some(())
    }

    /// The server and the processes it has made for its clients.
    fn processes(&self) -> Vec<u32> {
        let Some(server) = &self.server else { return Vec::new() };
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", server.id())).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        std::iter::once(server.id()).chain(children).collect()
    }

    /// It answers nothing for so long.
    fn freeze(&self, time: Duration) -> Result<()> {
        let processes = self.processes();
        for id in &processes {
            process::signal(*id, "STOP")?;
        }
        thread::sleep(time);
        for id in &processes {
            process::signal(*id, "CONT")?;
        }
        Ok(())
    }

    /// `kill -9`, and nothing there for so long.
    pub(crate) fn crash(&mut self, time: Duration) -> Result<()> {
        self.kill()?;
        thread::sleep(time);
        self.restart()
    }

    fn kill(&mut self) -> Result<()> {
        for id in self.processes() {
            process::signal(id, "KILL")?;
        }
        match self.server.take() {
            Some(mut server) => server.wait().map(drop).told("cannot wait for postgres"),
            None => Ok(()),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At once, but in order: one that is killed leaves its shared memory to the machine.
        if let Some(mut server) = self.server.take() {
            let _ = process::signal(server.id(), "QUIT");
            let _ = server.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether this user is: a new folder belongs to whoever made it.
fn is_root(folder: &Path) -> Result<bool> {
    let owner = fs::metadata(folder).told("the database's folder")?;
    Ok(owner.uid() == 0)
}
