//! The content of a file, taken from its owner so that another thread can write it.

use std::path::Path;

use super::{StoreError, save};
use crate::engine::nodes::NodeFile;
use crate::engine::subscriptions::SubscriptionFile;
use crate::engine::traffic::TrafficFile;
use crate::model::Settings;
use crate::sites::SiteFile;

/// The content of a file.
pub(in crate::engine) enum FileContent {
    Settings(Box<Settings>),
    Nodes(NodeFile),
    Subscriptions(SubscriptionFile),
    Traffic(TrafficFile),
    Sites(SiteFile),
}

impl FileContent {
    /// Writes the file atomically.
    ///
    /// # Errors
    /// Those of the operating system; the file is then unchanged.
    pub(in crate::engine) fn save(&self, path: &Path) -> Result<(), StoreError> {
        match self {
            Self::Settings(settings) => save(path, settings),
            Self::Nodes(file) => save(path, file),
            Self::Subscriptions(file) => save(path, file),
            Self::Traffic(file) => save(path, file),
            Self::Sites(file) => save(path, file),
        }
    }
}
