//! Where groups are made: weir's own group, if weir was handed it. Removes those of weirs that are dead, and never one it did not name.
//!
//! A group with processes in it cannot pass controllers on to groups below, but for the system's first. So weir itself goes into one
//! below its own; unless others are there too, who are not weir's to move. Then groups have no limits.

use std::{
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{lists, place, read, set};

/// What groups are given limits of.
const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];
/// How systemd marks a group that it leaves to whoever is in it; the second is for the superuser's eyes, and older.
const MARKS: [&str; 2] = ["user.delegate", "trusted.delegate"];
/// The group that weir itself goes into.
const GATEWAY: &str = "gateway";
/// Groups looked at for those that dead weirs left.
const GROUPS_SEEN_MAX: usize = 10_000;
/// What was killed leaves its group soon after, not at once.
const REMOVALS_MAX: u32 = 100;
const REMOVAL_EVERY: Duration = Duration::from_millis(1);

/// Why no groups can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Homeless {
    #[error("weir sees no control group of version 2 around it")]
    Unseen,
    #[error("weir's own group was not handed to it; Delegate=yes in its service does that")]
    NotHanded,
    #[error("weir may not make any in its own ({0})")]
    Refused(io::Error),
}

pub(crate) struct Home {
    folder: PathBuf,
    maker: Maker,
    made: AtomicU64,
}

/// Found once. The first call is best made before this process starts others: they would be in the way, see above.
pub(crate) fn home() -> Result<&'static Home, &'static Homeless> {
    static HOME: OnceLock<Result<Home, Homeless>> = OnceLock::new();
    HOME.get_or_init(|| Home::find().inspect_err(|why| tracing::debug!(%why, "workers have no groups of their own")))
        .as_ref()
}

impl Home {
    fn find() -> Result<Self, Homeless> {
        let place = place::own().ok_or(Homeless::Unseen)?;
        if !place.is_top && !was_handed_over(&place.folder) {
            return Err(Homeless::NotHanded);
        }
        Self::open(place.folder, &CONTROLLERS)
    }

    pub(super) fn open(folder: PathBuf, controllers: &[&str]) -> Result<Self, Homeless> {
        let maker = Maker::of(std::process::id()).ok_or(Homeless::Unseen)?;
        remove_leftovers(&folder);
        let gateways = folder.join(maker.name(GATEWAY));
        fs::create_dir(&gateways).map_err(Homeless::Refused)?;
        let in_the_way = pass_on(&folder, controllers).is_err() && is_alone_in(&folder);
        if in_the_way && set(&gateways, "cgroup.procs", "0").is_ok() {
            // Whoever finds itself without a limit says so.
            let _passed = pass_on(&folder, controllers);
        } else {
            let _removed = fs::remove_dir(&gateways);
        }
        Ok(Self { folder, maker, made: AtomicU64::new(0) })
    }

    /// For a process that is about to be started.
    pub(crate) fn group(&self) -> Group {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Group { folder: self.folder.join(self.maker.name(number)) }
    }
}

fn was_handed_over(folder: &Path) -> bool {
    let mut value = [0_u8; 2];
    MARKS.iter().any(|mark| rustix::fs::getxattr(folder, *mark, &mut value) == Ok(1) && value[0] == b'1')
}

/// Makes those controllers that `folder` has work in the groups below it, each for itself: one that is refused costs no other.
fn pass_on(folder: &Path, controllers: &[&str]) -> io::Result<()> {
    let mut passed = Ok(());
    for controller in controllers.iter().filter(|controller| lists(folder, "cgroup.controllers", controller)) {
        let also = set(folder, "cgroup.subtree_control", &format!("+{controller}"));
        passed = passed.and(also);
    }
    passed
}

fn is_alone_in(folder: &Path) -> bool {
    read(&folder.join("cgroup.procs")).is_ok_and(|processes| processes.trim() == std::process::id().to_string())
}

fn remove_leftovers(folder: &Path) {
    let Ok(groups) = fs::read_dir(folder) else { return };
    for group in groups.take(GROUPS_SEEN_MAX).filter_map(Result::ok) {
        let maker = group.file_name().to_str().and_then(Maker::named);
        if maker.is_some_and(|maker| !maker.lives()) {
            // One with anything in it cannot be removed.
            let _removed = fs::remove_dir(group.path());
        }
    }
}

/// The process that made a group, told from a later one with its number by when it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Maker {
    pub(super) process: u32,
    pub(super) started: u64,
}

impl Maker {
    pub(super) fn of(process: u32) -> Option<Self> {
        let stat = read(Path::new(&format!("/proc/{process}/stat"))).ok()?;
        // The name before it may hold anything.
        let (_name, fields) = stat.rsplit_once(") ")?;
        let started = fields.split(' ').nth(19)?.parse().ok()?;
        Some(Self { process, started })
    }

    pub(super) fn name(self, what: impl Display) -> String {
        format!("weir-{}-{}-{what}", self.process, self.started)
    }

    /// Of a name that [`name`](Self::name) makes, and no other.
    pub(super) fn named(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix("weir-")?.splitn(3, '-');
        let maker = Self { process: parts.next()?.parse().ok()?, started: parts.next()?.parse().ok()? };
        let what = parts.next()?;
        let is_ours = what == GATEWAY || what.parse().is_ok_and(|number: u64| number.to_string() == what);
        (is_ours && maker.name(what) == name).then_some(maker)
    }

    fn lives(self) -> bool {
        Self::of(self.process) == Some(self)
    }
}

/// The group of one process, which makes it itself. Dropping this ends whatever is in it.
#[derive(Debug)]
pub(crate) struct Group {
    folder: PathBuf,
}

impl Group {
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Kills whatever is in it.
    pub(crate) fn kill(&self) {
        // The group may not be there, and kernels before 5.14 cannot do it.
        let _killed = set(&self.folder, "cgroup.kill", "1");
    }

    /// Ends whatever is in it and removes it, if that is possible at all; else a later weir does.
    pub(crate) async fn remove(self) {
        self.kill();
        for _ in 0..REMOVALS_MAX {
            match fs::remove_dir(&self.folder) {
                Err(cause) if cause.kind() == io::ErrorKind::ResourceBusy => tokio::time::sleep(REMOVAL_EVERY).await,
                _ => return,
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        let _removed = fs::remove_dir(&self.folder);
    }
}
