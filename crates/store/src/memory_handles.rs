//! Handles in memory: per principal, the oldest dropped first, gone when the process ends.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::{Handles, HandlesUnavailable, Stored};
use weir_model::{
    HandleId, PrincipalId,
    limits::{HANDLE_BYTES_MAX, HANDLES_MAX},
};

#[derive(Default)]
pub struct MemoryHandles {
    shelves: Mutex<HashMap<PrincipalId, Shelf>>,
}

#[derive(Default)]
struct Shelf {
    values: VecDeque<(HandleId, Stored)>,
    bytes: u64,
}

impl Shelf {
    fn put(&mut self, handle: HandleId, value: Stored) {
        self.bytes += value.bytes.len() as u64;
        self.values.push_back((handle, value));
        while self.values.len() > HANDLES_MAX || self.bytes > HANDLE_BYTES_MAX {
            let Some((_, dropped)) = self.values.pop_front() else { return };
            self.bytes -= dropped.bytes.len() as u64;
        }
    }
}

impl MemoryHandles {
    fn store(&self, principal: &PrincipalId, value: Stored) -> Result<HandleId, HandlesUnavailable> {
        if value.bytes.len() as u64 > HANDLE_BYTES_MAX {
            return Err(HandlesUnavailable(format!("it is over {HANDLE_BYTES_MAX} bytes")));
        }
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|error| HandlesUnavailable(format!("no randomness: {error}")))?;
        let handle = HandleId::new(format!("h_{:032x}", u128::from_be_bytes(random)));
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.entry(principal.clone()).or_default().put(handle.clone(), value);
        Ok(handle)
    }
}

impl Handles for MemoryHandles {
    fn put<'a>(
        &'a self,
        principal: &'a PrincipalId,
        value: Stored,
    ) -> BoxFuture<'a, Result<HandleId, HandlesUnavailable>> {
        std::future::ready(self.store(principal, value)).boxed()
    }

    fn get<'a>(
        &'a self,
        principal: &'a PrincipalId,
        handle: &'a HandleId,
    ) -> BoxFuture<'a, Result<Option<Stored>, HandlesUnavailable>> {
        let shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let found = shelves.get(principal).and_then(|shelf| shelf.values.iter().find(|(known, _)| known == handle));
        std::future::ready(Ok(found.map(|(_, value)| value.clone()))).boxed()
    }
}

#[cfg(test)]
mod tests {
    use weir_bridge::port::StoredKind;

    use super::*;

    fn value(bytes: usize) -> Stored {
        Stored { kind: StoredKind::Json, bytes: vec![b' '; bytes].into() }
    }

    fn get(handles: &MemoryHandles, principal: &str, handle: &HandleId) -> Option<Stored> {
        let principal = PrincipalId::new(principal);
        handles.get(&principal, handle).now_or_never().expect("in memory").expect("available")
    }

    #[test]
    fn a_handle_is_its_principals_alone() {
        let handles = MemoryHandles::default();
        let handle = handles.store(&PrincipalId::new("a"), value(3)).expect("stored");
        assert_eq!(get(&handles, "a", &handle), Some(value(3)));
        assert_eq!(get(&handles, "b", &handle), None);
    }

    #[test]
    fn the_oldest_is_dropped_by_count_and_by_size() {
        let handles = MemoryHandles::default();
        let a = PrincipalId::new("a");
        let first = handles.store(&a, value(1)).expect("stored");
        for _ in 0..HANDLES_MAX {
            handles.store(&a, value(1)).expect("stored");
        }
        assert_eq!(get(&handles, "a", &first), None);

        let large = handles.store(&a, value(HANDLE_BYTES_MAX as usize)).expect("stored");
        assert!(get(&handles, "a", &large).is_some());
        let last = handles.store(&a, value(1)).expect("stored");
        assert_eq!(get(&handles, "a", &large), None);
        assert!(get(&handles, "a", &last).is_some());
        assert!(handles.store(&a, value(HANDLE_BYTES_MAX as usize + 1)).is_err());
    }
}
