//! Control groups, as the kernel tells of them: made where this process may make some, and the reason where it may not.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use weir_bridge::port::{Event, Sandbox as _};
use weir_model::Delivery;
use weir_sandbox::confine::{Layer, Protection, Strength};

use crate::worker::{alive, command, pool, protections, waiting, within};

/// A process's group of version 2, from the top of what this process sees.
fn group_of(process: &str) -> Option<PathBuf> {
    let groups = fs::read_to_string(Path::new("/proc").join(process).join("cgroup")).ok()?;
    groups.lines().find_map(|line| line.strip_prefix("0::/")).map(PathBuf::from)
}

/// This process's group as a folder, if groups may be made in it: it is the system's or a container's first, and is writable.
fn home() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
    let fields: Vec<&str> = mount.split(' ').collect();
    let (root, folder) = (fields[3], PathBuf::from(fields[4]));
    let trial = folder.join(format!("test-trial-{}", std::process::id()));
    let may = group_of("self")? == Path::new("") && root == "/" && fs::create_dir(&trial).is_ok();
    may.then(|| fs::remove_dir(&trial).unwrap());
    may.then_some(folder)
}

fn told() -> Protection {
    protections().into_iter().find(|told| told.layer == Layer::Group).unwrap()
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}");
}

/// The folder that a worker of this process is alone in, or `None` after it was found to be where this process is.
fn checked_group(home: Option<&Path>, gateway: u32, worker: u32) -> Option<PathBuf> {
    let group = group_of(&worker.to_string());
    let Some(home) = home else {
        assert_eq!(group, group_of(&gateway.to_string()));
        return None;
    };
    let group = group.unwrap();
    assert!(group.to_string_lossy().starts_with(&format!("weir-{gateway}-")), "{group:?}");
    let group = home.join(group);
    assert_eq!(fs::read_to_string(group.join("cgroup.procs")).unwrap(), format!("{worker}\n"));
    Some(group)
}

#[test]
fn each_worker_has_a_group_of_its_own_for_its_life() {
    let home = home();
    for shut_down in [true, false] {
        within(async {
            let pool = pool(command());
            let mut session = pool.start(waiting()).await.unwrap();
            assert!(matches!(session.next().await, Event::Ask(_)));
            let group = checked_group(home.as_deref(), std::process::id(), pool.worker_ids()[0]);
            drop(session);
            if shut_down {
                pool.shut_down().await;
                assert!(group.is_none_or(|group| !group.exists()), "its group outlived the worker");
            } else {
                drop(pool);
                let gone = async {
                    while group.as_ref().is_some_and(|group| group.exists()) {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                };
                tokio::time::timeout(Duration::from_secs(10), gone).await.expect("its group outlived the pool");
            }
        });
    }
}

/// What is said to be limited is what the kernel has in its files, and what is not is what it does not offer.
#[test]
fn the_report_tells_what_the_group_limits_or_why_there_is_none() {
    let Protection { strength, detail, .. } = told();
    let Some(home) = home() else {
        assert_ne!(strength, Strength::Active);
        assert!(detail.contains("workers have no groups of their own: "), "{detail}");
        return;
    };
    assert!(detail.starts_with("a group of its own"), "{detail}");
    let passed_on = fs::read_to_string(home.join("cgroup.subtree_control")).unwrap();
    let limited = |controller: &str| passed_on.split_whitespace().any(|passed_on| passed_on == controller);
    let words = [("memory", "memory at most 8192 MiB"), ("pids", "at most 64 threads"), ("cpu", "priority below")];
    for (controller, words) in words {
        assert_eq!(detail.contains(words), limited(controller), "{controller}: {detail}");
    }
    let all = words.iter().all(|(controller, _)| limited(controller));
    assert_eq!((strength == Strength::Active, detail.contains("not limited: ")), (all, !all), "{detail}");
}

/// A process of this test executable that does what one of the tests does that are no tests.
fn another(role: &str, group: Option<&Path>) -> Command {
    let executable = std::env::current_exe().unwrap();
    let mut another = match group {
        None => Command::new(executable),
        Some(group) => {
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", "echo 0 >\"$0\"/cgroup.procs && exec \"$@\""]).arg(group).arg(executable);
            shell
        }
    };
    another.args(["--exact", role, "--ignored", "--nocapture"]).stdin(Stdio::null()).stdout(Stdio::piped());
    another
}

