//! Compiled schemas, kept while they are not too many: the tools of one upstream may all reach the same definitions, and each
//! has a compiled copy of its own. The oldest goes first, and is compiled again when it is wanted again.

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use weir_model::limits;

/// What a catalog and those rebuilt from it keep.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    items: VecDeque<(Arc<dyn Any + Send + Sync>, usize)>,
    values: usize,
}

impl Shelf {
    /// `values` is the number of JSON values it was compiled from.
    fn keep(&self, item: Arc<dyn Any + Send + Sync>, values: usize) {
        let mut kept = lock(&self.0);
        kept.values += values;
        kept.items.push_back((item, values));
        while kept.values > limits::COMPILED_VALUES_MAX && kept.items.len() > 1 {
            let oldest = kept.items.pop_front();
            kept.values -= oldest.map_or(0, |(_, values)| values);
        }
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = lock(&self.0);
        write!(f, "Shelf({} of {} values)", kept.items.len(), kept.values)
    }
}

/// Where one compiled schema is found again for as long as the shelf keeps it.
#[derive(Debug)]
pub(crate) struct Slot<T>(Mutex<Weak<T>>);

impl<T: Send + Sync + 'static> Slot<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    /// What is there, else what is made now of so many JSON values. Whoever asks meanwhile waits.
    pub(crate) fn get(&self, shelf: &Shelf, make: impl FnOnce() -> (T, usize)) -> Arc<T> {
        let mut slot = lock(&self.0);
        if let Some(item) = slot.upgrade() {
            return item;
        }
        let (item, values) = make();
        let item = Arc::new(item);
        *slot = Arc::downgrade(&item);
        shelf.keep(Arc::clone(&item) as Arc<dyn Any + Send + Sync>, values);
        item
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics half way through a change of what is inside.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let shelf = Shelf::default();
        let slots: Vec<Slot<usize>> = (0..5).map(|_| Slot::new()).collect();
        let half = limits::COMPILED_VALUES_MAX / 2;
        let mut made = Vec::new();
        for n in [0, 1, 0, 2, 1, 0, 2] {
            let item = slots[n].get(&shelf, || {
                made.push(n);
                (n * 10, half)
            });
            assert_eq!(*item, n * 10);
        }
        assert_eq!(made, [0, 1, 2, 0]);
        // One that is too large by itself is kept until the next one comes.
        let large = || (7, 2 * limits::COMPILED_VALUES_MAX);
        assert_eq!(*slots[3].get(&shelf, large), 7);
        assert_eq!(*slots[3].get(&shelf, || unreachable!("it is there")), 7);
        assert_eq!(*slots[4].get(&shelf, large), 7);
        assert!(lock(&slots[3].0).upgrade().is_none());
    }
}
