//! The pool: supervises the members, each in its own process.
//!
//! The rules are in [`fleet`], which is pure: it takes inputs and returns actions. The [`supervisor`] performs them: it
//! starts processes ([`launch`]), checks members end to end ([`probe`]), checks this machine's own network
//! ([`connectivity`]) and publishes the roster. The pool does not see client connections: it gets outcomes of real
//! traffic from the gateway, and each member's meter counts its open connections. The caller chooses the candidates and
//! the number of members.
//!
//! ```text
//! engine ── PoolSpec ──▶ supervisor ── Roster ──▶ gateway
//!        ◀─ Report ───     │  ▲
//!        ◀─ members ────   fleet (pure) ◀─ Outcome ── gateway
//! ```

mod connectivity;
mod fleet;
mod launch;
pub mod probe;
mod supervisor;
mod transfer;
mod visit;

/// The rules alone, for simulations.
#[cfg(test)]
pub(crate) mod rules {
    pub(crate) use super::fleet::{Connectivity, Fleet, FleetAction, Input};
    pub(crate) use super::launch::Ready;
}

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Uri;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::probe::{Check, TransferPage};
use self::supervisor::{Outputs, PoolCommand, Supervisor};
pub use self::visit::PageRequest;
use crate::model::event::Eviction;
use crate::model::site_check::PageVisit;
use crate::model::snapshot::{MemberState, Network};
use crate::model::{Exit, Failure, Meter, Node, NodeId, Outcome, Reason, Roster};

/// A node that may become a member.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its identity.
    pub id: NodeId,
    /// The node.
    pub node: Arc<Node>,
    /// Its counters.
    pub meter: Arc<Meter>,
}

/// Nodes of which some must be members, because certain connections use no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberQuota {
    /// The nodes, in the order of preference.
    pub nodes: Arc<[NodeId]>,
    /// How many of them.
    pub count: usize,
}

/// The desired state of the pool.
#[derive(Clone, Debug, Default)]
pub struct PoolSpec {
    /// The candidates for the pool, in the order of preference.
    pub candidates: Vec<Candidate>,
    /// The further nodes of quotas.
    pub others: Vec<Candidate>,
    /// Members that are needed in any case.
    pub quotas: Vec<MemberQuota>,
    /// Desired number of members of the pool, without those that only quotas need.
    pub size: usize,
    /// Time limit for open connections of a draining member.
    pub drain_limit: Duration,
    /// Pauses between the checks of a member; the last repeats.
    pub schedule: Vec<Duration>,
}

impl PoolSpec {
    /// The node with this id, in the pool or of a quota.
    fn find(&self, id: &NodeId) -> Option<&Candidate> {
        self.candidates.iter().chain(&self.others).find(|candidate| candidate.id == *id)
    }

    /// Whether a node may be in the pool.
    fn is_in_pool(&self, id: &NodeId) -> bool {
        self.candidates.iter().any(|candidate| candidate.id == *id)
    }

    /// The quotas that a node counts for.
    fn quotas_of(&self, id: &NodeId) -> impl Iterator<Item = &MemberQuota> {
        self.quotas.iter().filter(move |quota| quota.nodes.contains(id))
    }

    /// Whether another configuration differs in its quotas, and in nothing else.
    fn differs_in_quotas(&self, other: &Self) -> bool {
        let ids = |spec: &Self| spec.candidates.iter().map(|candidate| candidate.id.clone()).collect::<Vec<_>>();
        self.quotas != other.quotas && self.size == other.size && ids(self) == ids(other)
    }
}

/// How members are started and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The `sluice` program, for built-in members.
    pub program: PathBuf,
    /// The user's own `ss-local` for SS nodes; none for the built-in client.
    pub ss_local: Option<PathBuf>,
    /// The user's own `ssr-local` for SSR nodes; none for the built-in client.
    pub ssr_local: Option<PathBuf>,
    /// Lowest local port for an external program.
    pub port_base: u16,
    /// Ports that are never used for an external program.
    pub excluded_ports: Vec<u16>,
    /// Plugins that may run in addition to the known ones.
    pub plugins: Vec<String>,
    /// Folder for the configuration files of external programs: 0600, removed after they were read.
    pub runtime_dir: PathBuf,
    /// The requests of an end-to-end check.
    pub check: Check,
    /// Small pages for the connectivity check, fetched without any member.
    pub direct_urls: Vec<Uri>,
}

