//! The upgrade of the tray: when its program file has been replaced, the new program is started in the place of this one.
//!
//! The new tray gets the lock of the tray, and takes over from the engine of this process if there is one
//! ([`host`](crate::host)), so no connection is interrupted. This process removes its icon, finishes its connections and exits. If
//! the new program does not start, this one keeps running and does not try the same file again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use tokio::process::Child;
use tokio::time::Instant;

use crate::os::file_identity::FileIdentity;
use crate::os::single_instance::{Instance, InstanceError};

/// How often the program file is checked; it must be the same twice, since it may still be written.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How often the new program is checked.
const START_INTERVAL: Duration = Duration::from_millis(200);

/// How long a menu may be open.
const MENU_LIMIT: Duration = Duration::from_secs(30);

/// How long the old tray may take to release its lock.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

/// What a new tray replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReplacedPart {
    /// The tray only: its engine is in another process.
    Tray,
    /// The tray and the engine in its process.
    Engine,
}

impl ReplacedPart {
    /// The value on the command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Tray => "tray",
            Self::Engine => "engine",
        }
    }
}

/// Distinguishes versions of a program file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    /// Packages set the time of a file, and two builds may have equal lengths.
    identity: FileIdentity,
    modified: SystemTime,
    length: u64,
}

impl FileStamp {
    fn of(file: &Path) -> Option<Self> {
        let file = fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
        Some(Self { identity: FileIdentity::of(&file), modified: file.modified().ok()?, length: file.len() })
    }
}

/// The state of the upgrade.
pub(super) struct Upgrade {
    program: PathBuf,
    /// The file that this process runs, or one that did not start.
    known: Option<FileStamp>,
    /// Another one, seen at the last check.
    seen: Option<FileStamp>,
    check_at: Instant,
    menu_opened: Option<Instant>,
    /// The new program, with what it replaces.
    started: Option<(Child, ReplacedPart)>,
}

/// The progress of the new program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewProgram {
    Starting(ReplacedPart),
    Ended,
}

impl Upgrade {
    /// Of this program.
    pub(super) fn of(program: PathBuf) -> Self {
        let known = FileStamp::of(&program);
        let check_at = Instant::now() + CHECK_INTERVAL;
        Self { program, known, seen: None, check_at, menu_opened: None, started: None }
    }

    /// When the file or the new program is checked next.
    pub(super) fn due(&self) -> Instant {
        self.check_at
    }

    /// Records that the user has opened the menu.
    pub(super) fn note_menu(&mut self) {
        self.menu_opened = Some(Instant::now());
    }

    /// Whether the file has been replaced and is complete, while no menu is open.
    pub(super) fn is_replaced(&mut self) -> bool {
        self.check_at = Instant::now() + CHECK_INTERVAL;
        let now = FileStamp::of(&self.program).filter(|now| self.known.is_some_and(|known| known != *now));
        let is_stable = now.is_some() && now == self.seen && now.is_some_and(|now| now.length > 0);
        self.seen = now;
        is_stable && self.menu_opened.is_none_or(|opened| opened.elapsed() > MENU_LIMIT)
    }

    /// Waits for the new program.
    pub(super) fn wait_for(&mut self, child: Child, replaced: ReplacedPart) {
        self.check_at = Instant::now() + START_INTERVAL;
        self.started = Some((child, replaced));
    }

    /// The new program, if one has been started.
    pub(super) fn new_program(&mut self) -> Option<NewProgram> {
        let (child, replaced) = self.started.as_mut()?;
        self.check_at = Instant::now() + START_INTERVAL;
        Some(match child.try_wait() {
            Ok(None) => NewProgram::Starting(*replaced),
            Ok(Some(_)) | Err(_) => NewProgram::Ended,
        })
    }

    /// Gives up: this file is not tried again.
    pub(super) fn give_up(&mut self) {
        self.started = None;
        self.known = FileStamp::of(&self.program);
        self.check_at = Instant::now() + CHECK_INTERVAL;
    }
}

/// Acquires the lock of the tray that this one replaces, once that has released it.
///
/// # Errors
/// Those of [`Instance::acquire`].
pub(super) fn acquire_after(lock: &Path) -> Result<Instance, InstanceError> {
    let until = std::time::Instant::now() + LOCK_LIMIT;
    loop {
        match Instance::acquire(lock) {
            Err(InstanceError::Held { .. }) if std::time::Instant::now() < until => std::thread::sleep(START_INTERVAL),
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_of_equal_time_and_length_counts_as_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (program, new) = (folder.path().join("program"), folder.path().join("program.new"));
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (file, content) in [(&program, "build 1"), (&new, "build 2")] {
            fs::write(file, content).unwrap();
            fs::File::options().write(true).open(file).unwrap().set_modified(modified).unwrap();
        }
        let mut upgrade = Upgrade::of(program.clone());
        assert!(!upgrade.is_replaced() && !upgrade.is_replaced());
        // As a package manager replaces a file.
        fs::rename(&new, &program).unwrap();
        assert!(!upgrade.is_replaced() && upgrade.is_replaced());
    }

    #[tokio::test]
    async fn a_file_counts_as_replaced_when_it_is_unchanged_twice() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, "old").unwrap();
        let mut upgrade = Upgrade::of(program.clone());
        assert!(!upgrade.is_replaced() && !upgrade.is_replaced());
        fs::write(&program, "").unwrap();
        assert!(!upgrade.is_replaced() && !upgrade.is_replaced(), "an empty file does not count");
        fs::write(&program, "new 1").unwrap();
        assert!(!upgrade.is_replaced());
        fs::write(&program, "new 12").unwrap();
        assert!(!upgrade.is_replaced(), "the file is still being written");
        assert!(upgrade.is_replaced());
        upgrade.note_menu();
        assert!(!upgrade.is_replaced(), "a menu is open");
        upgrade.menu_opened = None;
        upgrade.give_up();
        assert!(!upgrade.is_replaced() && !upgrade.is_replaced(), "a file that did not start is not tried again");
        fs::remove_file(&program).unwrap();
        assert!(!upgrade.is_replaced() && !upgrade.is_replaced());
    }
}
