//! Which files the engine keeps, and which of them are not on disk as they should be.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::save;
use crate::model::Fault;
use crate::os::paths::Paths;

/// A file that the engine keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum StateFile {
    Settings,
    Nodes,
    Subscriptions,
    Traffic,
}

/// The engine's files.
pub(in crate::engine) struct Files {
    paths: Paths,
    unsaved: BTreeMap<StateFile, Fault>,
}

impl Files {
    pub(in crate::engine) fn new(paths: Paths) -> Self {
        Self { paths, unsaved: BTreeMap::new() }
    }

    /// Where they are.
    pub(in crate::engine) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// It cannot be written; then it is as it was, and counts as unsaved.
    pub(in crate::engine) fn save<T: Serialize>(&mut self, file: StateFile, value: &T) -> Result<(), Fault> {
        let saved = save(&self.path(file), value).map_err(|error| Fault::from(&error));
        match &saved {
            Ok(()) => self.unsaved.remove(&file),
            Err(fault) => self.unsaved.insert(file, fault.clone()),
        };
        saved
    }

    /// Whether a file is on disk as it was last to be written.
    pub(in crate::engine) fn is_saved(&self, file: StateFile) -> bool {
        !self.unsaved.contains_key(&file)
    }

    fn path(&self, file: StateFile) -> PathBuf {
        match file {
            StateFile::Settings => self.paths.settings(),
            StateFile::Nodes => self.paths.nodes(),
            StateFile::Subscriptions => self.paths.subscriptions(),
            StateFile::Traffic => self.paths.traffic(),
        }
    }
}
