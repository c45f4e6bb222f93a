//! The lease: a file that records the desktop's proxy settings before ours, and how they are restored.
//!
//! It is written before any setting is changed and removed once all are restored. A lock file prevents a late watcher
//! from undoing what the next engine has set.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::desired::DesiredProxy;
use super::plan::{RestorePlan, Setting, restore_plan};
use crate::model::{DesktopProblem, Fault, FaultCode, FileProblem, display_as_fault};
use crate::os::system_error;
use crate::os::system_proxy::Desktop;

/// How long another process may hold the lock: the desktop's programs have their own time limits.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

/// How often the lock is tried.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// Why the desktop's proxy settings could not be changed.
#[derive(Debug)]
pub enum ProxyError {
    /// No supported desktop.
    NoDesktop,
    /// The desktop's own program failed.
    Desktop(io::Error),
    /// A value that was written is not the value that is read back.
    NotAccepted(String),
    /// The lease cannot be read or written.
    File(io::Error),
    /// The watcher cannot be started.
    Watcher(io::Error),
}

display_as_fault!(ProxyError);

impl From<&ProxyError> for Fault {
    fn from(error: &ProxyError) -> Self {
        let problem = match error {
            ProxyError::NoDesktop => return Self::new(FaultCode::NoDesktop, ""),
            ProxyError::Desktop(error) => DesktopProblem::Settings(system_error::of(error)),
            ProxyError::NotAccepted(setting) => DesktopProblem::NotAccepted(setting.clone()),
            ProxyError::File(error) => DesktopProblem::Lease(system_error::of(error)),
            ProxyError::Watcher(error) => DesktopProblem::Watcher(system_error::of(error)),
        };
        Self::of(FaultCode::DesktopProxy, problem)
    }
}

/// Result of restoring the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// There was nothing to restore.
    Nothing,
    /// All settings are restored.
    All,
    /// All but those that another program has changed meanwhile.
    AllButForeign,
    /// The lease is corrupt: it was set aside, and the settings were not changed.
    Unknown {
        /// Its new name.
        kept_as: String,
        /// What is wrong with it.
        problem: FileProblem,
    },
}

/// Content of the lease file.
pub(super) enum LeaseFile {
    /// There is none.
    Nothing,
    /// A lease.
    Lease(Lease),
    /// The file is corrupt.
    Broken(FileProblem),
}

/// The settings before ours, and ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lease {
    version: u32,
    /// Unique for each lease.
    pub(super) id: String,
    desktops: BTreeMap<Desktop, Vec<Setting>>,
    /// Whether another program's changes were kept, which has not been reported yet.
    #[serde(default)]
    is_foreign: bool,
}