/// Starts a gateway that goes on, and tells its worker.
fn started(mut gateway: Command) -> (Child, u32) {
    let mut gateway = gateway.spawn().unwrap();
    let said = BufReader::new(gateway.stdout.take().unwrap());
    let worker = said.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("worker ")?.parse().ok());
    (gateway, worker.expect("the gateway tells its worker"))
}

/// Whether nothing runs in a group any more. A process is not gone when its first thread is.
fn is_empty(group: &Path) -> bool {
    fs::read_to_string(group.join("cgroup.events")).is_ok_and(|events| events.contains("populated 0"))
}

/// Not a test: a gateway that comes and goes.
#[test]
#[ignore = "started by other tests"]
fn gateway_that_comes_and_goes() {
    println!("\ngroup {}", told().detail);
}

/// Two at once do not disturb one another, and of one that is killed the next start finds an empty group at most.
#[test]
fn r23_a_killed_gateway_leaves_no_process_and_the_next_start_no_group() {
    let home = home();
    within(async {
        let pool = pool(command());
        let mut session = pool.start(waiting()).await.unwrap();
        let Event::Ask(ask) = session.next().await else { panic!("the run waits for its timer") };
        let group = checked_group(home.as_deref(), std::process::id(), pool.worker_ids()[0]);

        let (mut second, worker) = started(another("worker::gateway_to_be_killed", None));
        let left = checked_group(home.as_deref(), second.id(), worker);
        second.kill().unwrap();
        second.wait().unwrap();
        until("the worker outlived its gateway", || match &left {
            // Another test may have removed it by starting.
            Some(left) => is_empty(left) || !left.exists(),
            None => !alive(worker),
        });

        assert!(another("group::gateway_that_comes_and_goes", None).status().unwrap().success());
        assert!(left.is_none_or(|left| !left.exists()), "a dead gateway's group outlived the next start");
        assert!(group.is_none_or(|group| group.exists()), "the living one's is there");
        session.deliver(Delivery { op: ask.op, now_ms: 1, outcome: Ok("null".to_owned()) });
        assert!(matches!(session.next().await, Event::Ended(ended) if ended.result.is_ok()));
        pool.shut_down().await;
    });
}

/// A group that is handed over as systemd does it, or not handed over: `Delegate=yes` leaves a mark.
#[test]
fn a_group_is_used_only_if_it_was_handed_over() {
    let Some(home) = home() else {
        eprintln!("no groups can be made here: nothing to test");
        return;
    };
    for marked in [false, true] {
        let name = format!("test-marked-{marked}-{}", std::process::id());
        let group = home.join(&name);
        fs::create_dir(&group).unwrap();
        if marked {
            let flags = rustix::fs::XattrFlags::empty();
            rustix::fs::setxattr(&group, "user.delegate", b"1", flags).unwrap();
        }
        let said = another("group::gateway_that_comes_and_goes", Some(&group)).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let detail = said.lines().find_map(|line| line.strip_prefix("group ")).unwrap();
        let (mut gateway, worker) = started(another("worker::gateway_to_be_killed", Some(&group)));
        let found = group_of(&worker.to_string()).unwrap();
        gateway.kill().unwrap();
        gateway.wait().unwrap();
        until("the worker outlived its gateway", || is_empty(&group));
        for left in fs::read_dir(&group).unwrap().map(|entry| entry.unwrap().path()) {
            let _only_groups = fs::remove_dir(left);
        }
        fs::remove_dir(&group).unwrap();
        if marked {
            assert!(detail.starts_with("a group of its own"), "{detail}");
            assert!(found.starts_with(&name) && found != Path::new(&name), "{found:?}");
        } else {
            assert!(
                detail.ends_with("weir's own group was not handed to it; Delegate=yes in its service does that"),
                "{detail}"
            );
            assert_eq!(found, Path::new(&name));
        }
    }
}
