//! What the disturber and the travellers of one course share.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::{
    broken::{Broken, Result},
    home::Home,
    ledger::Ledger,
    random::Random,
};

/// Far longer than a gateway is away.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct World {
    pub(crate) home: Home,
    pub(crate) ledger: Ledger,
    pub(crate) board: Board,
    /// Held for writing while a dead gateway's calls are still on their way: nobody may say then what was carried out.
    pub(crate) calm: RwLock<()>,
    /// The database is disturbed too: what needs it may fail for a while, and is asked again.
    pub(crate) shaky: bool,
    notes: Mutex<Notes>,
}

/// What happened, and what is known of each call by its tool and id.
#[derive(Default)]
pub(crate) struct Notes {
    /// How often what happened.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Decisions to send again what the record already had.
    pub(crate) again: HashMap<(String, String), u64>,
    /// Some run's journal has it.
    pub(crate) journaled: HashSet<(String, String)>,
    /// Approvals of it that journals tell of.
    pub(crate) approved: HashMap<(String, String), u64>,
    pub(crate) broken: Option<Broken>,
}

impl World {
    pub(crate) fn new(home: Home, ledger: Ledger, replicas: usize, shaky: bool) -> Self {
        Self { home, ledger, board: Board::new(replicas), calm: RwLock::default(), shaky, notes: Mutex::default() }
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, what: &str) {
        *self.notes().counts.entry(what.to_owned()).or_default() += 1;
    }

    /// The first thing that does not hold is told.
    pub(crate) fn broke(&self, broken: Broken) {
        self.notes().broken.get_or_insert(broken);
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.notes().broken.is_some()
    }
}

/// Which gateways are there now.
pub(crate) struct Board {
    seats: Mutex<Vec<Seat>>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Seat {
    port: Option<u16>,
    /// How many gateways this replica has had.
    lives: u64,
}

/// One gateway in one of its lives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) replica: usize,
    pub(crate) port: u16,
    lives: u64,
}

impl Board {
    fn new(replicas: usize) -> Self {
        Self { seats: Mutex::new(vec![Seat::default(); replicas]), changed: Condvar::new() }
    }

    fn seats(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn here(&self, replica: usize, port: u16) {
        let seat = &mut self.seats()[replica];
        *seat = Seat { port: Some(port), lives: seat.lives + 1 };
        self.changed.notify_all();
    }

    pub(crate) fn away(&self, replica: usize) {
        self.seats()[replica].port = None;
    }

    /// All that are there; waits for one.
    pub(crate) fn all(&self) -> Result<Vec<At>> {
        let found = |seats: &[Seat]| -> Vec<At> {
            let at = |(replica, seat): (usize, &Seat)| Some(At { replica, port: seat.port?, lives: seat.lives });
            seats.iter().enumerate().filter_map(at).collect()
        };
        self.until("no gateway comes back", |seats| Some(found(seats)).filter(|all| !all.is_empty()))
    }

    pub(crate) fn any(&self, random: &mut Random) -> Result<At> {
        let all = self.all()?;
        random.pick(&all).copied().ok_or_else(|| Broken("there is no gateway".to_owned()))
    }

    /// Waits until this one is dead and another has taken its place.
    pub(crate) fn succeeded(&self, at: At) -> Result<()> {
        self.until("a gateway neither answered nor was ended", |seats| {
            (seats[at.replica].lives > at.lives).then_some(())
        })
    }

    fn until<T>(&self, else_told: &str, holds: impl Fn(&[Seat]) -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        let mut seats = self.seats();
        loop {
            if let Some(found) = holds(&seats) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Broken(else_told.to_owned()));
            }
            seats = self.changed.wait_timeout(seats, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
