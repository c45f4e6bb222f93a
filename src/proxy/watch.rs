//! The process behind `sluice lease-watch`: it outlives the program by a moment, and gives the desktop
//! its proxy settings back if that has ended without doing so.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use super::lease::{Found, Lease, Lock, ProxyError};

/// How often it tries: the session may be ending at the same time.
const TRIES: u32 = 5;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(300);

/// Waits until standard input ends, as it does with the process that holds its other end. Then gives
/// back the lease `id` at `file`, if that is still there.
///
/// # Errors
/// It cannot be given back; the next start tries again.
pub fn watch(file: &Path, id: &str) -> Result<(), ProxyError> {
    let mut nothing = [0; 64];
    while std::io::stdin().read(&mut nothing).is_ok_and(|read| read > 0) {}
    let mut result = give_back(file, id);
    for _ in 1..TRIES {
        if result.is_ok() {
            break;
        }
        std::thread::sleep(PAUSE);
        result = give_back(file, id);
    }
    result
}

fn give_back(file: &Path, id: &str) -> Result<(), ProxyError> {
    let _lock = Lock::take(file)?;
    match Lease::read(file)? {
        Found::Lease(lease) if lease.id == id => lease.give_back_untold(file),
        // Of a broken one the next start tells.
        Found::Lease(_) | Found::Nothing | Found::Broken(_) => Ok(()),
    }
}