/// A report to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A member's process is ready.
    Ready {
        /// The node.
        id: NodeId,
        /// From start to ready.
        took: Duration,
    },
    /// A member's process exited.
    Exited {
        /// The node.
        id: NodeId,
        /// Exit code or signal.
        status: Exit,
        /// Back-off before the restart.
        restart_in: Duration,
    },
    /// A member's process could not be started; this is retried.
    Failed {
        /// The node.
        id: NodeId,
        /// Where it failed.
        failure: Failure,
    },
    /// A member is suspect.
    Suspected {
        /// The node.
        id: NodeId,
        /// The signal from real traffic.
        reason: Reason,
    },
    /// A member failed while another did not; it gets no traffic.
    Ejected {
        /// The node.
        id: NodeId,
        /// Where it failed.
        failure: Failure,
    },
    /// A member has been healthy again for a while.
    Recovered {
        /// The node.
        id: NodeId,
    },
    /// A member was evicted.
    Evicted {
        /// The node.
        id: NodeId,
        /// Why.
        reason: Eviction,
        /// The node that replaces it.
        replacement: Option<NodeId>,
    },
    /// There are fewer members than configured, and no node is left to start.
    Short {
        /// Number of members.
        have: usize,
        /// Configured number of members.
        want: usize,
    },
    /// This machine's own network is down.
    NetworkDown,
    /// A captive portal requires a login.
    CaptivePortal {
        /// Its login page; empty if unknown.
        location: String,
    },
    /// The network is back.
    NetworkBack,
    /// The network works and no member does; all stay in use.
    AllNodesFail {
        /// Number of members.
        members: usize,
    },
    /// This process is out of descriptors and cannot check or start members.
    DescriptorsExhausted,
    /// A check of a member has ended.
    Checked {
        /// The node.
        id: NodeId,
        /// Its duration, or the failure.
        result: Result<Duration, Failure>,
    },
}

/// The current state of a member.
#[derive(Clone, Debug)]
pub struct MemberStatus {
    /// Its node.
    pub candidate: Candidate,
    /// Its state.
    pub state: MemberState,
    /// Since when.
    pub since: Instant,
    /// Why, if there is a reason.
    pub reason: Option<Reason>,
    /// Process id.
    pub pid: Option<u32>,
    /// Address of its SOCKS5 port.
    pub addr: Option<String>,
    /// Duration of the last passed check.
    pub latency: Option<Duration>,
}

/// A running pool. Dropping it kills its members; [`Handle::stop`] ends them gracefully.
pub struct Handle {
    commands: mpsc::Sender<PoolCommand>,
    roster: watch::Receiver<Arc<Roster>>,
    members: watch::Receiver<Arc<Vec<MemberStatus>>>,
    network: watch::Receiver<Option<Network>>,
    stopping: CancellationToken,
    work: JoinSet<()>,
}

/// Starts an empty pool. `outcomes` are the gateways' observations of its members.
pub fn spawn(config: Config, outcomes: mpsc::Receiver<Outcome>, reports: mpsc::UnboundedSender<Report>) -> Handle {
    // Commands are rare: the queue only fills up if the supervisor hangs.
    let (commands, commands_rx) = mpsc::channel(64);
    let (roster_tx, roster) = watch::channel(Arc::default());
    let (members_tx, members) = watch::channel(Arc::default());
    let (network_tx, network) = watch::channel(None);
    let stopping = CancellationToken::new();
    let outputs = Outputs { roster: roster_tx, members: members_tx, network: network_tx, reports };
    let supervisor = Supervisor::new(config, commands_rx, outcomes, outputs, stopping.clone());
    let mut work = JoinSet::new();
    work.spawn(supervisor.run());
    Handle { commands, roster, members, network, stopping, work }
}

/// Tests nodes.
#[derive(Clone)]
pub struct Tester(mpsc::Sender<PoolCommand>);

impl Tester {
    /// Tests a node with a real request, through its member or through a process started for the test.
    /// None if the pool ends first.
    pub async fn test(&self, candidate: Candidate) -> Option<Result<Duration, Failure>> {
        let (answer, answered) = oneshot::channel();
        self.0.send(PoolCommand::Test { candidate, answer }).await.ok()?;
        answered.await.ok()
    }

    /// Visits a page through a node in the same way. None if the pool ends first.
    pub async fn visit(&self, candidate: Candidate, page: PageRequest) -> Option<Result<PageVisit, Failure>> {
        let (answer, answered) = oneshot::channel();
        self.0.send(PoolCommand::Visit { candidate, page, answer }).await.ok()?;
        answered.await.ok()
    }

    /// Whether this machine's own network works: fetches the pages of the connectivity check. None if the pool ends
    /// first.
    pub async fn network_works(&self) -> Option<bool> {
        let (answer, answered) = oneshot::channel();
        self.0.send(PoolCommand::CheckNetwork { answer }).await.ok()?;
        answered.await.ok()
    }
}

impl Handle {
    /// Sets the desired state.
    pub async fn apply(&self, spec: PoolSpec) {
        self.send(PoolCommand::Apply(spec)).await;
    }

    /// Sets how members are started and checked; running ones are not restarted.
    pub async fn configure(&self, config: Config) {
        self.send(PoolCommand::Configure(Box::new(config))).await;
    }

    /// Tests nodes; for tasks that outlive a borrow of this handle.
    pub fn tester(&self) -> Tester {
        Tester(self.commands.clone())
    }

    /// The members that take new connections.
    pub fn roster(&self) -> watch::Receiver<Arc<Roster>> {
        self.roster.clone()
    }

    /// The state of all members.
    pub fn members(&self) -> watch::Receiver<Arc<Vec<MemberStatus>>> {
        self.members.clone()
    }

    /// The state of this machine's own network; none if only real traffic can tell. Never older than the
    /// [members](Self::members).
    pub fn network(&self) -> Option<Network> {
        *self.network.borrow()
    }

    /// Stops every member gracefully.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        while self.work.join_next().await.is_some() {}
    }

    async fn send(&self, command: PoolCommand) {
        // The supervisor ends only in `stop`, which consumes the handle.
        let _stopped = self.commands.send(command).await;
    }
}
