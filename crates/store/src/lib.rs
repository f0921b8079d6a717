//! Where runs, journals and handles are kept. In memory for now, each bounded; the ports are `weir_bridge::port`'s.

mod memory_handles;
mod memory_journal;

pub use memory_handles::MemoryHandles;
pub use memory_journal::{MemoryJournal, Record};
