//! The open ports of a gateway: the main one, that for HTTP only, and those of doors.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::inbound::ListenerProtocol;
use super::{Bound, Handle};
use crate::os;
use crate::os::network::OwnPort;

/// The port of a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorPort {
    /// The name of the door.
    pub name: Arc<str>,
    /// The address of the port.
    pub addr: SocketAddr,
}

/// An open port and its listeners.
pub(super) struct Port {
    pub(super) addr: SocketAddr,
    pub(super) protocol: ListenerProtocol,
    /// The name of the door that it belongs to.
    pub(super) door: Option<Arc<str>>,
    pub(super) sockets: Vec<Arc<TcpListener>>,
    /// Registered so that this program does not connect to it while it is open.
    _own: Vec<OwnPort>,
    pub(super) accepting: CancellationToken,
    pub(super) listeners: TaskTracker,
}

impl Port {
    pub(super) fn new(bound: Bound, protocol: ListenerProtocol) -> Self {
        let Bound { listeners, addr, own, thread: _ } = bound;
        for listener in &listeners {
            if let Err(error) = os::accept::prepare_nodelay(listener) {
                tracing::warn!(%error, "small segments may be delayed");
            }
        }
        let sockets = listeners.into_iter().map(Arc::new).collect();
        let (accepting, listeners) = (CancellationToken::new(), TaskTracker::new());
        Self { addr, protocol, door: None, sockets, _own: own, accepting, listeners }
    }

    /// Stops accepting; clients wait in the system's queue.
    pub(super) async fn pause(&self) {
        self.accepting.cancel();
        self.listeners.close();
        self.listeners.wait().await;
    }

    /// The port is free when this returns.
    pub(super) async fn close(&mut self) {
        self.pause().await;
        self.sockets.clear();
    }
}

impl Handle {
    /// The listening ports of doors.
    pub fn door_ports(&self) -> impl Iterator<Item = DoorPort> {
        self.doors.iter().filter_map(|port| Some(DoorPort { name: Arc::clone(port.door.as_ref()?), addr: port.addr }))
    }

    /// Opens the port of a door.
    pub fn open_door(&mut self, name: Arc<str>, bound: Bound) {
        let port = Port { door: Some(name), ..Port::new(bound, ListenerProtocol::Any) };
        self.listen(&port);
        self.doors.push(port);
    }

    /// Closes the ports of doors that are not in `kept`; open connections continue. The ports are free when this
    /// returns.
    pub async fn close_doors(&mut self, kept: &[DoorPort]) {
        let is_kept =
            |port: &Port| kept.iter().any(|kept| Some(&kept.name) == port.door.as_ref() && kept.addr == port.addr);
        let (stay, leave) = std::mem::take(&mut self.doors).into_iter().partition(is_kept);
        self.doors = stay;
        let leave: Vec<Port> = leave;
        for mut port in leave {
            port.close().await;
        }
    }

    /// Moves the ports of doors here from another gateway; they stay open.
    pub async fn take_doors(&mut self, other: &mut Self) {
        for mut port in std::mem::take(&mut other.doors) {
            port.pause().await;
            (port.accepting, port.listeners) = (CancellationToken::new(), TaskTracker::new());
            self.listen(&port);
            self.doors.push(port);
        }
    }
}
