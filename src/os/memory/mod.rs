//! Memory that holds passwords and keys, kept out of swap as far as the system allows it.
//!
//! The system limits how much a process may keep (RLIMIT_MEMLOCK, usually 8 MiB). All of a process does not fit, which
//! is why `mlockall` fails; its heap does, in a member process. In a larger process as much of it is kept as fits,
//! small mappings first. What the system refuses is no error of the program: it is logged and in the diagnosis.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::others as system;

/// Keeps the heap of this process as it is now out of swap. Nothing becomes resident that was not.
///
/// To be called again when other passwords have been read.
pub fn lock_heap() {
    match system::lock_heap() {
        Ok(()) => {}
        Err(error) => tracing::debug!(%error, "memory with passwords may be swapped out"),
    }
}

/// The memory of a process that is kept out of swap, in KiB; none where that is not known.
pub fn locked_kib(pid: u32) -> Option<u64> {
    system::locked_kib(pid)
}
