//! What is read of groups and mounts, and where groups are made: in a folder that looks like one, and in real ones where that is allowed.

#![cfg(target_os = "linux")]

use std::{
    fs,
    io::Read as _,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use proptest::prelude::*;

use super::{
    home::{Home, Maker},
    place::{self, Place},
    read, set,
};

const UNIFIED: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";

fn told(groups: &str, mounts: &str) -> String {
    match place::of(groups, mounts) {
        Some(Place { folder, is_top }) => format!("{}{}", folder.display(), if is_top { " (top)" } else { "" }),
        None => "none".to_owned(),
    }
}

#[test]
fn where_a_group_is_follows_from_groups_and_mounts() {
    let hybrid = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw shared:9 master:3 - cgroup2 cgroup2 rw\n";
    let only_below = "30 23 0:26 /system.slice/box.scope /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
    let outside = "30 23 0:26 /../.. /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
    let twice = format!("{UNIFIED}99 23 0:26 / /run/other rw - cgroup2 none rw\n");
    let rows = [
        told("0::/\n", UNIFIED),
        told("0::/system.slice/weir.service\n", UNIFIED),
        told("4:memory:/x\n1:name=systemd:/\n0::/weir\n", hybrid),
        told("0::/system.slice/box.scope\n", only_below),
        told("0::/system.slice/box.scope/inner\n", only_below),
        told("0::/system.slice/box.scope-of-another\n", only_below),
        told("0::/", &twice),
        told("0::/a b\n", "30 23 0:26 /a\\040b /mnt/c\\040d\\134e rw - cgroup2 x rw\n"),
    ];
    insta::assert_snapshot!(rows.join("\n"), @r"
    /sys/fs/cgroup (top)
    /sys/fs/cgroup/system.slice/weir.service
    /sys/fs/cgroup/unified/weir
    /sys/fs/cgroup (top)
    /sys/fs/cgroup/inner
    none
    /run/other (top)
    /mnt/c d\e (top)
    ");
    for (groups, mounts) in [
        ("4:memory:/x\n", UNIFIED),
        ("", UNIFIED),
        ("0::", UNIFIED),
        ("0::relative\n", UNIFIED),
        ("0::/../elsewhere\n", UNIFIED),
        ("0::/a/../../b\n", UNIFIED),
        ("0::/other.scope\n", only_below),
        ("0::/\n", outside),
        ("0::/\n", ""),
        ("0::/\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw\n"),
        ("0::/\n", "30 23 0:26 / /sys/fs/cgroup rw cgroup2 cgroup2 rw\n"),
        ("0::/\n", "30 23 0:26 / /../etc rw - cgroup2 cgroup2 rw\n"),
        ("0::/\n", "30 23 0:26 / relative rw - cgroup2 cgroup2 rw\n"),
        ("0::/\n", "30 23 0:26 / /a\\04 rw - cgroup2 cgroup2 rw\n"),
        ("0::/\n", "30 23 0:26 / /a\\999 rw - cgroup2 cgroup2 rw\n"),
        ("0::/\n", "30 23 0:26 /\n"),
        ("0::/\n", " - cgroup2"),
    ] {
        assert_eq!(told(groups, mounts), "none", "{groups:?} {mounts:?}");
    }
    assert_eq!(told(&format!("0::/{}", "x".repeat(5_000)), UNIFIED), "none");
}

proptest! {
    #[test]
    fn any_text_leads_nowhere_but_below_a_mount(own in "[/.a\\\\0-9]{0,12}", root in "[/.a\\\\0-9]{0,8}", point in "\\PC{0,12}") {
        let mounts = format!("1 2 0:3 {root} {point} rw - cgroup2 cgroup2 rw\n");
        if let Some(Place { folder, is_top }) = place::of(&format!("0::{own}\n"), &mounts) {
            prop_assert!(folder.is_absolute() && !folder.to_string_lossy().contains(".."), "{folder:?}");
            prop_assert_eq!(is_top, Path::new(&own) == Path::new(&root));
        }
    }

    #[test]
    fn a_name_tells_its_maker(process: u32, started: u64, number: u64, other in "\\PC{0,40}") {
        let maker = Maker { process, started };
        prop_assert_eq!(Maker::named(&maker.name(number)), Some(maker));
        prop_assert_eq!(Maker::named(&maker.name("gateway")), Some(maker));
        if let Some(named) = Maker::named(&other) {
            prop_assert!(other.starts_with(&named.name("")), "{other}");
        }
    }
}

#[test]
fn other_names_tell_none() {
    for name in [
        "",
        "weir",
        "weir-",
        "weir.service",
        "weir-gateway.scope",
        "weir-1-2",
        "weir-1-2-",
        "weir-1-2-x",
        "weir-1-2-gateways",
        "weir-1-2-3-4",
        "weir-01-2-3",
        "weir-+1-2-3",
        "weir--1-2-3",
        "weir-1-2-03",
        "weir-1-2-3 ",
        "Weir-1-2-3",
        "weir-99999999999-2-3",
        "not-weir-1-2-3",
    ] {
        assert_eq!(Maker::named(name), None, "{name}");
    }
}

/// Leftovers are told by their maker being dead; what is not empty or not weir's stays.
#[test]
fn leftovers_of_dead_makers_are_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let this = Maker::of(std::process::id()).unwrap();
    let parent = Maker::of(std::os::unix::process::parent_id()).unwrap();
    let before = Maker { started: this.started.wrapping_sub(1), ..this };
    let dead = Maker { process: u32::MAX, started: 1 };
    let mut kept: Vec<String> = vec![
        this.name(0),
        parent.name(7),
        parent.name("gateway"),
        dead.name("of-somebody-else"),
        "somebody-elses.service".into(),
        dead.name(2),
    ];
    for name in &kept {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::create_dir(folder.path().join(dead.name(2)).join("in-use")).unwrap();
    for name in [dead.name(1), dead.name("gateway"), before.name(3)] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    Home::open(folder.path().to_owned(), &[]).unwrap();
    let mut left: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    kept.sort();
    assert_eq!(left, kept);
}

#[test]
fn what_is_offered_is_passed_on() {
    for (offered, wanted, passed_on) in [
        ("cpu memory\n", &["memory"][..], "+memory"),
        ("hugetlb\n", &["memory", "pids", "cpu"], ""),
        ("memory_recursiveprot\n", &["memory"], ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cgroup.controllers"), offered).unwrap();
        fs::write(folder.path().join("cgroup.subtree_control"), "").unwrap();
        Home::open(folder.path().to_owned(), wanted).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("cgroup.subtree_control")).unwrap(), passed_on);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no group is left of trying");
    }
    assert!(Home::open(PathBuf::from("/no/such/group"), &[]).is_err());
}

/// A real group below this process's own, where one can be made, with this process in it. Dropping it brings back what was.
struct Inside {
    before: PathBuf,
    folder: PathBuf,
}

impl Inside {
    fn a_group_of_the_test(name: &str) -> Option<Self> {
        let Place { folder: before, is_top } = place::own()?;
        let folder = before.join(format!("test-{name}-{}", std::process::id()));
        if !is_top || fs::create_dir(&folder).is_err() {
            return None;
        }
        let inside = Self { before, folder };
        set(&inside.folder, "cgroup.procs", "0").ok()?;
        Some(inside)
    }

    /// Names of its controllers.
    fn offered(&self) -> Vec<String> {
        let offered = read(&self.folder.join("cgroup.controllers")).unwrap();
        offered.split_whitespace().map(str::to_owned).collect()
    }

    fn passed_on(&self) -> Vec<String> {
        let passed_on = read(&self.folder.join("cgroup.subtree_control")).unwrap();
        passed_on.split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        set(&self.before, "cgroup.procs", "0").unwrap();
        for group in fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()) {
            let _only_groups = fs::remove_dir(group);
        }
        let removed = fs::remove_dir(&self.folder);
        assert!(removed.is_ok() || thread::panicking(), "{removed:?}");
    }
}

