//! A course: travellers send programs, the disturber ends gateways and workers at random moments, and then everything must be true.

use std::{
    collections::BTreeMap,
    mem,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    broken::{Broken, Result},
    database::Keeping,
    home::{Given, Home},
    journey::Journey,
    ledger::Ledger,
    process,
    program::Program,
    random::Random,
    replica::{Gateway, Replica},
    truth,
    world::World,
};

/// The ledger's, before and after it carries out a call.
const DELAY_MS: u64 = 20;
const NAMES: [&str; 3] = ["a", "b", "c"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    /// `kill -9` of a gateway; it is started again.
    KillGateway,
    /// `kill -9` of a process that runs snippets.
    KillWorker,
    /// SIGTERM, and another one in its place.
    Restart,
    /// SIGSTOP of a gateway for a moment.
    Freeze,
    /// The database answers nothing for a while.
    FreezeDatabase,
    /// `kill -9` of the database; it is started again.
    KillDatabase,
}

impl Disturbance {
    fn as_str(self) -> &'static str {
        match self {
            Self::KillGateway => "gateways killed",
            Self::KillWorker => "workers killed",
            Self::Restart => "gateways restarted",
            Self::Freeze => "gateways stopped for a moment",
            Self::FreezeDatabase => "databases stopped for a moment",
            Self::KillDatabase => "databases killed",
        }
    }

    fn shakes(self) -> bool {
        matches!(self, Self::FreezeDatabase | Self::KillDatabase)
    }
}

pub(crate) struct Chaos {
    pub(crate) weir: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) cache: PathBuf,
    pub(crate) ledger: PathBuf,
    pub(crate) keeping: Keeping,
    /// Gateways over one store, three at most.
    pub(crate) replicas: usize,
    /// What happens, picked at random; one named twice twice as often.
    pub(crate) disturbances: Vec<Disturbance>,
    pub(crate) rounds: u64,
    pub(crate) seed: u64,
    /// Programs under way at once.
    pub(crate) travellers: usize,
}

/// What happened.
pub(crate) struct Course {
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) time: Duration,
}

/// The whole course. `tell` hears after each round how many there were.
pub(crate) fn run(mut chaos: Chaos, mut tell: impl FnMut(u64)) -> Result<Course> {
    let begun = Instant::now();
    let mut random = Random::new(chaos.seed);
    let ledger = Ledger::start(&chaos.ledger, chaos.replicas + 1, DELAY_MS, chaos.seed)?;
    let given = Given {
        weir: mem::take(&mut chaos.weir),
        folder: mem::take(&mut chaos.folder),
        cache: mem::take(&mut chaos.cache),
    };
    let home = Home::new(given, &chaos.keeping, ledger.port(chaos.replicas))?;
    let shaky = chaos.disturbances.iter().any(|disturbance| disturbance.shakes());
    let world = World::new(home, ledger, chaos.replicas, shaky);
    let mut disturber = Disturber::start(&world, &mut chaos, random.branch())?;
    let travellers = Travellers::new(random.branch());
    let disturbed = thread::scope(|scope| {
        for _ in 0..disturber.chaos.travellers {
            scope.spawn(|| travellers.send_programs(&world));
        }
        let disturbed = disturber.disturb(&mut tell);
        travellers.stop.store(true, Ordering::Relaxed);
        if let Err(broken) = &disturbed {
            world.broke(broken.clone());
        }
        disturbed
    });
    disturbed?;
    if let Some(broken) = world.notes().broken.take() {
        return Err(broken);
    }
    disturber.end()?;
    let programs = travellers.programs.into_inner().unwrap_or_else(PoisonError::into_inner);
    truth::of_all(&world, &programs)?;
    let mut counts = mem::take(&mut world.notes().counts);
    counts.insert("programs".to_owned(), programs.len() as u64);
    let record = world.ledger.record()?;
    counts.insert("reads carried out".to_owned(), record.looks);
    counts.insert("writes carried out".to_owned(), record.writes() as u64);
    Ok(Course { counts, time: begun.elapsed() })
}

/// Sends programs until it is told to stop, and each of them until it has ended.
struct Travellers {
    stop: AtomicBool,
    number: AtomicU64,
    random: Mutex<Random>,
    /// Those that completed.
    programs: Mutex<Vec<Program>>,
}

impl Travellers {
    fn new(random: Random) -> Self {
        Self {
            stop: AtomicBool::new(false),
            number: AtomicU64::new(0),
            random: Mutex::new(random),
            programs: Mutex::default(),
        }
    }

