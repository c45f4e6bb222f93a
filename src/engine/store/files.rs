//! The engine's files, and whether they are saved.
//!
//! A file that cannot be written counts as not saved: writing is retried from time to time, and before every command
//! that changes something. A file that was deleted is not saved either.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::StoreError;
use crate::model::Fault;
use crate::os::paths::Paths;

/// How often the files are checked, and unsaved ones written again.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// A file of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum StateFile {
    Settings,
    Nodes,
    Subscriptions,
    Traffic,
    Sites,
}

impl StateFile {
    const ALL: [Self; 5] = [Self::Settings, Self::Nodes, Self::Subscriptions, Self::Traffic, Self::Sites];
}

/// A change of whether everything is saved, for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum SaveEdge {
    NotSaved(Fault),
    Saved,
}

/// Which engine writes the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum FileOwner {
    /// This engine.
    Us,
    /// Another one: this one takes over from it, or has handed over to it.
    Another,
}

/// The engine's files.
pub(in crate::engine) struct Files {
    paths: Paths,
    owner: FileOwner,
    /// The files that existed at the start or have been written since.
    written: BTreeSet<StateFile>,
    unsaved: BTreeMap<StateFile, Fault>,
    checked_at: Instant,
    /// The last reported reason why a file is not saved.
    reported: Option<Fault>,
}

impl Files {
    pub(in crate::engine) fn new(paths: Paths, now: Instant) -> Self {
        let (written, unsaved) = (BTreeSet::new(), BTreeMap::new());
        let mut files = Self { paths, owner: FileOwner::Us, written, unsaved, checked_at: now, reported: None };
        files.written = StateFile::ALL.into_iter().filter(|file| files.path(*file).exists()).collect();
        files
    }

    /// The paths.
    pub(in crate::engine) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Changes which engine writes the files.
    pub(in crate::engine) fn belong_to(&mut self, owner: FileOwner) {
        self.owner = owner;
    }

    /// Whether this engine writes the files.
    pub(in crate::engine) fn are_ours(&self) -> bool {
        self.owner == FileOwner::Us
    }

    /// Records whether a file was written. If not, it is unchanged, and counts as not saved.
    ///
    /// # Errors
    /// It was not written.
    pub(in crate::engine) fn note(&mut self, file: StateFile, saved: Result<(), StoreError>) -> Result<(), Fault> {
        let saved = saved.map_err(|error| Fault::from(&error));
        match &saved {
            Ok(()) => {
                self.unsaved.remove(&file);
                self.written.insert(file);
            }
            Err(fault) => _ = self.unsaved.insert(file, fault.clone()),
        }
        saved
    }

    /// Whether a file is saved.
    pub(in crate::engine) fn is_saved(&self, file: StateFile) -> bool {
        let is_missing = || self.written.contains(&file) && !self.path(file).exists();
        !self.unsaved.contains_key(&file) && !is_missing()
    }

    /// Checks that a file is saved.
    ///
    /// # Errors
    /// Why it is not.
    pub(in crate::engine) fn check_saved(&self, file: StateFile) -> Result<(), Fault> {
        self.unsaved.get(&file).cloned().map_or(Ok(()), Err)
    }

    /// Why something is not saved; `None` if everything is.
    pub(in crate::engine) fn unsaved(&self) -> Option<&Fault> {
        self.unsaved.values().next()
    }

    /// When the files are checked next.
    pub(in crate::engine) fn due(&self) -> Option<Instant> {
        Some(self.checked_at + if self.unsaved.is_empty() { CHECK_INTERVAL } else { RETRY_INTERVAL })
    }

    /// The files to write again, if a check is due or was requested.
    pub(in crate::engine) fn take_unsaved(&mut self, now: Instant) -> Vec<StateFile> {
        self.checked_at = now;
        if !self.are_ours() {
            return Vec::new();
        }
        StateFile::ALL.into_iter().filter(|file| !self.is_saved(*file)).collect()
    }

    /// The change to report.
    pub(in crate::engine) fn take_edge(&mut self) -> Option<SaveEdge> {
        let fault = self.unsaved().cloned();
        let edge = match (&self.reported, &fault) {
            (None, Some(fault)) => Some(SaveEdge::NotSaved(fault.clone())),
            (Some(_), None) => Some(SaveEdge::Saved),
            (None, None) | (Some(_), Some(_)) => None,
        };
        self.reported = fault;
        edge
    }

    /// Removes the last good version of a file, which has what the user wants to forget.
    pub(in crate::engine) fn drop_last(&self, file: StateFile) {
        let removed = super::remove(&super::file::last_good(&self.path(file)));
        tracing::debug!(?removed, "last good version");
    }

    /// The path of a file.
    pub(in crate::engine) fn path(&self, file: StateFile) -> PathBuf {
        match file {
            StateFile::Settings => self.paths.settings(),
            StateFile::Nodes => self.paths.nodes(),
            StateFile::Subscriptions => self.paths.subscriptions(),
            StateFile::Traffic => self.paths.traffic(),
            StateFile::Sites => self.paths.sites(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::save;
    use super::*;
    use crate::model::Settings;

    fn write(files: &mut Files) -> Result<(), Fault> {
        let saved = save(&files.path(StateFile::Settings), &Settings::default());
        files.note(StateFile::Settings, saved)
    }

    #[test]
    fn unwritable_files_are_reported_once_and_retried() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::find(Some(home.path())).unwrap();
        let start = Instant::now();
        let mut files = Files::new(paths.clone(), start);
        assert_eq!(
            (files.take_unsaved(start), files.take_edge()),
            (Vec::new(), None),
            "a file that never existed is not missing"
        );

        // A folder in place of the file, which even root cannot overwrite.
        std::fs::create_dir(paths.settings()).unwrap();
        std::fs::write(paths.settings().join("x"), "").unwrap();
        let fault = write(&mut files).unwrap_err();
        assert_eq!(files.take_edge(), Some(SaveEdge::NotSaved(fault.clone())));
        assert_eq!((files.take_edge(), files.unsaved()), (None, Some(&fault)));
        assert_eq!(files.take_unsaved(start), [StateFile::Settings]);
        assert!(files.due().unwrap() > start);

        std::fs::remove_dir_all(paths.settings()).unwrap();
        write(&mut files).unwrap();
        assert_eq!((files.take_edge(), files.unsaved()), (Some(SaveEdge::Saved), None));
        std::fs::remove_file(paths.settings()).unwrap();
        assert_eq!(files.take_unsaved(start), [StateFile::Settings], "the file was deleted");
    }
}
