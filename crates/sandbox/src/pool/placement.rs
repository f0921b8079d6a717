//! Which worker a run goes to. Pure decisions over a table of places; starting and ending processes is the pool's part.

use weir_model::PrincipalId;

use crate::worker::RUNS_PER_WORKER;

/// One worker, as placement sees it.
#[derive(Debug)]
struct Slot<W> {
    id: u64,
    worker: W,
    /// Whose runs it hosts; `None` until its first run.
    principal: Option<PrincipalId>,
    runs: usize,
    /// When it was last given a run.
    turn: u64,
    /// Takes no new runs: somebody waits for its place.
    draining: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<W> {
    /// This worker; the run is counted there already.
    Take(W),
    /// A new worker is to be started for this principal.
    Spawn,
    /// This worker was removed and is to be ended, and a new one started in its place.
    Replace(W),
    /// Nothing is free.
    Wait,
}

#[derive(Debug)]
pub(super) struct Placement<W> {
    slots: Vec<Slot<W>>,
    workers: usize,
    workers_max: usize,
    ids: u64,
    turns: u64,
}

impl<W: Clone> Placement<W> {
    pub(super) fn new(workers: usize, workers_max: usize) -> Self {
        let workers = workers.max(1);
        Self { slots: Vec::new(), workers, workers_max: workers_max.max(workers), ids: 0, turns: 0 }
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// A worker that just started: fresh, or with its first run counted.
    pub(super) fn add(&mut self, id: u64, worker: W, principal: Option<PrincipalId>) {
        let runs = usize::from(principal.is_some());
        self.slots.push(Slot { id, worker, principal, runs, turn: 0, draining: false });
    }

    /// A worker that is gone.
    pub(super) fn remove(&mut self, id: u64) {
        self.slots.retain(|slot| slot.id != id);
    }

    /// Whether fewer workers are there than are to be kept running.
    pub(super) fn wants_more(&self) -> bool {
        self.slots.len() < self.workers
    }

    pub(super) fn workers(&self) -> impl Iterator<Item = &W> {
        self.slots.iter().map(|slot| &slot.worker)
    }

    /// A run ended. Returns the worker if it is to be ended: idle, and more than are kept running.
    pub(super) fn release(&mut self, id: u64) -> Option<W> {
        let surplus = self.slots.len() > self.workers;
        let at = self.slots.iter().position(|slot| slot.id == id)?;
        let slot = &mut self.slots[at];
        slot.runs = slot.runs.saturating_sub(1);
        (surplus && slot.runs == 0 && !slot.draining).then(|| self.slots.swap_remove(at).worker)
    }

    /// Nobody waits any more.
    pub(super) fn stop_draining(&mut self) {
        for slot in &mut self.slots {
            slot.draining = false;
        }
    }

    /// The place for one more run of `principal`.
    pub(super) fn place(&mut self, principal: &PrincipalId) -> Place<W> {
        let room = self.workers_max - self.slots.len().min(self.workers_max);
        let owned = self.slots.iter().filter(|slot| slot.principal.as_ref() == Some(principal)).count();
        let own = self.least(|slot| slot.principal.as_ref() == Some(principal) && !slot.draining);
        let free = |slot: &Slot<W>| slot.principal.as_ref().is_none_or(|of| of == principal) && !slot.draining;
        if let Some(at) = self.least(|slot| slot.runs == 0 && free(slot)) {
            return self.take(at, principal);
        }
        let wants_another = owned < self.workers;
        if wants_another
            && let Some(at) = self.least(|slot| slot.runs == 0 && slot.principal.as_ref() != Some(principal))
        {
            return Place::Replace(self.slots.swap_remove(at).worker);
        }
        if (own.is_none() || self.wants_more()) && room > 0 {
            return Place::Spawn;
        }
        match own {
            Some(at) => self.take(at, principal),
            None => {
                self.drain_one(principal);
                Place::Wait
            }
        }
    }

    fn take(&mut self, at: usize, principal: &PrincipalId) -> Place<W> {
        self.turns += 1;
        let slot = &mut self.slots[at];
        slot.turn = self.turns;
        slot.principal.get_or_insert_with(|| principal.clone());
        slot.runs += 1;
        Place::Take(slot.worker.clone())
    }

    /// The least busy worker that fits and has room; of equally busy ones the longest unused, which has tidied up by now.
    fn least(&self, fits: impl Fn(&Slot<W>) -> bool) -> Option<usize> {
        let with_room = |slot: &Slot<W>| slot.runs < usize::try_from(RUNS_PER_WORKER).unwrap_or(usize::MAX);
        let fitting = self.slots.iter().enumerate().filter(|(_, slot)| with_room(slot) && fits(slot));
        fitting.min_by_key(|(_, slot)| (slot.runs, slot.turn)).map(|(at, _)| at)
    }

    /// Picks a worker to be emptied for `principal`: of whoever holds most, and there the least busy. One at a time.
    fn drain_one(&mut self, principal: &PrincipalId) {
        if self.slots.iter().any(|slot| slot.draining) {
            return;
        }
        let held = |of: &Option<PrincipalId>| self.slots.iter().filter(|slot| slot.principal == *of).count();
        let others = self.slots.iter().enumerate().filter(|(_, slot)| slot.principal.as_ref() != Some(principal));
        let victim = others.max_by_key(|(_, slot)| (held(&slot.principal), std::cmp::Reverse(slot.runs)));
        if let Some(at) = victim.map(|(at, _)| at) {
            self.slots[at].draining = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str) -> PrincipalId {
        PrincipalId::new(name)
    }

    fn pool(workers: usize, workers_max: usize) -> Placement<u64> {
        let mut pool = Placement::new(workers, workers_max);
        while pool.wants_more() {
            let id = pool.next_id();
            pool.add(id, id, None);
        }
        pool
    }

    #[test]
    fn runs_of_one_principal_spread_over_the_workers() {
        let mut pool = pool(2, 8);
        let places: Vec<_> = (0..4).map(|_| pool.place(&who("a"))).collect();
        assert_eq!(places, [Place::Take(1), Place::Take(2), Place::Take(1), Place::Take(2)]);
    }

    #[test]
    fn runs_one_after_the_other_take_turns() {
        let mut pool = pool(2, 8);
        let mut places = Vec::new();
        for _ in 0..4 {
            let Place::Take(worker) = pool.place(&who("a")) else { panic!("no place") };
            pool.release(worker);
            places.push(worker);
        }
        assert_eq!(places, [1, 2, 1, 2]);
    }

    #[test]
    fn a_worker_never_serves_two_principals() {
        let mut pool = pool(1, 1);
        assert_eq!(pool.place(&who("a")), Place::Take(1));
        assert_eq!(pool.place(&who("b")), Place::Wait);
        assert_eq!(pool.place(&who("a")), Place::Wait, "the one worker is kept free for b");
        pool.release(1);
        assert_eq!(pool.place(&who("b")), Place::Replace(1));
        pool.add(2, 2, Some(who("b")));
        pool.stop_draining();
        assert_eq!(pool.place(&who("b")), Place::Take(2));
    }

    #[test]
    fn another_principal_gets_a_worker_of_its_own_while_there_may_be_more() {
        let mut pool = pool(2, 3);
        assert_eq!((pool.place(&who("a")), pool.place(&who("a"))), (Place::Take(1), Place::Take(2)));
        assert_eq!(pool.place(&who("b")), Place::Spawn);
        pool.add(9, 9, Some(who("b")));
        assert_eq!(pool.place(&who("b")), Place::Take(9));
        assert_eq!(pool.release(9), None);
        assert_eq!(pool.release(9), Some(9), "an idle worker too many is ended");
    }

    #[test]
    fn a_full_worker_takes_no_more() {
        let mut pool = pool(1, 1);
        for _ in 0..RUNS_PER_WORKER {
            assert_eq!(pool.place(&who("a")), Place::Take(1));
        }
        assert_eq!(pool.place(&who("a")), Place::Wait);
        pool.release(1);
        assert_eq!(pool.place(&who("a")), Place::Take(1));
    }

    #[test]
    fn a_lost_worker_is_replaced_when_it_is_needed() {
        let mut pool = pool(2, 2);
        assert_eq!(pool.place(&who("a")), Place::Take(1));
        pool.remove(1);
        pool.remove(2);
        assert!(pool.wants_more());
        assert_eq!(pool.place(&who("a")), Place::Spawn);
    }
}
