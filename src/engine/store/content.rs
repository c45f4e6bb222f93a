//! What a file is to hold, taken from its owner so that another thread can write it.

use std::path::Path;

use super::{StoreError, save};
use crate::engine::nodes::NodeFile;
use crate::engine::subscriptions::SubscriptionFile;
use crate::engine::traffic::TrafficFile;
use crate::model::Settings;

/// What a file is to hold.
pub(in crate::engine) enum FileContent {
    Settings(Box<Settings>),
    Nodes(NodeFile),
    Subscriptions(SubscriptionFile),
    Traffic(TrafficFile),
}

impl FileContent {
    /// Writes the file whole.
    ///
    /// # Errors
    /// The system's; the file is then as it was.
    pub(in crate::engine) fn save(&self, path: &Path) -> Result<(), StoreError> {
        match self {
            Self::Settings(settings) => save(path, settings),
            Self::Nodes(file) => save(path, file),
            Self::Subscriptions(file) => save(path, file),
            Self::Traffic(file) => save(path, file),
        }
    }
}
