//! What the pool publishes and the gateway reads: the members that can take connections now, and
//! those that keep the ones they have. It is a state, not a list of changes: a reader that misses
//! some publications sees all that counts in the last one.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::{Login, Meter, NodeId};

/// The members that can take new connections, in the order of the node list. The pool replaces it
/// whole; a reader keeps the one it has.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// The members.
    pub upstreams: Vec<Arc<Upstream>>,
    /// Members that take no new connections and keep those they have: on their way out, ejected, or
    /// not tried yet. What is open through a node that is in neither list is to be closed.
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
    /// Identity of its node.
    pub id: NodeId,
    /// Which start of the member this is; another number is another process.
    pub spawn: u64,
    /// The server's host: a second candidate is looked for on another one.
    pub host: Arc<str>,
    /// Share of traffic against the others: the node's weight times its slow start, in hundredths.
    pub share: u32,
    /// Order of use for the strategy `failover`; lower goes first.
    pub tier: u32,
    /// Something is wrong with it: asked only where no other is left.
    pub is_suspect: bool,
    /// How it is reached.
    pub dial: Dial,
    /// Its node's counters.
    pub meter: Arc<Meter>,
}

/// How a member's SOCKS5 port is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What it asks for.
    pub login: Option<Login>,
    /// How its handshake is spoken.
    pub handshake: Handshake,
}

/// How a member's SOCKS5 handshake is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// Greeting, login and request in one write: our own member reads from a buffer and does not
    /// mind, and two round trips are saved.
    Pipelined,
    /// One after another, as RFC 1928 has it: for servers that we did not write.
    Stepwise,
}
