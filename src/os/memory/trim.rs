//! Returns freed memory to the system once most of many connections have ended.
//!
//! An allocator returns only what lies at the end of its heap. What connections have used lies between blocks that are
//! still in use, so a process that once had thousands of connections would keep their memory for as long as it runs.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::system;

/// Fewer connections use too little memory to be worth the few milliseconds.
const MANY: usize = 500;

/// The part of the connections that may still be open.
const FEW: usize = 8;

/// Knows the largest number of open connections since memory was returned.
#[derive(Debug, Default)]
pub struct HeapTrimmer {
    peak: AtomicUsize,
}

impl HeapTrimmer {
    /// A connection was opened; so many are open now.
    pub fn opened(&self, open: usize) {
        self.peak.fetch_max(open, Relaxed);
    }

    /// A connection has ended; so many are still open. Returns memory if most have ended.
    pub fn closed(&self, open: usize) {
        if self.is_due(open) {
            system::return_freed();
        }
    }

    fn is_due(&self, open: usize) -> bool {
        let peak = self.peak.load(Relaxed);
        peak >= MANY && open <= peak / FEW && self.peak.compare_exchange(peak, open, Relaxed, Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_once_most_of_many_have_ended() {
        let trimmer = HeapTrimmer::default();
        trimmer.opened(MANY - 1);
        assert!(!trimmer.is_due(0), "they were few");
        trimmer.opened(8 * MANY);
        assert!(!trimmer.is_due(MANY + 1), "many are open");
        assert!(trimmer.is_due(MANY));
        assert!(!trimmer.is_due(MANY - 1), "it was just done");
        assert!(trimmer.is_due(MANY / FEW), "most of the rest have ended too");
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn memory_between_blocks_in_use_is_returned() {
        let resident = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
            line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap()
        };
        let mut blocks: Vec<_> = (0..4_000).map(|_| vec![1_u8; 16 * 1024]).collect();
        let last = blocks.pop();
        let full = resident();
        drop(blocks);
        let trimmer = HeapTrimmer::default();
        trimmer.opened(MANY);
        trimmer.closed(0);
        assert!(resident() + 32 * 1024 < full, "of {full} KiB, {} KiB are left", resident());
        drop(last);
    }
}
