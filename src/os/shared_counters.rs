//! Counters in memory that two processes share (memfd_create(2), mmap(2)): pairs, and some of the process that writes.
//!
//! The process that creates them seals their size first, so the other one can write wrong numbers into them and do no
//! other harm: a file that shrinks under a mapping would end whoever reads it (SIGBUS).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fstat, ftruncate, memfd_create};

/// Pairs in a file; pages that are not used take no memory.
pub const PAIRS: usize = 4_096;

const LENGTH: usize = PAIRS * size_of::<CounterPair>() + size_of::<ServerCounters>();

/// Two counters that belong together, and what one of them waits for.
#[repr(C)]
#[derive(Debug, Default)]
pub struct CounterPair {
    /// Bytes in one direction.
    pub up: AtomicU64,
    /// Bytes in the other one.
    pub down: AtomicU64,
    /// 1 while the receiver of the other direction accepts nothing, otherwise 0.
    pub blocked: AtomicU64,
}

/// What a process has seen of its connections to a server that have ended.
#[repr(C)]
#[derive(Debug, Default)]
pub struct ServerCounters {
    /// Mean round-trip time in microseconds; 0 before the first connection has ended.
    pub round_trip_us: AtomicU64,
    /// Segments with data that were sent.
    pub segments: AtomicU64,
    /// Segments that were sent again.
    pub retransmitted: AtomicU64,
}

/// The mapped counters.
#[derive(Debug)]
pub struct SharedCounters(NonNull<CounterPair>);

#[expect(unsafe_code, reason = "a pointer says nothing of itself")]
// SAFETY: the memory behind the pointer is only reached through atomics, and stays mapped until the value is dropped.
unsafe impl Send for SharedCounters {}
#[expect(unsafe_code, reason = "a pointer says nothing of itself")]
// SAFETY: as above.
unsafe impl Sync for SharedCounters {}

impl SharedCounters {
    /// New counters, all zero, and the file to map them from in the other process.
    ///
    /// # Errors
    /// No memory, or no descriptor is left.
    pub fn create() -> io::Result<(Self, OwnedFd)> {
        let file = memfd_create("sluice-counters", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&file, LENGTH as u64)?;
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Ok((Self::map(file.as_fd())?, file))
    }

    /// Maps the counters of another process.
    ///
    /// # Errors
    /// It is not such a file.
    #[expect(unsafe_code, reason = "a mapping is made of a raw pointer")]
    pub fn map(file: BorrowedFd<'_>) -> io::Result<Self> {
        if fstat(file)?.st_size != LENGTH as i64 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory that is in use.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), LENGTH, access, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        match NonNull::new(start.cast::<CounterPair>()) {
            Some(pairs) if start != libc::MAP_FAILED => Ok(Self(pairs)),
            Some(_) | None => Err(io::Error::last_os_error()),
        }
    }

    /// One pair, if there are so many.
    #[expect(unsafe_code, reason = "the mapping is an array of pairs")]
    pub fn pair(&self, index: usize) -> Option<&CounterPair> {
        // SAFETY: the mapping has PAIRS pairs, zeroed by the kernel, aligned to a page, and lives as long as `self`.
        (index < PAIRS).then(|| unsafe { self.0.add(index).as_ref() })
    }

    /// The counters of the server's connections.
    #[expect(unsafe_code, reason = "they are behind the array of pairs")]
    pub fn server(&self) -> &ServerCounters {
        // SAFETY: the mapping goes on behind the pairs with this value, zeroed and as aligned as the pairs are, and lives
        // as long as `self`.
        unsafe { self.0.add(PAIRS).cast().as_ref() }
    }
}

impl Drop for SharedCounters {
    #[expect(unsafe_code, reason = "what was mapped is unmapped")]
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and nobody has a reference any more.
        unsafe { libc::munmap(self.0.as_ptr().cast(), LENGTH) };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    #[test]
    fn what_one_counts_the_other_reads() {
        let (own, file) = SharedCounters::create().unwrap();
        let other = SharedCounters::map(file.as_fd()).unwrap();
        other.pair(PAIRS - 1).unwrap().down.store(7, Relaxed);
        assert_eq!(own.pair(PAIRS - 1).unwrap().down.load(Relaxed), 7);
        assert!(own.pair(PAIRS).is_none());
        other.server().retransmitted.store(3, Relaxed);
        assert_eq!(own.server().retransmitted.load(Relaxed), 3);
        assert_eq!(own.pair(PAIRS - 1).unwrap().blocked.load(Relaxed), 0);
    }

    #[test]
    fn their_file_cannot_be_made_smaller() {
        let (_own, file) = SharedCounters::create().unwrap();
        assert!(ftruncate(&file, 0).is_err());
        let small = memfd_create("small", MemfdFlags::CLOEXEC).unwrap();
        assert!(SharedCounters::map(small.as_fd()).is_err());
    }
}
