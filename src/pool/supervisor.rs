//! The pool's event loop: passes inputs to the fleet and performs the actions it returns.
//!
//! Each member has a task that owns its process: it starts it, reports when it is ready and when it exits, and stops it
//! on request. No decisions are made here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::fleet::{CheckScope, Connectivity, Fleet, FleetAction, Input, TransferResult};
use super::launch::{Launcher, PortAllocator, Ready};
use super::{Candidate, Config, MemberStatus, PageRequest, PoolSpec, Report, connectivity, probe, transfer};
use crate::model::site_check::PageVisit;
use crate::model::snapshot::Network;
use crate::model::{Dial, Failure, FailureCause, Node, NodeId, Outcome, Roster, Stage};
use crate::os::network::{RouteMonitor, SuspendMonitor};

/// Maximum number of concurrent tests of nodes: each may start a process.
const MAX_TESTS: usize = 4;

/// A command from the pool's handle.
pub(super) enum PoolCommand {
    Apply(PoolSpec),
    Configure(Box<Config>),
    Test { candidate: Candidate, answer: oneshot::Sender<Result<Duration, Failure>> },
    Visit { candidate: Candidate, page: PageRequest, answer: oneshot::Sender<Result<PageVisit, Failure>> },
    CheckNetwork { answer: oneshot::Sender<bool> },
}

/// The outputs of the pool.
pub(super) struct Outputs {
    pub(super) roster: watch::Sender<Arc<Roster>>,
    pub(super) members: watch::Sender<Arc<Vec<MemberStatus>>>,
    pub(super) network: watch::Sender<Option<Network>>,
    // Unbounded, so that the supervisor never waits for the engine, which may wait for the supervisor. The fleet
    // reports changes of members, whose frequency is limited by its timers.
    pub(super) reports: mpsc::UnboundedSender<Report>,
}

/// Why the loop wakes up.
enum Wakeup {
    Command(PoolCommand),
    Input(Input),
    Routes,
    Time,
    Stop,
}

