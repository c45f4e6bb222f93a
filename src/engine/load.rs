//! The start: reads the files and creates the owners of all state, with traffic off.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::activity::ActivityLog;
use super::calls::OpenCalls;
use super::desktop::DesktopProxy;
use super::event_loop::{EventLoop, Inbox};
use super::fetches::Fetches;
use super::handle::{Call, Handle};
use super::listening::{InheritedPorts, Listening};
use super::members::PoolMembers;
use super::node_tests::NodeTests;
use super::nodes::{NodeFile, NodeStore};
use super::plan::Planner;
use super::publisher::Publisher;
use super::releases::Releases;
use super::rules::RuleSet;
use super::site_checks::SiteChecks;
use super::sites::LearnedSites;
use super::store::{self, Files, NODES, SETTINGS, SITES, SUBSCRIPTIONS, StoreError, TRAFFIC};
use super::subscriptions::{SubscriptionFile, SubscriptionStore};
use super::take_over::TakeOverInbox;
use super::traffic::{TrafficFile, TrafficStats};
use super::workers::Workers;
use crate::gateway::{self, Wiring};
use crate::model::{EventKind, Fault, Settings};
use crate::os::memory;
use crate::os::paths::Paths;
use crate::pool;
use crate::proxy::ProxyController;
use crate::sites::SiteFile;

/// Queue size for outcomes; further ones are only counted.
const OUTCOMES: usize = 1_024;

/// Queue size for the gateways' reports: a shortage is reported once while it lasts.
const GATEWAY_REPORTS: usize = 16;

/// The content of the files.
struct StoredState {
    settings: Settings,
    nodes: NodeFile,
    subscriptions: SubscriptionFile,
    traffic: TrafficFile,
    sites: SiteFile,
    /// The events to report about the files.
    notices: Vec<EventKind>,
}

impl StoredState {
    fn read(paths: &Paths) -> Result<Self, StoreError> {
        let settings = store::load(&paths.settings(), &SETTINGS)?;
        let nodes = store::load(&paths.nodes(), &NODES)?;
        let subscriptions = store::load(&paths.subscriptions(), &SUBSCRIPTIONS)?;
        let traffic = store::load(&paths.traffic(), &TRAFFIC)?;
        let sites = store::load(&paths.sites(), &SITES)?;
        let notices = [settings.notice, nodes.notice, subscriptions.notice, traffic.notice, sites.notice];
        Ok(Self {
            settings: settings.value,
            nodes: nodes.value,
            subscriptions: subscriptions.value,
            traffic: traffic.value,
            sites: sites.value,
            notices: notices.into_iter().flatten().collect(),
        })
    }
}

/// The pool and the ports, connected with each other, and what they report.
struct PoolAndPorts {
    members: PoolMembers,
    listening: Listening,
    pool: mpsc::UnboundedReceiver<pool::Report>,
    gateway: mpsc::Receiver<gateway::Report>,
}

impl PoolAndPorts {
    /// Starts the pool without members; no port is open yet.
    fn start(config: pool::Config, inherited: InheritedPorts, handle: &Handle, sites: &LearnedSites) -> Self {
        let (pool_tx, pool) = mpsc::unbounded_channel();
        let (gateway_tx, gateway) = mpsc::channel(GATEWAY_REPORTS);
        let (outcomes_tx, outcomes) = mpsc::channel(OUTCOMES);
        let members = PoolMembers::of(pool::spawn(config, outcomes, pool_tx));
        let wiring = Wiring {
            totals: Arc::default(),
            tracker: Arc::clone(&handle.connections),
            sites: sites.shared(),
            outcomes: outcomes_tx,
            reports: gateway_tx,
        };
        let listening = Listening::new(wiring, inherited, members.roster(), handle);
        Self { members, listening, pool, gateway }
    }
}

/// Checks that all files can be read, without changing anything.
///
/// # Errors
/// One cannot be read, or is corrupt.
pub(super) fn check(paths: &Paths) -> Result<(), Fault> {
    store::check(&paths.settings(), &SETTINGS)?;
    store::check(&paths.nodes(), &NODES)?;
    store::check(&paths.subscriptions(), &SUBSCRIPTIONS)?;
    store::check(&paths.traffic(), &TRAFFIC)?;
    store::check(&paths.sites(), &SITES)
}

/// Reads the files and creates all owners.
///
/// # Errors
/// A file can neither be read nor set aside.
pub(super) fn load(
    paths: Paths,
    options: Options,
    handle: &Handle,
    calls: mpsc::Receiver<Call>,
    stopping: CancellationToken,
) -> Result<EventLoop, StoreError> {
    let StoredState { settings, nodes, subscriptions, traffic, sites, notices } = StoredState::read(&paths)?;
    memory::lock_heap();
    let mut activity = ActivityLog::new(handle.events.clone());
    activity.note(EventKind::EngineStarted { version: env!("CARGO_PKG_VERSION").into() });
    notices.into_iter().for_each(|notice| activity.note(notice));

    let inherited = options.inherited.clone();
    let lease = paths.proxy_lease();
    let desktop = DesktopProxy::new(ProxyController::new(lease.clone(), options.program.clone()), &lease);
    let planner = Planner::off(&settings, options, paths.runtime().to_owned());
    let planner = planner.expect("settings are validated when read");
    let sites = LearnedSites::of(sites);
    let PoolAndPorts { members, listening, pool, gateway } =
        PoolAndPorts::start(planner.current().pool.clone(), inherited, handle, &sites);
    let workers = Workers::default();
    Ok(EventLoop {
        listening,
        rules: RuleSet::new(paths.list()),
        fetches: Fetches::on(workers.threads().clone(), Releases::of(paths.release(), Instant::now())),
        files: Files::new(paths, Instant::now()),
        settings,
        nodes: NodeStore::of(nodes),
        subscriptions: SubscriptionStore::of(subscriptions),
        traffic: TrafficStats::of(traffic),
        activity,
        planner,
        desktop,
        members,
        tests: NodeTests::default(),
        publisher: Publisher::new(handle.snapshots.clone()),
        inbox: Inbox {
            calls,
            pool,
            gateway,
            open: OpenCalls::default(),
            workers,
            site_checks: SiteChecks::default(),
            deferred: VecDeque::new(),
            take_over: TakeOverInbox::default(),
            stopping,
        },
    })
}
