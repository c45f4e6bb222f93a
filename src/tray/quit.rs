//! `sluice-tray quit`: ends the window, the tray and the engine of a set of files, in this order, and waits until they have
//! exited. Installers call it before they replace the programs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::os::paths::Paths;
use crate::os::process::{ProcessGroup, is_running};
use crate::os::signals::request_stop;
use crate::os::single_instance::{Instance, InstanceError};

/// How long to wait for each. Open connections get a few seconds.
const LIMIT: Duration = Duration::from_secs(15);

/// Polling interval for a lock.
const POLL: Duration = Duration::from_millis(50);

/// Whether a process was running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuitOutcome {
    /// It has exited.
    Ended,
    /// None was running.
    NotRunning,
}

/// Ends the processes that use the files in `home`, if given, or else in the default folders.
///
/// # Errors
/// The files cannot be used, or a process does not exit.
pub fn quit(home: Option<PathBuf>) -> anyhow::Result<QuitOutcome> {
    let home = home.filter(|home| !home.as_os_str().is_empty());
    let paths = Paths::find(home.as_deref())?;
    let mut outcome = QuitOutcome::NotRunning;
    for lock in [paths.window_lock(), paths.tray_lock(), paths.lock()] {
        if lock.exists() && end_holder(&lock)? == QuitOutcome::Ended {
            outcome = QuitOutcome::Ended;
        }
    }
    Ok(outcome)
}

/// Ends the process that holds a lock.
fn end_holder(lock: &Path) -> anyhow::Result<QuitOutcome> {
    let (mut holder, until) = (None, Instant::now() + LIMIT);
    loop {
        match (Instance::acquire(lock), holder) {
            (Ok(_free), None) => return Ok(QuitOutcome::NotRunning),
            // A process may release its lock before it exits, and until then its program cannot be replaced on Windows.
            (Ok(_free), Some(pid)) if is_running(pid) => {
                anyhow::ensure!(Instant::now() < until, InstanceError::Held { pid: Some(pid) });
            }
            (Ok(_free), Some(_exited)) => return Ok(QuitOutcome::Ended),
            (Err(InstanceError::Held { pid: Some(pid) }), None) => {
                holder = Some(pid);
                // The window does not listen for stop requests; it has no state that could be lost.
                request_stop(pid).unwrap_or_else(|_| ProcessGroup::of_leader(pid).kill());
            }
            (Err(InstanceError::Held { .. }), _) if Instant::now() < until => {}
            (Err(error), _) => return Err(error.into()),
        }
        std::thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_running_process_there_is_nothing_to_quit() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(quit(Some(home.path().into())).unwrap(), QuitOutcome::NotRunning);
        // Left behind by a killed process.
        std::fs::write(home.path().join("tray.lock"), "").unwrap();
        assert_eq!(quit(Some(home.path().into())).unwrap(), QuitOutcome::NotRunning);
    }

    /// A tray that releases its lock when it is asked to stop, and exits a second later.
    #[cfg(target_os = "linux")]
    const SLOW_TRAY: &str = r#"exec 9>tray.lock; flock 9; echo $$ >tray.pid
        trap 'flock -u 9; sleep 1; exit' TERM
        echo; while :; do sleep 0.05; done"#;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_has_released_its_lock_is_waited_for() {
        use std::io::Read;
        use std::process::Stdio;

        let home = tempfile::tempdir().unwrap();
        let mut shell = crate::os::process::child("sh", crate::os::process::ChildLifetime::Awaited);
        shell.args(["-c", SLOW_TRAY]).current_dir(home.path()).stdout(Stdio::piped());
        let mut tray = shell.spawn().unwrap();
        tray.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        let outcome = quit(Some(home.path().into())).unwrap();
        let exited = tray.try_wait().unwrap();
        tray.kill().unwrap();
        tray.wait().unwrap();
        assert_eq!((outcome, exited.is_some()), (QuitOutcome::Ended, true));
    }
}