/// Held while a lease is created or restored.
pub(super) struct Lock(#[expect(dead_code, reason = "the lock goes with the file")] File);

impl Lock {
    /// Waits until no other process creates or restores the lease at `file`, for at most [`LOCK_LIMIT`].
    pub(super) fn take(file: &Path) -> Result<Self, ProxyError> {
        Self::take_within(file, LOCK_LIMIT).map_err(ProxyError::File)
    }

    fn take_within(file: &Path, limit: Duration) -> io::Result<Self> {
        let path = file.with_extension("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let deadline = Instant::now() + limit;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self(lock)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(LOCK_POLL),
                Err(TryLockError::WouldBlock) => return Err(ErrorKind::TimedOut.into()),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

impl Lease {
    /// Reads the current settings and plans the desired ones.
    pub(super) fn plan(desired: &DesiredProxy) -> Result<Self, ProxyError> {
        let desktops = Desktop::present();
        if desktops.is_empty() {
            return Err(ProxyError::NoDesktop);
        }
        let planned = desktops.into_iter().map(|desktop| {
            let settings = desired.settings(desktop, &desktop.scopes()?, |key| desktop.read(key))?;
            Ok((desktop, settings))
        });
        let desktops = planned.collect::<io::Result<_>>().map_err(ProxyError::Desktop)?;
        Ok(Self { version: 1, id: format!("{:016x}", rand::random::<u64>()), desktops, is_foreign: false })
    }

    /// Reads the lease at `file`.
    pub(super) fn read(file: &Path) -> Result<LeaseFile, ProxyError> {
        match fs::read(file) {
            Ok(text) => Ok(match serde_json::from_slice(&text) {
                Ok(lease) => LeaseFile::Lease(lease),
                Err(error) => LeaseFile::Broken(FileProblem::of(&error)),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(LeaseFile::Nothing),
            Err(error) => Err(ProxyError::File(error)),
        }
    }

    /// Writes the lease to `file`, durably.
    pub(super) fn save(&self, file: &Path) -> Result<(), ProxyError> {
        let write = || {
            let folder = file.parent().ok_or(ErrorKind::InvalidInput)?;
            let mut next = NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut next, self)?;
            next.flush()?;
            next.as_file().sync_all()?;
            next.persist(file)?;
            if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
        };
        write().map_err(ProxyError::File)
    }

    /// Writes the desired settings, and verifies them.
    pub(super) fn apply(&self) -> Result<(), ProxyError> {
        for (desktop, settings) in &self.desktops {
            for setting in settings {
                desktop.write(&setting.key, setting.ours.as_deref()).map_err(ProxyError::Desktop)?;
            }
            desktop.announce();
            let now = values(*desktop, settings)?;
            let differs = settings.iter().zip(now).find(|(setting, now)| *now != setting.ours);
            if let Some((setting, _)) = differs {
                return Err(ProxyError::NotAccepted(setting.key.clone()));
            }
        }
        Ok(())
    }

    /// Restores the settings and removes the lease at `file`.
    pub(super) fn restore(&self, file: &Path) -> Result<RestoreOutcome, ProxyError> {
        let restored = self.write_back()?;
        fs::remove_file(file).map_err(ProxyError::File)?;
        Ok(restored)
    }

    /// Restores the settings when nothing can be reported: that another program's changes were kept is recorded in the
    /// lease, and the next start reports it.
    pub(super) fn restore_unreported(mut self, file: &Path) -> Result<(), ProxyError> {
        match self.write_back()? {
            RestoreOutcome::Nothing | RestoreOutcome::All | RestoreOutcome::Unknown { .. } => {
                fs::remove_file(file).map_err(ProxyError::File)
            }
            RestoreOutcome::AllButForeign => {
                (self.desktops, self.is_foreign) = (BTreeMap::new(), true);
                self.save(file)
            }
        }
    }

    fn write_back(&self) -> Result<RestoreOutcome, ProxyError> {
        let mut restored = if self.is_foreign { RestoreOutcome::AllButForeign } else { RestoreOutcome::All };
        for (desktop, settings) in &self.desktops {
            let RestorePlan { writes, is_foreign } = restore_plan(settings, &values(*desktop, settings)?);
            for (key, value) in &writes {
                desktop.write(key, value.as_deref()).map_err(ProxyError::Desktop)?;
            }
            desktop.announce();
            for (key, value) in writes {
                if desktop.read(&key).map_err(ProxyError::Desktop)? != value {
                    return Err(ProxyError::NotAccepted(key));
                }
            }
            if is_foreign {
                restored = RestoreOutcome::AllButForeign;
            }
        }
        Ok(restored)
    }
}

fn values(desktop: Desktop, settings: &[Setting]) -> Result<Vec<Option<String>>, ProxyError> {
    let values = settings.iter().map(|setting| desktop.read(&setting.key));
    values.collect::<io::Result<_>>().map_err(ProxyError::Desktop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_a_lock_has_a_time_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("proxy-lease.json");
        let held = Lock::take_within(&file, Duration::ZERO).unwrap();
        let Err(error) = Lock::take_within(&file, Duration::from_millis(50)) else {
            panic!("two processes hold the lock")
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        drop(held);
        Lock::take_within(&file, Duration::ZERO).unwrap();
    }
}
