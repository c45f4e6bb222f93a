//! The process behind `sluice lease-watch`: it restores the desktop's proxy settings if the engine has exited without
//! doing so.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use super::lease::{Lease, LeaseFile, Lock, ProxyError};

/// Number of attempts: the desktop session may be ending at the same time.
const ATTEMPTS: u32 = 5;

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(300);

/// Waits until stdin closes, as it does when the engine exits. Then restores the lease `id` at `file`, if it still
/// exists.
///
/// It cannot be restored; the next start retries.
/// It cannot be restored; the next start tries again.
pub fn watch(file: &Path, id: &str) -> Result<(), ProxyError> {
    let mut nothing = [0; 64];
    while std::io::stdin().read(&mut nothing).is_ok_and(|read| read > 0) {}
    let mut result = restore(file, id);
    for _ in 1..ATTEMPTS {
        if result.is_ok() {
            break;
        }
        std::thread::sleep(PAUSE);
        result = restore(file, id);
    }
    result
}

fn restore(file: &Path, id: &str) -> Result<(), ProxyError> {
    let _lock = Lock::take(file)?;
    match Lease::read(file)? {
        LeaseFile::Lease(lease) if lease.id == id => lease.restore_unreported(file),
        // The next start reports a corrupt one.
        LeaseFile::Lease(_) | LeaseFile::Nothing | LeaseFile::Broken(_) => Ok(()),
    }
}
