//! Signals: a command that is asked to stop says goodbye, and leaves no child behind.

use std::{
    io::{BufRead, BufReader, Read},
    process::Child,
};

use rustix::process::{Pid, Signal, kill_process};

use super::{Terminal, shop};

/// Reads stderr up to a line with `text` in it, and returns what follows that text.
fn told(child: &mut Child, text: &str) -> (String, BufReader<std::process::ChildStderr>) {
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        if let Some((_, rest)) = line.split_once(text) {
            return (rest.trim().to_owned(), lines);
        }
        line.clear();
    }
    panic!("it ended without saying {text:?}");
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_server_drains_and_ends_well() {
    for which in [Signal::TERM, Signal::INT] {
        let terminal = Terminal::with_shop();
        let mut child = terminal.command(&["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let (address, _open) = told(&mut child, "listening on ");
        assert!(address.starts_with("http://127.0.0.1:") && address.ends_with("/mcp"), "{address}");
        signal(&child, which);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_run_that_still_waits_for_its_upstreams_can_be_stopped() {
    let terminal = Terminal::new().with("weir.toml", "[upstream.silent]\ncommand = \"sleep\"\nargs = [\"600\"]\n");
    let mut child = terminal.command(&["run", "--code", "return 1"]).spawn().unwrap();
    let (_, mut open) = told(&mut child, "using weir.toml");
    signal(&child, Signal::TERM);
    let mut rest = String::new();
    open.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
}

#[test]
fn a_taken_port_is_said_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let left = Terminal::new().with("weir.toml", shop()).run(&["serve", "--listen", &address]);
    assert_eq!(left.code, 4);
    assert!(left.err.contains(&format!("cannot listen on {address}")), "{}", left.err);
}
