//! Ports that the service manager has opened for the engine, and keeps open while it restarts.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crate::gateway::{self, BindError, Bound};

/// Ports that are open already; usually none. They stay open while the gateway does not listen.
#[derive(Clone, Debug, Default)]
pub struct InheritedPorts(Arc<[TcpListener]>);

impl FromIterator<TcpListener> for InheritedPorts {
    fn from_iter<I: IntoIterator<Item = TcpListener>>(listeners: I) -> Self {
        Self(listeners.into_iter().collect())
    }
}

impl InheritedPorts {
    /// Opens a port: takes the one that is open already, or binds it.
    ///
    /// # Errors
    /// As for [`gateway::bind`].
    pub(super) fn bind(&self, addr: SocketAddr) -> Result<Bound, BindError> {
        let is_there = |listener: &&TcpListener| listener.local_addr().is_ok_and(|there| there == addr);
        match self.0.iter().find(is_there) {
            Some(listener) => {
                listener.try_clone().and_then(gateway::adopt).map_err(|source| BindError { addr, source })
            }
            None => gateway::bind(addr),
        }
    }
}