    fn send_programs(&self, world: &World) {
        while !self.stop.load(Ordering::Relaxed) && !world.is_broken() {
            let number = self.number.fetch_add(1, Ordering::Relaxed);
            let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner).branch();
            let program = Program::random(number, random.one_in(3), &mut random);
            match Journey::new(world, &program, random).travel() {
                Ok(()) => self.programs.lock().unwrap_or_else(PoisonError::into_inner).push(program),
                Err(broken) => world.broke(broken),
            }
        }
    }
}

struct Disturber<'a> {
    world: &'a World,
    chaos: &'a mut Chaos,
    random: Random,
    seats: Vec<(Replica, Option<Gateway>)>,
}

impl<'a> Disturber<'a> {
    fn start(world: &'a World, chaos: &'a mut Chaos, random: Random) -> Result<Self> {
        let mut disturber = Self { world, seats: Vec::new(), random, chaos };
        for (at, name) in NAMES.iter().enumerate().take(disturber.chaos.replicas) {
            disturber.seats.push((Replica::new(&world.home, name, world.ledger.port(at))?, None));
            disturber.seat(at)?;
        }
        Ok(disturber)
    }

    /// Another gateway in this place; it must be able to open its store.
    fn seat(&mut self, at: usize) -> Result<()> {
        let (replica, gateway) = &mut self.seats[at];
        let started = gateway.insert(replica.start(&self.world.home)?);
        self.world.board.here(at, started.port);
        Ok(())
    }

    fn disturb(&mut self, tell: &mut impl FnMut(u64)) -> Result<()> {
        for round in 1..=self.chaos.rounds {
            // Now and then before it is ready; mostly in the middle of things.
            let wait = if self.random.one_in(5) { self.random.ms(0, 60) } else { self.random.ms(60, 900) };
            thread::sleep(wait);
            if self.world.is_broken() {
                return Ok(());
            }
            let Some(disturbance) = self.random.pick(&self.chaos.disturbances).copied() else { return Ok(()) };
            let at = self.random.below(self.seats.len() as u64) as usize;
            if self.disturb_once(disturbance, at)? {
                self.world.count(disturbance.as_str());
            }
            tell(round);
        }
        Ok(())
    }

    /// `false`: there was nothing to disturb.
    fn disturb_once(&mut self, disturbance: Disturbance, at: usize) -> Result<bool> {
        match disturbance {
            Disturbance::KillGateway => self.replace(at, Gateway::kill)?,
            Disturbance::Restart => self.replace(at, |gateway| {
                gateway.ask_to_stop()?;
                let status = gateway.ended()?;
                let well = status.success();
                if well { Ok(()) } else { Err(Broken(format!("a gateway that was asked to stop ended with {status}"))) }
            })?,
            Disturbance::KillWorker => {
                let Some(worker) = self.seats[at].0.a_worker(&mut self.random) else { return Ok(false) };
                return process::signal(worker, "KILL");
            }
            Disturbance::Freeze => {
                let Some(gateway) = &self.seats[at].1 else { return Ok(false) };
                process::signal(gateway.id(), "STOP")?;
                thread::sleep(self.random.ms(10, 400));
                process::signal(gateway.id(), "CONT")?;
            }
            Disturbance::FreezeDatabase => {
                let time = self.random.ms(100, 1_500);
                self.chaos.keeping.freeze(self.world.home.path(), time)?;
            }
            Disturbance::KillDatabase => {
                let Keeping::Postgres(postgres) = &mut self.chaos.keeping else { return Ok(false) };
                postgres.crash(self.random.ms(0, 1_000))?;
            }
        }
        Ok(true)
    }

    /// Ends a gateway, waits until nothing of it is left, and starts the next.
    fn replace(&mut self, at: usize, end: impl Fn(Gateway) -> Result<()>) -> Result<()> {
        self.world.board.away(at);
        let calm = self.world.calm.write().unwrap_or_else(PoisonError::into_inner);
        let (replica, gateway) = &mut self.seats[at];
        if let Some(gateway) = gateway.take() {
            end(gateway)?;
        }
        replica.gone()?;
        self.world.ledger.quiet(at)?;
        drop(calm);
        self.seat(at)
    }

    /// All gateways end well, and nothing of them is left.
    fn end(mut self) -> Result<()> {
        for (replica, gateway) in &mut self.seats {
            if let Some(gateway) = gateway.take() {
                gateway.ask_to_stop()?;
                let status = gateway.ended()?;
                if !status.success() {
                    return Err(Broken(format!("a gateway that was asked to stop ended with {status}")));
                }
            }
            replica.gone()?;
        }
        Ok(())
    }
}
