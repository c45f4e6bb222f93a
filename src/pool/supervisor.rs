//! The pool's one task: it tells the fleet what happened, and does what the fleet says.
//!
//! Each member has a keeper, a small task that owns the process: it starts it, says when it is
//! ready, waits until it ends or is to be ended. Keepers, checks and the world outside all speak
//! through [`Event`]s; nothing here is decided.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::fleet::{Action, Fleet, Input};
use super::launch::{Launcher, Ports, Ready};
use super::{Candidate, Config, Report, View, Wanted, connectivity, probe};
use crate::model::snapshot::Network;
use crate::model::{Failure, NodeId, Outcome, Roster};
use crate::os::network::{Routes, Sleep};

/// Tests at the same time: each may start a program of its own.
const TESTS_AT_ONCE: usize = 4;

/// What the pool's handle asks for.
pub(super) enum Order {
    Want(Wanted),
    Configure(Box<Config>),
    Note(Outcome),
    Test { candidate: Candidate, answer: oneshot::Sender<Result<Duration, Failure>> },
}

/// Where the pool tells what is.
pub(super) struct Told {
    pub(super) roster: watch::Sender<Arc<Roster>>,
    pub(super) views: watch::Sender<Arc<Vec<View>>>,
    pub(super) network: watch::Sender<Option<Network>>,
    pub(super) reports: mpsc::Sender<Report>,
}

/// Whatever can happen next.
enum Event {
    Order(Order),
    Input(Input),
    Routes,
    Time,
    Stop,
}