pub(super) struct Supervisor {
    fleet: Fleet,
    config: Arc<Config>,
    ports: PortAllocator,
    commands: mpsc::Receiver<PoolCommand>,
    outcomes: mpsc::Receiver<Outcome>,
    inputs: mpsc::Receiver<Input>,
    inputs_tx: mpsc::Sender<Input>,
    outputs: Outputs,
    routes: RouteMonitor,
    suspend: SuspendMonitor,
    stopping: CancellationToken,
    member_tasks: HashMap<(NodeId, u64), CancellationToken>,
    tests: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Supervisor {
    pub(super) fn new(
        config: Config,
        commands: mpsc::Receiver<PoolCommand>,
        outcomes: mpsc::Receiver<Outcome>,
        outputs: Outputs,
        stopping: CancellationToken,
    ) -> Self {
        let (inputs_tx, inputs) = mpsc::channel(64);
        Self {
            fleet: Fleet::default(),
            config: Arc::new(config),
            ports: PortAllocator::default(),
            commands,
            outcomes,
            inputs,
            inputs_tx,
            outputs,
            routes: RouteMonitor::watch(),
            suspend: SuspendMonitor::watch(),
            stopping,
            member_tasks: HashMap::new(),
            tests: Arc::new(Semaphore::new(MAX_TESTS)),
            tasks: JoinSet::new(),
        }
    }

    /// Runs until stopped; then stops every member.
    pub(super) async fn run(mut self) {
        loop {
            match self.next().await {
                Wakeup::Command(command) => self.execute(command),
                Wakeup::Input(input) => self.step(input),
                Wakeup::Routes => self.step(Input::NetworkChanged),
                Wakeup::Time => self.step(Input::Tick),
                Wakeup::Stop => break,
            }
        }
        self.inputs.close();
        self.member_tasks.values().for_each(CancellationToken::cancel);
        while self.tasks.join_next().await.is_some() {}
    }

    async fn next(&mut self) -> Wakeup {
        let wake_at = self.fleet.wake_at(Instant::now());
        let time = async {
            match wake_at {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stopping.cancelled() => Wakeup::Stop,
            command = self.commands.recv() => command.map_or(Wakeup::Stop, Wakeup::Command),
            Some(input) = self.inputs.recv() => Wakeup::Input(input),
            Some(Outcome { id, signal }) = self.outcomes.recv() => Wakeup::Input(Input::Signal { id, signal }),
            Some(_ended) = self.tasks.join_next() => Wakeup::Time,
            () = self.routes.changed() => Wakeup::Routes,
            // `step` determines whether there was a suspend.
            () = self.suspend.maybe_resumed() => Wakeup::Time,
            () = time => Wakeup::Time,
        }
    }

    fn execute(&mut self, command: PoolCommand) {
        match command {
            PoolCommand::Apply(spec) => self.step(Input::Spec(spec)),
            PoolCommand::Configure(config) => self.config = Arc::from(config),
            PoolCommand::Test { candidate, answer } => self.request(candidate, answer, |access| {
                Box::pin(async move { probe::run(&access.dial, &access.node.kind, &access.config.check).await })
            }),
            PoolCommand::Visit { candidate, page, answer } => self.request(candidate, answer, |access| {
                Box::pin(async move { page.through(&access.dial, &access.node.kind).await })
            }),
            PoolCommand::CheckNetwork { answer } => self.check_network(answer),
        }
    }

    fn step(&mut self, input: Input) {
        // The rules read the counters.
        crate::handover::collect();
        if self.suspend.was_suspended() {
            // Data in flight is lost.
            let actions = self.fleet.on(Input::NetworkChanged, Instant::now());
            self.perform(actions);
        }
        let actions = self.fleet.on(input, Instant::now());
        self.perform(actions);
    }

    fn perform(&mut self, actions: Vec<FleetAction>) {
        // One publication covers all changes, before anything slow.
        if actions.iter().any(|action| matches!(action, FleetAction::Publish)) {
            self.outputs.roster.send_replace(Arc::new(self.fleet.roster()));
            self.outputs.network.send_replace(self.fleet.network());
            self.outputs.members.send_replace(Arc::new(self.fleet.members()));
        }
        for action in actions {
            match action {
                FleetAction::Publish => {}
                FleetAction::Launch { candidate, spawn } => self.launch(candidate, spawn),
                FleetAction::Stop { id, spawn } => {
                    if let Some(stop) = self.member_tasks.remove(&(id, spawn)) {
                        stop.cancel();
                    }
                }
                FleetAction::Check { candidate, spawn, ready, scope } => self.check(candidate, spawn, ready, scope),
                FleetAction::CheckConnectivity { servers } => self.check_connectivity(servers),
                FleetAction::Report(report) => {
                    // The engine outlives the pool, except while both are dropped.
                    let _gone = self.outputs.reports.send(report);
                }
            }
        }
    }

    fn launch(&mut self, candidate: Candidate, spawn: u64) {
        let stop = CancellationToken::new();
        self.member_tasks.retain(|(id, _), _| *id != candidate.id);
        self.member_tasks.insert((candidate.id.clone(), spawn), stop.clone());
        self.tasks.spawn(run_member(candidate, spawn, self.launcher(), self.inputs_tx.clone(), stop));
    }

    fn launcher(&self) -> Launcher {
        Launcher { config: Arc::clone(&self.config), ports: self.ports.clone() }
    }

    fn check(&mut self, candidate: Candidate, spawn: u64, ready: Ready, scope: CheckScope) {
        let check = MemberCheck { candidate, spawn, ready, scope, config: Arc::clone(&self.config) };
        let (inputs, stopping) = (self.inputs_tx.clone(), self.stopping.clone());
        self.tasks.spawn(async move {
            let _stopped = stopping.run_until_cancelled(check.run(inputs)).await;
        });
    }

    fn check_connectivity(&mut self, servers: Vec<(String, u16)>) {
        let (config, inputs, stopping) = (Arc::clone(&self.config), self.inputs_tx.clone(), self.stopping.clone());
        self.tasks.spawn(async move {
            let check = connectivity::check(&config.direct_urls, &config.check.statuses, servers);
            let Some(verdict) = stopping.run_until_cancelled(check).await else { return };
            let _stopped = inputs.send(Input::ConnectivityChecked(verdict)).await;
        });
    }

    /// Makes a request through a node; it is cancelled when the caller stops waiting.
    fn request<T: Send + 'static>(
        &mut self,
        candidate: Candidate,
        mut answer: oneshot::Sender<Result<T, Failure>>,
        request: impl FnOnce(NodeAccess) -> BoxFuture<'static, Result<T, Failure>> + Send + 'static,
    ) {
        let member = self.fleet.ready_member(&candidate.id).cloned();
        let launcher = self.launcher();
        let (stopping, tests) = (self.stopping.clone(), Arc::clone(&self.tests));
        self.tasks.spawn(async move {
            let work = async {
                let _permit = tests.acquire().await;
                through_node(&candidate, member, &launcher, request).await
            };
            let result = tokio::select! {
                result = work => result,
                () = answer.closed() => return,
                () = stopping.cancelled() => return,
            };
            // The caller may have stopped waiting.
            let _left = answer.send(result);
        });
    }

    /// Makes a connectivity check for a caller.
    fn check_network(&mut self, mut answer: oneshot::Sender<bool>) {
        let (config, stopping) = (Arc::clone(&self.config), self.stopping.clone());
        self.tasks.spawn(async move {
            let check = connectivity::check(&config.direct_urls, &config.check.statuses, Vec::new());
            let verdict = tokio::select! {
                verdict = check => verdict,
                () = answer.closed() => return,
                () = stopping.cancelled() => return,
            };
            // The caller may have stopped waiting.
            let _left = answer.send(verdict == Connectivity::Up);
        });
    }
}

/// A check of a member.
struct MemberCheck {
    candidate: Candidate,
    spawn: u64,
    ready: Ready,
    scope: CheckScope,
    config: Arc<Config>,
}

impl MemberCheck {
    /// Fetches a page, and then transfers some data if the page was loaded.
    async fn run(self, inputs: mpsc::Sender<Input>) {
        let Self { candidate: Candidate { id, node, .. }, spawn, ready, scope, config } = self;
        // Nothing receives inputs while the pool ends.
        let send = |input| async { drop(inputs.send(input).await) };
        let result = probe::run(&ready.dial, &node.kind, &config.check).await;
        let Some(page) = config.check.transfer.as_ref().filter(|_| result.is_ok()) else {
            return send(Input::Checked { id, spawn, result }).await;
        };
        if scope == CheckScope::Page {
            send(Input::Checked { id: id.clone(), spawn, result: result.clone() }).await;
        }
        let began = Instant::now();
        let carried = transfer::run(page, &ready.dial, &node.kind).await;
        if scope == CheckScope::PageAndTransfer {
            let stalled = || Failure::new(Stage::TimeLimit, FailureCause::TransferStalled);
            let result = if carried == TransferResult::Stalled { Err(stalled()) } else { result };
            send(Input::Checked { id: id.clone(), spawn, result }).await;
        }
        send(Input::Transferred { id, spawn, began, result: carried }).await;
    }
}

/// A node that accepts connections.
struct NodeAccess {
    dial: Dial,
    node: Arc<Node>,
    config: Arc<Config>,
}

/// Owns one member's process from start to exit.
async fn run_member(
    candidate: Candidate,
    spawn: u64,
    launcher: Launcher,
    inputs: mpsc::Sender<Input>,
    stop: CancellationToken,
) {
    let id = candidate.id.clone();
    let report = |input| async {
        // Nothing receives inputs while the pool ends.
        let _ending = inputs.send(input).await;
    };
    let started = match stop.run_until_cancelled(launcher.start(&candidate)).await {
        None => return,
        Some(Err(failure)) => return report(Input::StartFailed { id, spawn, failure }).await,
        Some(Ok(started)) => started,
    };
    report(Input::Ready { id: id.clone(), spawn, ready: started.ready() }).await;
    let Some(mut process) = started.process else { return stop.cancelled().await };
    match stop.run_until_cancelled(process.ended()).await {
        None => process.stop().await,
        Some(status) => report(Input::Exited { id, spawn, status }).await,
    }
}

/// Makes a request through a node's member, or through a process started for it.
async fn through_node<T>(
    candidate: &Candidate,
    member: Option<Ready>,
    launcher: &Launcher,
    request: impl FnOnce(NodeAccess) -> BoxFuture<'static, Result<T, Failure>>,
) -> Result<T, Failure> {
    launcher.check_plugin(candidate)?;
    probe::reach(&candidate.node, launcher.config.check.limit).await?;
    let access = |dial| NodeAccess { dial, node: Arc::clone(&candidate.node), config: Arc::clone(&launcher.config) };
    if let Some(ready) = member {
        return request(access(ready.dial)).await;
    }
    let started = launcher.start(candidate).await?;
    let result = request(access(started.dial.clone())).await;
    if let Some(process) = started.process {
        process.stop().await;
    }
    result
}
