//! This process's memory: what is swapped out, and what is returned to the system ([`HeapTrimmer`]).
//!
//! Locks memory that holds passwords and keys, so that it is not swapped out.
//!
//! The system limits how much a process may lock (`RLIMIT_MEMLOCK`, usually 8 MiB). `mlockall` would exceed the limit, but
//! the heap of a member process fits. In a larger process as much of the heap is locked as fits, small mappings first. A
//! failure is not fatal: it is logged, and the locked size is in the diagnosis.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;
mod trim;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::others as system;
pub use self::trim::HeapTrimmer;

/// Locks the current heap of this process. Pages that are not resident yet are locked when they are first touched.
///
/// Must be called again after further passwords have been read.
pub fn lock_heap() {
    match system::lock_heap() {
        Ok(()) => {}
        Err(error) => tracing::debug!(%error, "memory with passwords may be swapped out"),
    }
}

/// The locked memory of a process in KiB; `None` if unknown.
pub fn locked_kib(pid: u32) -> Option<u64> {
    system::locked_kib(pid)
}