/// The kernel's rule: controllers are passed on by groups without processes only.
#[test]
fn a_gateway_alone_in_its_group_makes_room() {
    let Some(inside) = Inside::a_group_of_the_test("alone") else {
        eprintln!("no groups can be made here: nothing to test");
        return;
    };
    let offered = inside.offered();
    let wanted: Vec<&str> = offered.iter().map(String::as_str).collect();
    let home = Home::open(inside.folder.clone(), &wanted).unwrap();
    assert_eq!(inside.passed_on(), offered);
    let own = place::own().unwrap().folder;
    if offered.is_empty() {
        assert_eq!(own, inside.folder, "there was no reason to go");
        return;
    }
    let this = Maker::of(std::process::id()).unwrap();
    assert_eq!(own, inside.folder.join(this.name("gateway")));
    // Beside it, not in it.
    assert_eq!(home.group().folder(), inside.folder.join(this.name(0)));
}

#[test]
fn others_in_the_group_are_left_where_they_are() {
    let Some(inside) = Inside::a_group_of_the_test("others") else {
        eprintln!("no groups can be made here: nothing to test");
        return;
    };
    let mut other = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let offered = inside.offered();
    let wanted: Vec<&str> = offered.iter().map(String::as_str).collect();
    let home = Home::open(inside.folder.clone(), &wanted);
    let (own, passed_on) = (place::own().unwrap().folder, inside.passed_on());
    let names: Vec<_> =
        fs::read_dir(&inside.folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_dir()).collect();
    other.kill().unwrap();
    other.wait().unwrap();
    home.unwrap();
    assert_eq!(own, inside.folder);
    assert_eq!(passed_on, [""; 0]);
    assert_eq!(names, Vec::<PathBuf>::new(), "no group is left of trying");
}

/// A process and what it started, which is in no process group of the gateway's and nobody's child any more.
#[test]
fn what_is_in_a_group_ends_with_it() {
    let inside = Inside::a_group_of_the_test("ends").filter(|inside| inside.folder.join("cgroup.kill").exists());
    let Some(inside) = inside else {
        eprintln!("no groups can be made here, or none that are ended whole: nothing to test");
        return;
    };
    let group = Home::open(inside.folder.clone(), &[]).unwrap().group();
    let folder = group.folder().to_owned();
    let script = "mkdir \"$0\" && echo 0 >\"$0\"/cgroup.procs && { setsid sleep 1000 >/dev/null & echo; sleep 1000; }";
    let mut shell = Command::new("/bin/sh").args(["-c", script]).arg(&folder).stdout(Stdio::piped()).spawn().unwrap();
    shell.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    group.kill();
    assert_eq!(shell.wait().unwrap().signal(), Some(9));
    let events = folder.join("cgroup.events");
    for _ in 0..1_000 {
        if read(&events).unwrap().contains("populated 0") {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(group.remove());
    assert!(!folder.exists(), "what the process had started lives on");
}
