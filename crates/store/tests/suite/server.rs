//! A PostgreSQL server of the test's own: in a temporary directory, on a socket in it, ended with the test.
//!
//! The programs are those that `cargo xtask tools` finds or gets.

use std::{
    fs::{self, File},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// `nobody` and its group: the server refuses to run as root.
const NOBODY: u32 = 65_534;
/// A server that is not up by then never will be.
const START_MAX: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    home: TempDir,
    programs: Programs,
    port: u16,
    /// Beyond what all servers here have.
    settings: Vec<String>,
    process: Option<Child>,
}

/// Where they lie.
struct Programs(PathBuf);

impl Programs {
    fn find() -> Self {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/postgres/bin");
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut places: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
        places.sort();
        places.push(tools);
        let found = places.into_iter().rev().find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file());
        Self(
            found.expect(
                "no PostgreSQL server is here: `cargo xtask tools` gets one, and so does the package postgresql",
            ),
        )
    }

    /// One of them, as an ordinary user, ended when its parent is.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=KILL");
        if geteuid().is_root() {
            command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]);
        }
        command.arg("--").arg(self.0.join(name)).stdin(Stdio::null()).current_dir("/");
        command
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let (programs, settings) = (Programs::find(), Vec::new());
        let mut server = Self { home, programs, port: 5432, settings, process: None };
        if geteuid().is_root() {
            chown(server.home.path(), Some(NOBODY), Some(NOBODY)).expect("its own");
        }
        let made = server
            .programs
            .command("initdb")
            .args(["--auth=trust", "--username=weir", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(server.data())
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.resume().await;
        server
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Up again, with what it had.
    pub(crate) async fn resume(&mut self) {
        let until = Instant::now() + START_MAX;
        let log = self.home.path().join("log");
        while Instant::now() < until {
            if self.process.as_mut().is_none_or(|process| process.try_wait().expect("its parent").is_some()) {
                self.process = Some(self.spawn(&log));
            }
            if tokio_postgres::connect(&self.address("postgres"), NoTls).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not come up: {}", fs::read_to_string(log).unwrap_or_default());
    }

    fn spawn(&self, log: &Path) -> Child {
        let log = File::options().create(true).append(true).open(log).expect("a log");
        let mut command = self.programs.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(self.home.path()).arg("-p").arg(self.port.to_string());
        // Processes are killed here, never the machine: what the kernel has is safe.
        let common = ["listen_addresses=", "fsync=off", "jit=off", "shared_buffers=16MB", "max_connections=60"];
        for setting in common.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.arg("-c").arg(setting);
        }
        command.stdout(log.try_clone().expect("a log")).stderr(log).spawn().expect("postgres starts")
    }

    /// As nothing can be prepared for: every process of it at once.
    pub(crate) fn kill(&mut self) {
        let id = self.process.as_ref().expect("it runs").id();
        // A connection's process would end what it is at before it sees that it is alone.
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("readable");
        let children: Vec<_> =
            children.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?)).collect();
        for signal in [Signal::STOP, Signal::KILL] {
            for child in &children {
                let _ = kill_process(*child, signal);
            }
        }
        self.stop(Signal::KILL);
    }

    fn stop(&mut self, signal: Signal) {
        if let Some(mut process) = self.process.take() {
            let id = Pid::from_raw(process.id() as i32).expect("it has one");
            let _ = kill_process(id, signal);
            let _ = process.wait();
        }
    }

    /// A fresh one; its address.
    pub(crate) async fn database(&self, name: &str) -> String {
        // Names are cut at 63 bytes.
        let name = &name[..name.len().min(60)];
        self.run("postgres", &format!("CREATE DATABASE {name}")).await;
        self.address(name)
    }

    pub(crate) async fn run(&self, database: &str, sql: &str) {
        let (client, connection) = tokio_postgres::connect(&self.address(database), NoTls).await.expect("it is up");
        let driver = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        drop(client);
        let _ = driver.await;
    }

    fn address(&self, database: &str) -> String {
        format!("host={} port={} user=weir dbname={database}", self.home.path().display(), self.port)
    }

    /// From now on it listens to the network, where it speaks TLS alone; answers the address and the certificate to believe.
    pub(crate) async fn encrypt(&mut self, database: &str) -> (String, PathBuf) {
        self.stop(Signal::INT);
        let home = self.home.path();
        fs::write(home.join("names"), "subjectAltName=DNS:localhost").expect("written");
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        for line in [
            format!(
                "req -x509 {key} -keyout ca.key -out ca.pem -days 9 -subj /CN=weir-tests -addext basicConstraints=critical,CA:TRUE"
            ),
            format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"),
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile names -out server.pem"
                .to_owned(),
        ] {
            let done =
                Command::new("openssl").args(line.split(' ')).current_dir(home).output().expect("openssl starts");
            assert!(done.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&done.stderr));
        }
        if geteuid().is_root() {
            chown(home.join("server.key"), Some(NOBODY), Some(NOBODY)).expect("its own");
        }
        fs::write(self.data().join("pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.1/32 trust\n")
            .expect("written");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        self.port = free.local_addr().expect("it has one").port();
        drop(free);
        let file = |name: &str| home.join(name).display().to_string();
        self.settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.pem")),
            format!("ssl_key_file={}", file("server.key")),
        ];
        let believed = home.join("ca.pem");
        self.resume().await;
        (format!("host=localhost hostaddr=127.0.0.1 port={} user=weir dbname={database}", self.port), believed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop(Signal::INT);
    }
}
