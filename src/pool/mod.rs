//! The pool: the members, each in a process of its own, and what keeps them there.
//!
//! The rules are in [`fleet`]: told what happened and what time it is, it says what to do. The
//! [`supervisor`] does it: launches programs ([`launch`]), asks for a page through them
//! ([`probe`]), looks at the network past them ([`connectivity`]), publishes the roster. The pool knows nothing of client connections: it learns from
//! the gateway, through the engine, how real traffic fares, and from each member's meter how many
//! connections are open. It decides nothing the user has decided: which nodes, how many.
//!
//! ```text
//! engine ── Wanted ──▶ supervisor ── Roster ──▶ gateway
//!        ◀─ Report ───     │  ▲
//!        ◀─ views ────   fleet (pure)
//! ```

mod connectivity;
mod fleet;
mod launch;
pub mod probe;
mod supervisor;

/// The rules without the room, for simulations.
#[cfg(test)]
pub(crate) mod rules {
    pub(crate) use super::fleet::{Action, Fleet, Input, Verdict};
    pub(crate) use super::launch::Ready;
}

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Uri;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::probe::Check;
use self::supervisor::{Order, Supervisor, Told};
use crate::model::event::Eviction;
use crate::model::snapshot::{MemberState, Network};
use crate::model::{Exit, Failure, Meter, Node, NodeId, Outcome, Reason, Roster};

/// A node that may be in the pool.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its identity.
    pub id: NodeId,
    /// The node.
    pub node: Arc<Node>,
    /// Its counters.
    pub meter: Arc<Meter>,
}

/// What the pool is to be.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The nodes it may take, in the order of preference.
    pub candidates: Vec<Candidate>,
    /// How many members it is to have.
    pub size: usize,
    /// How long open connections of a member that leaves live on.
    pub drain_limit: Duration,
    /// Pauses between the checks of a member; the last repeats.
    pub schedule: Vec<Duration>,
}

/// How members are started and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The `sluice` program, for built-in members.
    pub program: PathBuf,
    /// The user's own `ss-local` for SS nodes; none for built-in ones.
    pub ss_local: Option<PathBuf>,
    /// The user's own `ssr-local` for SSR nodes; none for built-in ones.
    pub ssr_local: Option<PathBuf>,
    /// Lowest local port given to an external program.
    pub port_base: u16,
    /// Ports never given to one.
    pub excluded_ports: Vec<u16>,
    /// Where an external program's configuration file is put, 0600, until the program has read it.
    pub runtime_dir: PathBuf,
    /// What an end-to-end check asks for.
    pub check: Check,
    /// Small pages fetched past every member, to see whether this machine's own network works.
    pub direct_urls: Vec<Uri>,
}

/// What the pool tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A member's program is ready.
    Ready {
        /// The node.
        id: NodeId,
        /// From start to ready.
        took: Duration,
    },
    /// A member's program ended by itself.
    Exited {
        /// The node.
        id: NodeId,
        /// Exit code or signal.
        status: Exit,
        /// Until it is started again.
        restart_in: Duration,
    },
    /// A member's program could not be started; it is tried again.
    Failed {
        /// The node.
        id: NodeId,
        /// Where it failed.
        failure: Failure,
    },
    /// A first sign that something is wrong with a member.
    Suspected {
        /// The node.
        id: NodeId,
        /// What was seen.
        reason: Reason,
    },
    /// A member failed its checks while another passed.
    Ejected {
        /// The node.
        id: NodeId,
        /// Where it failed.
        failure: Failure,
    },
    /// A member has been passing its checks again for a while.
    Recovered {
        /// The node.
        id: NodeId,
    },
    /// A member left the pool.
    Evicted {
        /// The node.
        id: NodeId,
        /// Why.
        reason: Eviction,
        /// Which one takes its place.
        replacement: Option<NodeId>,
    },
    /// Fewer members than wanted, and no node left to start.
    Short {
        /// Members there are.
        have: usize,
        /// Members wanted.
        want: usize,
    },
    /// This machine's own network is down.
    NetworkDown,
    /// Somebody in between wants a login.
    CaptivePortal {
        /// Where it leads to; empty where it does not say.
        location: String,
    },
    /// The network is back.
    NetworkBack,
    /// The network works and no member does; all stay in use.
    AllNodesFail {
        /// Members there are.
        members: usize,
    },
    /// A check through a member ended.
    Checked {
        /// The node.
        id: NodeId,
        /// How long it took, or where it failed.
        result: Result<Duration, Failure>,
    },
}

