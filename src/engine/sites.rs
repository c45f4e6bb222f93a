//! The engine's part of what is learned about sites: loading, saving, and lists with the names of nodes.
//!
//! Gateways write to the memory; the engine owns its file.

use std::sync::Arc;

use super::nodes::NodeStore;
use crate::model::NodeId;
use crate::model::site::SiteView;
use crate::os::clock::unix_ms;
use crate::sites::{SharedSites, SiteFile, SiteMemory};

/// What is learned about sites.
pub(super) struct LearnedSites(Arc<SharedSites>);

impl LearnedSites {
    /// With the content of the file.
    pub(super) fn of(file: SiteFile) -> Self {
        Self(Arc::new(SharedSites::new(SiteMemory::of(file, unix_ms()))))
    }

    /// The memory that gateways share.
    pub(super) fn of_gateways(memory: &Arc<SharedSites>) -> Self {
        Self(Arc::clone(memory))
    }

    /// The memory, for gateways.
    pub(super) fn shared(&self) -> Arc<SharedSites> {
        Arc::clone(&self.0)
    }

    /// Goes on with what an earlier engine has learned.
    pub(super) fn go_on(&self, file: SiteFile) {
        *self.0.lock() = SiteMemory::of(file, unix_ms());
    }

    /// The file to save.
    pub(super) fn file(&self) -> SiteFile {
        self.0.lock().file(unix_ms())
    }

    /// Whether the file has changed since the last call, and must be saved.
    pub(super) fn take_changed(&self) -> bool {
        self.0.lock().take_changed()
    }

    /// Applies what is known about a node to its new id.
    pub(super) fn rename(&self, old: &NodeId, new: &NodeId) {
        self.0.lock().rename(old, new);
    }

    /// Forgets a site; returns whether it was known.
    pub(super) fn forget(&self, site: &str) -> bool {
        self.0.lock().forget(site)
    }

    /// Forgets all sites.
    pub(super) fn forget_all(&self) {
        self.0.lock().forget_all();
    }

    /// All sites, most recent first.
    pub(super) fn views(&self, nodes: &NodeStore) -> Vec<SiteView> {
        let name = |id: &NodeId| nodes.get(id).map(|entry| entry.node.label());
        let mut views = self.0.lock().views(unix_ms());
        for view in &mut views {
            view.node_name = name(&view.node);
            view.from_name = view.from.as_ref().and_then(name);
            view.nodes.iter_mut().for_each(|node| node.node_name = name(&node.node));
        }
        views
    }
}