pub(super) struct Supervisor {
    fleet: Fleet,
    config: Arc<Config>,
    ports: Ports,
    orders: mpsc::Receiver<Order>,
    inputs: mpsc::Receiver<Input>,
    inputs_tx: mpsc::Sender<Input>,
    told: Told,
    routes: Routes,
    sleep: Sleep,
    stopping: CancellationToken,
    keepers: HashMap<(NodeId, u64), CancellationToken>,
    tests: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Supervisor {
    pub(super) fn new(config: Config, orders: mpsc::Receiver<Order>, told: Told, stopping: CancellationToken) -> Self {
        let (inputs_tx, inputs) = mpsc::channel(64);
        Self {
            fleet: Fleet::default(),
            config: Arc::new(config),
            ports: Ports::default(),
            orders,
            inputs,
            inputs_tx,
            told,
            routes: Routes::watch(),
            sleep: Sleep::watch(),
            stopping,
            keepers: HashMap::new(),
            tests: Arc::new(Semaphore::new(TESTS_AT_ONCE)),
            tasks: JoinSet::new(),
        }
    }

    /// Runs until told to stop; then ends every member.
    pub(super) async fn run(mut self) {
        loop {
            match self.next().await {
                Event::Order(order) => self.obey(order).await,
                Event::Input(input) => self.step(input).await,
                Event::Routes => self.step(Input::NetworkChanged).await,
                Event::Time => self.step(Input::Tick).await,
                Event::Stop => break,
            }
        }
        self.inputs.close();
        self.keepers.values().for_each(CancellationToken::cancel);
        while self.tasks.join_next().await.is_some() {}
    }

    async fn next(&mut self) -> Event {
        let wake_at = self.fleet.wake_at(Instant::now());
        let time = async {
            match wake_at {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stopping.cancelled() => Event::Stop,
            order = self.orders.recv() => order.map_or(Event::Stop, Event::Order),
            Some(input) = self.inputs.recv() => Event::Input(input),
            Some(_ended) = self.tasks.join_next() => Event::Time,
            () = self.routes.changed() => Event::Routes,
            // Whether it has, the step will see.
            () = self.sleep.may_be_over() => Event::Time,
            () = time => Event::Time,
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Want(wanted) => self.step(Input::Wanted(wanted)).await,
            Order::Configure(config) => self.config = Arc::from(config),
            Order::Note(Outcome { id, signal }) => self.step(Input::Noted { id, signal }).await,
            Order::Test { candidate, answer } => self.test(candidate, answer),
        }
    }

    async fn step(&mut self, input: Input) {
        if self.sleep.has_been() {
            // What was under way went to sleep with the machine.
            let actions = self.fleet.on(Input::NetworkChanged, Instant::now());
            self.perform(actions).await;
        }
        let actions = self.fleet.on(input, Instant::now());
        self.perform(actions).await;
    }

    async fn perform(&mut self, actions: Vec<Action>) {
        // However many changes there were, one publication shows them all, before anything slow.
        if actions.iter().any(|action| matches!(action, Action::Publish)) {
            self.told.roster.send_replace(Arc::new(self.fleet.roster()));
            self.told.network.send_replace(self.fleet.network());
            self.told.views.send_replace(Arc::new(self.fleet.views()));
        }
        for action in actions {
            match action {
                Action::Publish => {}
                Action::Launch { candidate, spawn } => self.launch(candidate, spawn),
                Action::Stop { id, spawn } => {
                    if let Some(keeper) = self.keepers.remove(&(id, spawn)) {
                        keeper.cancel();
                    }
                }
                Action::Check { candidate, spawn, ready } => self.check(candidate, spawn, ready),
                Action::LookAtNetwork { servers } => self.look(servers),
                Action::Report(report) => {
                    // The engine ends after the pool; where it does not, nobody wants to know.
                    let _gone = self.told.reports.send(report).await;
                }
            }
        }
    }

    fn launch(&mut self, candidate: Candidate, spawn: u64) {
        let stop = CancellationToken::new();
        self.keepers.retain(|(id, _), _| *id != candidate.id);
        self.keepers.insert((candidate.id.clone(), spawn), stop.clone());
        self.tasks.spawn(keep(candidate, spawn, self.launcher(), self.inputs_tx.clone(), stop));
    }

    fn launcher(&self) -> Launcher {
        Launcher { config: Arc::clone(&self.config), ports: self.ports.clone() }
    }

    fn check(&mut self, candidate: Candidate, spawn: u64, ready: Ready) {
        let (config, inputs, stopping) = (Arc::clone(&self.config), self.inputs_tx.clone(), self.stopping.clone());
        self.tasks.spawn(async move {
            let check = probe::run(&ready.dial, &candidate.node.kind, &config.check);
            let Some(result) = stopping.run_until_cancelled(check).await else { return };
            let _stopped = inputs.send(Input::Checked { id: candidate.id, spawn, result }).await;
        });
    }

    fn look(&mut self, servers: Vec<(String, u16)>) {
        let (config, inputs, stopping) = (Arc::clone(&self.config), self.inputs_tx.clone(), self.stopping.clone());
        self.tasks.spawn(async move {
            let look = connectivity::look(&config.direct_urls, &config.check.statuses, servers);
            let Some(verdict) = stopping.run_until_cancelled(look).await else { return };
            let _stopped = inputs.send(Input::Looked(verdict)).await;
        });
    }

    /// Tests a node for somebody; the test ends with whoever waits for it.
    fn test(&mut self, candidate: Candidate, mut answer: oneshot::Sender<Result<Duration, Failure>>) {
        let member = self.fleet.ready_member(&candidate.id).cloned();
        let launcher = self.launcher();
        let (stopping, tests) = (self.stopping.clone(), Arc::clone(&self.tests));
        self.tasks.spawn(async move {
            let test = async {
                let _turn = tests.acquire().await;
                test(&candidate, member, &launcher).await
            };
            let result = tokio::select! {
                result = test => result,
                () = answer.closed() => return,
                () = stopping.cancelled() => return,
            };
            // Who asked may have left.
            let _left = answer.send(result);
        });
    }
}

/// Owns one member's process from start to end.
async fn keep(
    candidate: Candidate,
    spawn: u64,
    launcher: Launcher,
    inputs: mpsc::Sender<Input>,
    stop: CancellationToken,
) {
    let id = candidate.id.clone();
    let tell = |input| async {
        // The pool is ending: there is nobody to tell.
        let _ending = inputs.send(input).await;
    };
    let started = match stop.run_until_cancelled(launcher.start(&candidate)).await {
        None => return,
        Some(Err(failure)) => return tell(Input::StartFailed { id, spawn, failure }).await,
        Some(Ok(started)) => started,
    };
    tell(Input::Ready { id: id.clone(), spawn, ready: started.ready() }).await;
    let Some(mut process) = started.process else { return stop.cancelled().await };
    match stop.run_until_cancelled(process.ended()).await {
        None => process.stop().await,
        Some(status) => tell(Input::Exited { id, spawn, status }).await,
    }
}

/// A real request through a node's member, or through one started for this alone.
async fn test(candidate: &Candidate, member: Option<Ready>, launcher: &Launcher) -> Result<Duration, Failure> {
    let (kind, check) = (&candidate.node.kind, &launcher.config.check);
    probe::reach(&candidate.node, check.limit).await?;
    if let Some(ready) = member {
        return probe::run(&ready.dial, kind, check).await;
    }
    let started = launcher.start(candidate).await?;
    let result = probe::run(&started.dial, kind, check).await;
    if let Some(process) = started.process {
        process.stop().await;
    }
    result
}
