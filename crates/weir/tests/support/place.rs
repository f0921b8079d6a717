//! A weir of the test's own: a configuration in a private directory, and one upstream that tells the test what it saw.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::Command,
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long a test waits for anything before it fails; nothing is measured by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Place {
    dir: tempfile::TempDir,
    events: mpsc::Receiver<String>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let dir = tempfile::tempdir().unwrap();
        let upstream = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/support/upstream.py");
        let config = format!(
            "[store]\npath = \"weir.db\"\n\
             [upstream.probe]\ncommand = \"python3\"\nargs = [{:?}, \"{port}\"]\nprotocol = \"legacy\"\n",
            upstream.to_str().unwrap()
        );
        fs::write(dir.path().join("weir.toml"), config).unwrap();
        let (sender, events) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let sender = sender.clone();
                thread::spawn(move || forward(stream.unwrap(), &sender));
            }
        });
        Self { dir, events }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("weir.toml")
    }

    /// The built binary with this place's configuration.
    pub(crate) fn weir(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.args(arguments).arg("--config").arg(self.config()).current_dir(self.dir.path());
        command
    }

    /// Waits until the upstream has seen this.
    pub(crate) fn expect_event(&self, wanted: &str) {
        let mut seen = Vec::new();
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) if event == wanted => return,
                Ok(event) => seen.push(event),
                Err(_) => panic!("the upstream did not see \"{wanted}\", only {seen:?}"),
            }
        }
    }
}

fn forward(stream: TcpStream, sender: &mpsc::Sender<String>) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if sender.send(line).is_err() {
            return;
        }
    }
}
