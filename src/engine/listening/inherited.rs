//! Ports that are open before the gateway uses them: those of the service manager, which keeps them open while the
//! engine restarts, and those of an engine that this one takes over from.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crate::gateway::{self, BindError, Bound, ServingThread};

/// Ports of the service manager; usually none. They stay open while the gateway does not listen.
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
    pub(super) fn bind(&self, thread: &Arc<ServingThread>, addr: SocketAddr) -> Result<Bound, BindError> {
        let is_there = |listener: &&TcpListener| listener.local_addr().is_ok_and(|there| there == addr);
        match self.0.iter().find(is_there) {
            Some(listener) => {
                let bound = listener.try_clone().and_then(|listener| gateway::adopt(thread, vec![listener]));
                bound.map_err(|source| BindError { addr, source })
            }
            None => gateway::bind(thread, addr),
        }
    }
}

/// Ports of an earlier engine; each is used once, and the unused ones are closed.
#[derive(Debug, Default)]
pub(super) struct TakenPorts(Vec<TcpListener>);

impl TakenPorts {
    pub(super) fn of(listeners: Vec<TcpListener>) -> Self {
        Self(listeners)
    }

    /// The port at this address, or any port of the address if it has port 0.
    pub(super) fn take(&mut self, thread: &Arc<ServingThread>, addr: SocketAddr) -> Option<Bound> {
        let fits = |there: SocketAddr| there == addr || addr.port() == 0 && there.ip() == addr.ip();
        let first = self.take_first(fits)?;
        let twin = first.local_addr().ok().and_then(gateway::twin);
        let second = twin.and_then(|twin| self.take_first(|there| there == twin));
        let adopted = gateway::adopt(thread, [Some(first), second].into_iter().flatten().collect());
        adopted.inspect_err(|error| tracing::warn!(%error, %addr, "a port cannot be taken over")).ok()
    }

    fn take_first(&mut self, fits: impl Fn(SocketAddr) -> bool) -> Option<TcpListener> {
        let index = self.0.iter().position(|listener| listener.local_addr().is_ok_and(&fits))?;
        Some(self.0.remove(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_once_with_its_twin() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = first.local_addr().unwrap();
        let twin = TcpListener::bind(gateway::twin(addr).unwrap()).unwrap();
        let mut ports = TakenPorts::of(vec![twin, first]);
        let thread = ServingThread::start().unwrap();
        let mut take = |addr| ports.take(&thread, addr);
        assert!(take("127.0.0.1:9".parse().unwrap()).is_none());
        assert_eq!(take("127.0.0.1:0".parse().unwrap()).unwrap().addr(), addr);
        assert!(take(addr).is_none() && ports.0.is_empty());
    }
}
