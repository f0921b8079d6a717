//! The command line as people and scripts meet it: the built executable, a home of its own, and what it says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

#[path = "cli/config.rs"]
mod config;
#[path = "cli/confine.rs"]
mod confine;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/login.rs"]
mod login;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/signal.rs"]
mod signal;
#[path = "cli/upstream.rs"]
mod upstream;

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// A project folder and an empty home. Compiled guests are shared between tests, everything else is not.
struct Terminal {
    root: TempDir,
}

/// What one command left.
struct Left {
    code: i32,
    out: String,
    err: String,
}

impl Terminal {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["project", "home"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.root.path().join("project").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A project whose one upstream is the shop.
    fn with_shop() -> Self {
        Self::new().with("weir.toml", shop())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(WEIR);
        command
            .args(args)
            .current_dir(self.root.path().join("project"))
            .env_clear()
            .env("HOME", self.root.path().join("home"))
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Left {
        self.left(self.command(args).spawn().unwrap())
    }

    fn run_with_input(&self, args: &[&str], input: &[u8]) -> Left {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        self.left(child)
    }

    fn left(&self, child: Child) -> Left {
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&self.root.path().display().to_string(), "ROOT").replace(WEIR, "WEIR")
        };
        Left { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The commands and all they said, as a person would see it.
    fn session(&self, commands: &[&[&str]]) -> String {
        let mut seen = String::new();
        for args in commands {
            let left = self.run(args);
            let words: Vec<String> =
                args.iter().map(|arg| if arg.contains(' ') { format!("'{arg}'") } else { (*arg).to_owned() }).collect();
            seen.push_str(&format!("$ weir {}\n{}{}[exit {}]\n", words.join(" "), left.err, left.out, left.code));
        }
        timeless(&seen)
    }
}

/// An upstream that is this executable's own shop.
fn shop() -> String {
    format!("[upstream.shop]\ncommand = \"{WEIR}\"\nargs = [\"demo\", \"--stdio\"]\n")
}

/// Milliseconds differ from run to run; how many columns they take does not matter.
fn timeless(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut kept: Vec<&str> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_ms = words.get(at + 1).is_some_and(|next| *next == "ms" || next.starts_with("ms\n"));
        if is_ms && word.parse::<f64>().is_ok() {
            while kept.last() == Some(&"") {
                kept.pop();
            }
            kept.push("N");
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}
