//! `sluice-tray quit`: ends the window, the tray and the engine of these files, in order, and waits until they
//! have ended. Installers call it before they replace the programs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::os::paths::Paths;
use crate::os::process::ProcessGroup;
use crate::os::signals::ask_to_stop;
use crate::os::single_instance::{Instance, InstanceError};

/// How long each is waited for. Open connections get a few seconds.
const LIMIT: Duration = Duration::from_secs(15);

/// From one look at a lock to the next.
const POLL: Duration = Duration::from_millis(50);

/// Whether there was something to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuitOutcome {
    /// It has ended.
    Ended,
    /// Nothing ran.
    NothingRan,
}

/// Ends what runs with the files in `home`, where given.
///
/// # Errors
/// The files cannot be used, or something does not end.
pub fn quit(home: Option<PathBuf>) -> anyhow::Result<QuitOutcome> {
    let home = home.filter(|home| !home.as_os_str().is_empty());
    let paths = Paths::find(home.as_deref())?;
    let mut outcome = QuitOutcome::NothingRan;
    for lock in [paths.window_lock(), paths.tray_lock(), paths.lock()] {
        if lock.exists() && end_holder(&lock)? == QuitOutcome::Ended {
            outcome = QuitOutcome::Ended;
        }
    }
    Ok(outcome)
}

/// Ends the process that holds a lock.
fn end_holder(lock: &Path) -> anyhow::Result<QuitOutcome> {
    let (mut outcome, until) = (QuitOutcome::NothingRan, Instant::now() + LIMIT);
    loop {
        match Instance::acquire(lock) {
            Ok(_free) => return Ok(outcome),
            Err(InstanceError::Held { pid: Some(pid) }) if outcome == QuitOutcome::NothingRan => {
                outcome = QuitOutcome::Ended;
                // The window waits for no request; there is nothing in it that could be lost.
                ask_to_stop(pid).unwrap_or_else(|_| ProcessGroup::led_by(pid).kill());
            }
            Err(InstanceError::Held { .. }) if Instant::now() < until => {}
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_runs_nothing_is_to_be_ended() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(quit(Some(home.path().into())).unwrap(), QuitOutcome::NothingRan);
        // A lock file that a killed process has left behind.
        std::fs::write(home.path().join("tray.lock"), "").unwrap();
        assert_eq!(quit(Some(home.path().into())).unwrap(), QuitOutcome::NothingRan);
    }
}