/// A member as it is now.
#[derive(Clone, Debug)]
pub struct View {
    /// Its node.
    pub candidate: Candidate,
    /// Where it is in its life.
    pub state: MemberState,
    /// Since when.
    pub since: Instant,
    /// Why, where there is something to say.
    pub reason: Option<Reason>,
    /// Its process.
    pub pid: Option<u32>,
    /// Its SOCKS5 port.
    pub addr: Option<String>,
    /// Duration of the last good check.
    pub latency: Option<Duration>,
}

/// A running pool. Dropping it kills its members; [`Handle::stop`] ends them in good order.
pub struct Handle {
    orders: mpsc::Sender<Order>,
    roster: watch::Receiver<Arc<Roster>>,
    views: watch::Receiver<Arc<Vec<View>>>,
    network: watch::Receiver<Option<Network>>,
    stopping: CancellationToken,
    work: JoinSet<()>,
}

/// Starts an empty pool, which tells `reports` what happens.
pub fn spawn(config: Config, reports: mpsc::Sender<Report>) -> Handle {
    // Orders are few; a queue this long is only filled by a supervisor that hangs.
    let (orders, ordered) = mpsc::channel(64);
    let (roster_tx, roster) = watch::channel(Arc::default());
    let (views_tx, views) = watch::channel(Arc::default());
    let (network_tx, network) = watch::channel(None);
    let stopping = CancellationToken::new();
    let told = Told { roster: roster_tx, views: views_tx, network: network_tx, reports };
    let supervisor = Supervisor::new(config, ordered, told, stopping.clone());
    let mut work = JoinSet::new();
    work.spawn(supervisor.run());
    Handle { orders, roster, views, network, stopping, work }
}

impl Handle {
    /// Says what the pool is to be.
    pub async fn want(&self, wanted: Wanted) {
        self.order(Order::Want(wanted)).await;
    }

    /// Says how members are started and checked from now on; those that run go on as they are.
    pub async fn configure(&self, config: Config) {
        self.order(Order::Configure(Box::new(config))).await;
    }

    /// Passes on what the gateway saw.
    pub async fn note(&self, outcome: Outcome) {
        self.order(Order::Note(outcome)).await;
    }

    /// Makes a real request through a node: through its member where it has one, otherwise through
    /// one started for this alone. The answer comes on the channel; none if the pool ends first.
    pub async fn test(&self, candidate: Candidate) -> oneshot::Receiver<Result<Duration, Failure>> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Test { candidate, answer }).await;
        answered
    }

    /// The members that can take connections, as that changes.
    pub fn roster(&self) -> watch::Receiver<Arc<Roster>> {
        self.roster.clone()
    }

    /// All members, as they change.
    pub fn views(&self) -> watch::Receiver<Arc<Vec<View>>> {
        self.views.clone()
    }

    /// What is known of this machine's own network; none where real traffic has to say it. It is
    /// never older than the [views](Self::views).
    pub fn network(&self) -> Option<Network> {
        *self.network.borrow()
    }

    /// Ends every member in good order.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        while self.work.join_next().await.is_some() {}
    }

    async fn order(&self, order: Order) {
        // The supervisor ends only in `stop`, which takes the handle.
        let _stopped = self.orders.send(order).await;
    }
}
