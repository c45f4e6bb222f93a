//! The roster: published by the pool, read by the gateway. It lists the members that take new connections, and those
//! that keep their open ones. It is a state, not a list of changes: a reader that misses publications loses nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::{Login, Meter, NodeId};

/// The members of the pool for the gateway. Immutable; each publication is a new value.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// Members that take new connections, in the order of the node list.
    pub upstreams: Vec<Arc<Upstream>>,
    /// Members that take no new connections but keep open ones: evicted, ejected, or not proven yet. Connections
    /// through a node in neither list are closed.
    pub draining: Vec<NodeId>,
}

impl Roster {
    /// Whether connections through this node may stay open.
    pub fn keeps(&self, id: &NodeId) -> bool {
        self.upstreams.iter().any(|upstream| upstream.id == *id) || self.draining.contains(id)
    }
}

/// A member as the gateway sees it.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The id of its node.
    pub id: NodeId,
    /// Number of the member's current process; increased at each start.
    pub spawn: u64,
    /// The server's host: the second candidate is preferably on another host.
    pub host: Arc<str>,
    /// Its share of traffic: the node's weight times its slow start, in hundredths.
    pub share: u32,
    /// Order of use for the strategy `failover`; lower goes first.
    pub tier: u32,
    /// Whether only connections use it for which certain nodes are selected.
    pub is_reserved: bool,
    /// Whether it may be failing: it is used only if no other is left.
    pub is_suspect: bool,
    /// How to connect to it.
    pub dial: Dial,
    /// The counters of its node.
    pub meter: Arc<Meter>,
}

impl Upstream {
    /// Whether both are the same process of the same node.
    pub fn is_same_process(&self, other: &Self) -> bool {
        (&self.id, self.spawn) == (&other.id, other.spawn)
    }
}

/// How to connect to a member's SOCKS5 port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// Its address.
    pub addr: SocketAddr,
    /// Its login, if it requires one.
    pub login: Option<Login>,
    /// How its handshake is sent.
    pub handshake: Handshake,
}

/// How a SOCKS5 handshake is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// Greeting, login and request in one write, which saves two round trips. Only for our own member processes, which
    /// support it.
    Pipelined,
    /// Step by step (RFC 1928): for other servers.
    Stepwise,
}
