//! Memory that is really in use: of this process, and what one native run has made of it.
//!
//! An engine of the process's own allocates as it likes; the kernel counts every page all the same.

use std::fs::File;

use rustix::io::pread;

use super::allocator::MAPPED_BYTES;

/// Beyond a run's own values: its program, its stacks and what allocators keep.
const SLACK_BYTES: u64 = 8 * weir_model::limits::MIB;

/// The kernel's account of this process. Opened before the file system is taken away.
#[derive(Debug)]
pub(super) struct Resident(Option<File>);

impl Resident {
    /// Where there is no such account, only what the engine itself counts is limited.
    pub(super) fn open() -> Self {
        Self(File::open("/proc/self/statm").ok())
    }

    pub(super) fn bytes(&self) -> u64 {
        let mut text = [0_u8; 128];
        let read = self.0.as_ref().and_then(|file| pread(file, &mut text, 0).ok());
        let pages = read.and_then(|length| std::str::from_utf8(&text[..length]).ok()).and_then(|text| {
            // Pages: all, resident, and more.
            text.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()
        });
        pages.unwrap_or_default().saturating_mul(rustix::param::page_size() as u64)
    }
}

/// One run's share, all its steps together.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemoryMeter {
    held: u64,
    limit: u64,
    /// What the process had when the step under way began.
    began: u64,
}

impl MemoryMeter {
    pub(super) fn with_limit(limit: u64) -> Self {
        Self { held: 0, limit, began: 0 }
    }

    /// An answer came, between two steps. It goes during one, and is given back then if it is large; the place of a small one stays in
    /// use, and was charged for when it grew.
    pub(super) fn received(&mut self, bytes: usize) {
        if bytes >= MAPPED_BYTES {
            self.held = self.held.saturating_add(bytes as u64);
        }
    }

    pub(super) fn begin(&mut self, resident: u64) {
        self.began = resident;
    }

    pub(super) fn end(&mut self, resident: u64) {
        self.held = (self.held + resident).saturating_sub(self.began);
    }

    pub(super) fn is_over(&self, resident: u64) -> bool {
        (self.held + resident).saturating_sub(self.began) > self.limit.saturating_add(SLACK_BYTES)
    }

    /// So far over that a run which looks after itself would have ended.
    pub(super) fn is_far_over(&self, resident: u64) -> bool {
        let further = Self { limit: self.limit.saturating_add(self.limit / 8), ..*self };
        further.is_over(resident)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = weir_model::limits::MIB;

    #[test]
    fn a_run_is_charged_for_what_grew_while_it_ran() {
        let mut meter = MemoryMeter::with_limit(32 * MIB);
        meter.begin(100 * MIB);
        assert!(!meter.is_over(139 * MIB) && meter.is_over(141 * MIB));
        assert!(!meter.is_far_over(143 * MIB) && meter.is_far_over(145 * MIB));
        meter.end(130 * MIB);
        // Others came and went in between.
        meter.begin(20 * MIB);
        assert!(!meter.is_over(29 * MIB) && meter.is_over(31 * MIB));
        meter.end(5 * MIB);
        meter.begin(5 * MIB);
        assert!(!meter.is_over(29 * MIB) && meter.is_over(31 * MIB));
    }

    #[test]
    fn a_large_answer_is_charged_for_until_it_is_dropped() {
        let mut meter = MemoryMeter::with_limit(32 * MIB);
        meter.received(100);
        meter.received(30 << 20);
        meter.begin(100 * MIB);
        assert!(!meter.is_over(110 * MIB) && meter.is_over(111 * MIB));
        meter.end(75 * MIB);
        meter.begin(75 * MIB);
        assert!(!meter.is_over(110 * MIB) && meter.is_over(111 * MIB));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_counts_pages_that_are_touched() {
        let resident = Resident::open();
        let before = resident.bytes();
        let touched = vec![1_u8; usize::try_from(64 * MIB).expect("it fits")];
        let after = resident.bytes();
        assert!(after >= before + 60 * MIB, "{before} {after} {}", touched.len());
    }
}
