//! One process per set of files: the one that holds the lock on a lock file.
//!
//! The operating system releases the lock when the process ends, however it ends, so a leftover lock file means
//! nothing. The holder's process id is in a file beside it, because a locked file cannot be read on every system; it is
//! only used in messages.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::file_identity::FileIdentity;
use super::system_error;
use super::take_over::{self, Descriptor};
use crate::model::{Cause, Fault, FaultCode, FileOperation, display_as_fault};

/// Why the lock was not acquired.
#[derive(Debug)]
pub enum InstanceError {
    /// Another process holds it.
    Held {
        /// Its process id, if known.
        pid: Option<u32>,
    },
    /// The lock file cannot be used.
    File {
        /// The file.
        file: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

display_as_fault!(InstanceError);

impl From<&InstanceError> for Fault {
    fn from(error: &InstanceError) -> Self {
        match error {
            InstanceError::Held { pid: Some(pid) } => Self::of(FaultCode::RunsAlready, Cause::Process(*pid)),
            InstanceError::Held { pid: None } => Self::new(FaultCode::RunsAlready, ""),
            InstanceError::File { file, source } => {
                let (doing, file, why) = (FileOperation::Use, file.display().to_string(), system_error::of(source));
                Self::of(FaultCode::File, Cause::File { doing, file, why })
            }
        }
    }
}

/// The process that holds the lock on the file at `path`, or has held it last.
pub fn last_holder(path: &Path) -> Option<u32> {
    read_pid(&path.with_extension("pid"))
}

/// The lock; released when dropped.
#[derive(Debug)]
pub struct Instance {
    locked: File,
    path: PathBuf,
    pid_file: PathBuf,
    /// Whether another process has taken the lock over.
    is_shared: bool,
}

impl Instance {
    /// Acquires the lock on the file at `path`.
    ///
    /// # Errors
    /// [`InstanceError::Held`] with the holder's process id; [`InstanceError::File`].
    pub fn acquire(path: &Path) -> Result<Self, InstanceError> {
        let pid_file = path.with_extension("pid");
        let locked = lock(path, &pid_file)?;
        Ok(Self { locked, path: path.into(), pid_file, is_shared: false })
    }

    /// Takes the lock over that another process holds on this file: it belongs to the open file, which both have.
    ///
    /// # Errors
    /// [`InstanceError::File`].
    pub fn take_over(path: &Path, locked: File) -> Result<Self, InstanceError> {
        let pid_file = path.with_extension("pid");
        write_pid(path, &pid_file)?;
        Ok(Self { locked, path: path.into(), pid_file, is_shared: false })
    }

    /// A descriptor of the lock for another process.
    ///
    /// # Errors
    /// Those of the system.
    pub fn share(&self) -> io::Result<Descriptor> {
        take_over::of_file(&self.locked)
    }

    /// Leaves the lock to the process that has taken it over.
    pub fn leave(&mut self) {
        self.is_shared = true;
    }

    /// Whether the lock file is still the one that is locked. It may have been deleted, and then another process can
    /// lock a new one. If another process has taken it over, that is its concern.
    #[cfg(unix)]
    pub fn is_current(&self) -> bool {
        if self.is_shared {
            return true;
        }
        let identity = |file: io::Result<fs::Metadata>| file.ok().as_ref().map(FileIdentity::of);
        let there = identity(fs::metadata(&self.path));
        there.is_some() && there == identity(self.locked.metadata())
    }

    /// Whether the lock file is still the one that is locked.
    #[cfg(windows)]
    pub fn is_current(&self) -> bool {
        // An open file keeps its name.
        true
    }

    /// Acquires the lock again after its file was deleted. If that fails, the old lock is kept.
    ///
    /// # Errors
    /// As for [`Instance::acquire`].
    pub fn reacquire(&mut self) -> Result<(), InstanceError> {
        let Self { locked, path, pid_file, .. } = self;
        *locked = lock(path, pid_file)?;
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Only the lock counts; a leftover file does no harm.
        if !self.is_shared && self.is_current() {
            let _ = fs::remove_file(&self.pid_file);
        }
    }
}

fn lock(path: &Path, pid_file: &Path) -> Result<File, InstanceError> {
    let broken = |source| InstanceError::File { file: path.into(), source };
    let file = private().open(path).map_err(broken)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(InstanceError::Held { pid: read_pid(pid_file) }),
        Err(TryLockError::Error(source)) => return Err(broken(source)),
    }
    write_pid(path, pid_file)?;
    Ok(file)
}

fn write_pid(path: &Path, pid_file: &Path) -> Result<(), InstanceError> {
    let broken = |source| InstanceError::File { file: path.into(), source };
    let note = private().truncate(true).open(pid_file).map_err(broken)?;
    io::Write::write_all(&mut &note, std::process::id().to_string().as_bytes()).map_err(broken)
}

fn read_pid(pid_file: &Path) -> Option<u32> {
    fs::read_to_string(pid_file).ok()?.trim().parse().ok()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_process_holds_the_lock_and_its_pid_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.lock");
        let first = Instance::acquire(&path).unwrap();
        let Err(InstanceError::Held { pid }) = Instance::acquire(&path) else { panic!("two at once") };
        assert_eq!(pid, Some(std::process::id()));
        drop(first);
        Instance::acquire(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_deleted_lock_file_is_noticed_and_locked_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.lock");
        let mut first = Instance::acquire(&path).unwrap();
        assert!(first.is_current());
        fs::remove_file(&path).unwrap();
        assert!(!first.is_current());
        first.reacquire().unwrap();
        assert!(first.is_current() && Instance::acquire(&path).is_err());

        fs::remove_file(&path).unwrap();
        let other = Instance::acquire(&path).unwrap();
        assert!(matches!(first.reacquire(), Err(InstanceError::Held { .. })));
        drop(other);
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_was_taken_over_is_held_without_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.lock");
        let mut first = Instance::acquire(&path).unwrap();
        let second = Instance::take_over(&path, take_over::into_file(first.share().unwrap())).unwrap();
        first.leave();
        drop(first);
        let Err(InstanceError::Held { pid }) = Instance::acquire(&path) else { panic!("nobody holds it") };
        assert_eq!(pid, Some(std::process::id()));
        drop(second);
        Instance::acquire(&path).unwrap();
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = Instance::acquire(Path::new("/nowhere/engine.lock")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/engine.lock"));
    }
}
