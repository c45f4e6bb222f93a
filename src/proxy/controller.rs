//! Sets the desktop's proxy and restores it, within one run of the program.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use super::desired::DesiredProxy;
use super::lease::{Lease, LeaseFile, Lock, ProxyError, RestoreOutcome};
use crate::os::process::{ChildLifetime, child};
use crate::os::take_over::{self, Descriptor};
use crate::os::{atomic_file, command};

/// Sets the desktop's proxy and restores it. Every call blocks: the desktop's programs are run.
#[derive(Debug)]
pub struct ProxyController {
    file: PathBuf,
    program: PathBuf,
    active: Option<ActiveProxy>,
}

#[derive(Debug)]
struct ActiveProxy {
    desired: DesiredProxy,
    watcher: Watcher,
}

/// The process that restores the proxy when its standard input closes.
#[derive(Debug)]
enum Watcher {
    /// Started by this process, which holds the other end.
    Own(Child),
    /// Started by an earlier engine. This file is the other end.
    TakenOver(File),
}

impl ProxyController {
    /// A controller with its lease file at `file`; `program` is run as the watcher.
    pub fn new(file: PathBuf, program: PathBuf) -> Self {
        Self { file, program, active: None }
    }

    /// The setting that is currently applied.
    pub fn active(&self) -> Option<&DesiredProxy> {
        self.active.as_ref().map(|active| &active.desired)
    }

    /// Sets the desktop's proxy, after restoring what was left by an earlier run or setting.
    ///
    /// # Errors
    /// It cannot be set; the settings are then unchanged.
    pub fn set(&mut self, desired: DesiredProxy) -> Result<RestoreOutcome, ProxyError> {
        let restored = self.restore()?;
        let done = self.apply(desired);
        if done.is_err() {
            self.end_watcher();
        }
        done.map(|()| restored)
    }

    fn apply(&mut self, desired: DesiredProxy) -> Result<(), ProxyError> {
        let _lock = Lock::take(&self.file)?;
        let lease = Lease::plan(&desired)?;
        lease.save(&self.file)?;
        let done = self.watch(&lease).and_then(|watcher| {
            self.active = Some(ActiveProxy { desired, watcher: Watcher::Own(watcher) });
            lease.apply()
        });
        if done.is_err() {
            // What cannot be restored now stays in the lease, for the watcher and the next start.
            let restored = lease.restore(&self.file);
            tracing::debug!(?restored, "the desktop's proxy could not be set");
        }
        done
    }

    /// Restores the desktop's proxy.
    ///
    /// # Errors
    /// It cannot be restored; the lease stays for the next attempt.
    pub fn restore(&mut self) -> Result<RestoreOutcome, ProxyError> {
        let lock = Lock::take(&self.file)?;
        let restored = match Lease::read(&self.file)? {
            LeaseFile::Lease(lease) => lease.restore(&self.file)?,
            LeaseFile::Nothing => RestoreOutcome::Nothing,
            LeaseFile::Broken(problem) => {
                let kept = atomic_file::set_aside(&self.file).map_err(ProxyError::File)?;
                let kept_as = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
                RestoreOutcome::Unknown { kept_as, problem }
            }
        };
        drop(lock);
        self.end_watcher();
        Ok(restored)
    }

    fn watch(&self, lease: &Lease) -> Result<Child, ProxyError> {
        // It restores the proxy if this process cannot.
        let mut command = child(&self.program, ChildLifetime::Independent);
        command.arg("lease-watch").arg(&self.file).arg(&lease.id);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map_err(ProxyError::Watcher)
    }

    fn end_watcher(&mut self) {
        // The watcher finds no lease or restores it, then exits.
        match self.active.take().map(|active| active.watcher) {
            Some(Watcher::Own(mut watcher)) => {
                drop(watcher.stdin.take());
                if !matches!(command::wait(&mut watcher, command::LIMIT), Ok(Some(_))) {
                    tracing::warn!("the watcher of the desktop's proxy does not exit and is killed");
                    command::kill(&mut watcher);
                }
            }
            Some(Watcher::TakenOver(stdin)) => drop(stdin),
            None => {}
        }
    }

    /// What another process needs to take over the proxy that is set: a second descriptor of the watcher's standard input,
    /// which closes when both have closed it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn share(&self) -> io::Result<Option<(DesiredProxy, Descriptor)>> {
        let Some(active) = &self.active else { return Ok(None) };
        let stdin = match &active.watcher {
            Watcher::Own(watcher) => watcher.stdin.as_ref().map(take_over::of_child_stdin).transpose()?,
            Watcher::TakenOver(stdin) => Some(take_over::of_file(stdin)?),
        };
        Ok(stdin.map(|stdin| (active.desired.clone(), stdin)))
    }

    /// Takes over the proxy that another process has set.
    pub fn take_over(&mut self, desired: DesiredProxy, stdin: Descriptor) {
        self.active = Some(ActiveProxy { desired, watcher: Watcher::TakenOver(take_over::into_file(stdin)) });
    }

    /// Leaves the proxy as it is to the process that has taken it over.
    pub fn leave(&mut self) {
        self.active = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_lease_is_set_aside_once() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("proxy-lease.json");
        std::fs::write(&file, "{\"version\":1,").unwrap();
        let mut controller = ProxyController::new(file.clone(), "sluice".into());
        let Ok(RestoreOutcome::Unknown { kept_as, .. }) = controller.restore() else { panic!("the lease is valid") };
        assert!(kept_as.starts_with("proxy-lease.json.bad-"), "{kept_as}");
        assert_eq!(std::fs::read_to_string(home.path().join(kept_as)).unwrap(), "{\"version\":1,");
        assert!(!file.exists());
        assert_eq!(controller.restore().unwrap(), RestoreOutcome::Nothing);
    }
}
