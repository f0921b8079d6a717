//! Real processes with the store open: killed while they write, racing each other, out of disk space.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use weir_bridge::port::{Durability, Journal, Record};
use weir_model::{CallSeq, OpId, RunId};
use weir_store::{ApprovalState, Claim, Store};

use crate::{
    place::{self, Place},
    sample::{self, parked, principal, recorded},
};

/// By then a dead process is noticed, or never.
const NOTICE_MAX: Duration = Duration::from_secs(20);

/// A child that ends with the test.
pub(crate) struct Victim {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Victim {
    fn start(place: &Place, task: &[&str]) -> Self {
        // A disk that is full in the middle of a file answers; the signal that goes with a limit would end the process.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_weir-store-victim")]);
        let mut child = command
            .arg(place.argument())
            .args(task)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut victim = Self { child, input, output };
        assert_eq!(victim.line(), "open");
        victim
    }

    fn go(&mut self) {
        self.input.write_all(b"go\n").expect("it listens");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("readable");
        line.trim_end().to_owned()
    }

    /// The first line that begins so, and how many others came before it.
    fn until(&mut self, begin: &str) -> (String, usize) {
        for before in 0.. {
            let line = self.line();
            assert!(!line.is_empty(), "it ended before it said {begin:?}");
            if line.starts_with(begin) {
                return (line, before);
            }
        }
        unreachable!("a line is found, or the input ends")
    }

    /// Kills it as nothing can be prevented; what it still acknowledged before.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        self.output.lines().map(|line| line.expect("readable")).collect()
    }
}

/// The number behind `ok`.
fn acknowledged(lines: &[String]) -> Option<u32> {
    lines.iter().rev().find_map(|line| line.strip_prefix("ok ")?.parse().ok())
}

/// Both records of every pair up to `last`, and at most what was under way behind it.
async fn assert_kept(store: &Store, run: &str, last: u32) {
    let records = recorded(store, run).await.records;
    assert!(records.len() as u32 >= last * 2, "{} records, {last} pairs were acknowledged", records.len());
    assert!(records.len() as u32 <= last * 2 + 2, "{} records after {last} pairs", records.len());
    for (at, record) in records.iter().enumerate() {
        let seq = at as u32 / 2 + 1;
        match record {
            Record::Delivered { op, .. } if at % 2 == 0 => assert_eq!(*op, OpId(seq)),
            Record::Intent(intent) if at % 2 == 1 => assert_eq!(intent.seq, CallSeq(seq)),
            other => panic!("{at}: {other:?}"),
        }
    }
}

/// A server may take a moment to notice that a process is gone; a file's locks go with it.
async fn claimed_of_the_dead(store: &Store, run: &str) {
    let until = Instant::now() + NOTICE_MAX;
    while store.orphans().await.expect("readable").is_empty() {
        assert!(Instant::now() < until, "nobody notices that it is dead");
    }
    let orphans = store.orphans().await.expect("readable");
    assert_eq!(orphans.iter().map(|orphan| orphan.run.as_str()).collect::<Vec<_>>(), [run]);
    let claim = store.claim(&RunId::new(run), &principal()).await.expect("answered");
    assert!(matches!(claim, Claim::Claimed(_)), "its owner is dead: {claim:?}");
}

pub(crate) async fn g11_a_killed_process_loses_nothing_it_acknowledged(place: &Place) {
    let store = place.open().await;
    for (round, pairs) in [1u32, 7, 40, 90].into_iter().enumerate() {
        let run = format!("run_{round}");
        let mut victim = Victim::start(place, &["append", &run]);
        victim.go();
        victim.until(&format!("ok {pairs}"));
        let last = acknowledged(&victim.kill()).unwrap_or(pairs);
        assert_kept(&store, &run, last).await;
        claimed_of_the_dead(&store, &run).await;
    }
}

pub(crate) async fn g10_of_many_that_claim_one_gets_it(place: &Place) {
    let store = place.open().await;
    for round in 0..3 {
        let run = format!("run_{round}");
        parked(&store, &run, &[1]).await;
        let mut victims: Vec<_> = (0..4).map(|_| Victim::start(place, &["claim", &run])).collect();
        victims.iter_mut().for_each(Victim::go);
        let mut said: Vec<_> = victims.iter_mut().map(Victim::line).collect();
        said.sort();
        assert_eq!(said, ["claimed", "running", "running", "running"]);
        let here = store.claim(&RunId::new(&*run), &principal()).await.expect("answered");
        assert!(matches!(here, Claim::Running), "{here:?}");
        victims.into_iter().for_each(|victim| drop(victim.kill()));
        claimed_of_the_dead(&store, &run).await;
    }
}

pub(crate) async fn g10_of_many_that_decide_one_does(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1]).await;
    let names = ["ann", "bob", "cid", "dan"];
    let mut victims: Vec<_> = names.iter().map(|name| Victim::start(place, &["decide", "apr_run_a_1", name])).collect();
    victims.iter_mut().for_each(Victim::go);
    let said: Vec<_> = victims.iter_mut().map(Victim::line).collect();
    let winner = said.iter().position(|line| line == "decided").expect("one decided");
    let told = format!("already decided by {}", names[winner]);
    for (at, line) in said.iter().enumerate() {
        assert!(at == winner || *line == told, "{said:?}");
    }
    let view = store.approval(&sample::approval("run_a", 1).id, None).await.expect("readable").expect("there");
    assert!(matches!(&view.state, ApprovalState::Decided { by, .. } if by == names[winner]), "{:?}", view.state);
}

/// The disk is full, and then is not: what was acknowledged is there, what was refused is not, and the run goes on.
#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let place = place::sqlite();
    let mut victim = Victim::start(&place, &["append", "run_a"]);
    victim.go();
    victim.until("ok 20");
    let id = Pid::from_raw(victim.child.id() as i32).expect("it has one");
    let free = prlimit(Some(id), Resource::Fsize, Rlimit { current: Some(1), maximum: None }).expect("limited");
    let (refusal, _) = victim.until("no ");
    assert!(refusal.contains("cannot be written") || refusal.contains("no space"), "{refusal}");
    let (refusal, between) = victim.until("no ");
    assert!(!refusal.contains('/'), "an agent reads this: {refusal}");
    assert_eq!(between, 0, "nothing is acknowledged while nothing can be written");
    prlimit(Some(id), Resource::Fsize, free).expect("freed");
    let (first, _) = victim.until("ok ");
    let first: u32 = first["ok ".len()..].parse().expect("a number");
    victim.until(&format!("ok {}", first + 20));
    let last = acknowledged(&victim.kill()).unwrap_or(first + 20);

    let store = place.open().await;
    let seqs: Vec<u32> = recorded(&store, "run_a")
        .await
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Intent(intent) => Some(intent.seq.0),
            _ => None,
        })
        .collect();
    let lost = (1..=20).chain(first..=last).find(|seq| !seqs.contains(seq));
    assert_eq!(lost, None, "acknowledged, and not there");
    assert!(seqs.is_sorted() && seqs.windows(2).all(|two| two[0] != two[1]), "{seqs:?}");
    assert!(!seqs.contains(&(first - 1)), "refused, and there all the same");
    store.park_orphans().await.expect("parked");
    let Ok(Claim::Claimed(_)) = store.claim(&RunId::new("run_a"), &principal()).await else { panic!("not claimed") };
    store.append(&RunId::new("run_a"), Record::Intent(sample::intent(1)), Durability::Now).await.expect("appended");
}
