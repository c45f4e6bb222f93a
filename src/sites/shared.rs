//! The memory as gateways and the engine share it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::SiteMemory;

/// The memory of an engine. A connection holds its lock for a few hundred instructions, when it begins and when its
/// first byte is received; the minute's save holds it for the copy of the records.
#[derive(Debug, Default)]
pub struct SharedSites(Mutex<SiteMemory>);

impl SharedSites {
    /// With this content.
    pub fn new(memory: SiteMemory) -> Self {
        Self(Mutex::new(memory))
    }

    /// The memory; held for a moment only.
    pub fn lock(&self) -> MutexGuard<'_, SiteMemory> {
        // Nothing panics while the lock is held; if it did, the records would still be consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
