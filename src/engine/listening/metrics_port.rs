//! The open port for metrics.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::engine::Handle;
use crate::gateway::Bound;
use crate::metrics::{MetricsServer, StateSource};
use crate::model::{Command, Login, Reply};
use crate::os::network::OwnPort;

/// The open port for metrics, and its server.
pub(super) struct MetricsPort {
    /// The address of the settings.
    pub(super) wanted: SocketAddr,
    pub(super) sockets: Vec<Arc<TcpListener>>,
    /// Registered so that no member connects to it.
    _own: Vec<OwnPort>,
    server: MetricsServer,
}

impl MetricsPort {
    /// Serves an open port.
    pub(super) fn serve(wanted: SocketAddr, bound: Bound, login: Option<&Login>, source: &StateSource) -> Self {
        let addr = bound.addr();
        let (sockets, own) = bound.into_sockets();
        let server = MetricsServer::start(sockets.clone(), login, source);
        tracing::info!(%addr, "metrics");
        Self { wanted, sockets, _own: own, server }
    }

    /// Requires another login from now on.
    pub(super) fn require(&mut self, login: Option<&Login>, source: &StateSource) {
        self.server = MetricsServer::start(self.sockets.clone(), login, source);
    }
}

/// Where the port for metrics gets the state.
pub(super) fn state_source(handle: Handle) -> StateSource {
    Arc::new(move || {
        let handle = handle.clone();
        Box::pin(async move {
            match handle.call(Command::Status).await {
                Ok(Reply::Status(snapshot)) => Some(*snapshot),
                Ok(_) | Err(_) => None,
            }
        })
    })
}
