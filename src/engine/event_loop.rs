//! The event loop: one input after another, each handed to the owner it is for.
//!
//! Every part of the state has one owner with private fields; the loop holds the owners, waits for what happens next
//! and wires them together. What users ask for is in [`super::commands`], how settings take effect in
//! [`super::apply`].

use std::collections::VecDeque;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::activity::ActivityLog;
use super::calls::{CallId, Completion, OpenCalls};
use super::desktop::DesktopProxy;
use super::fetches::{Fetched, Fetches};
use super::handle::Call;
use super::listening::Listening;
use super::members::PoolMembers;
use super::node_tests::{NodeTests, TestResult};
use super::nodes::NodeStore;
use super::plan::Planner;
use super::publisher::Publisher;
use super::rules::RuleSet;
use super::store::{Files, StateFile};
use super::subscriptions::SubscriptionStore;
use super::traffic::{DueTraffic, Repeat, TrafficStats};
use crate::model::{EventKind, Fault, Reply, Settings};
use crate::{gateway, pool};

/// Whatever can happen next.
pub(super) enum Input {
    Call(Call),
    Pool(pool::Report),
    MembersChanged,
    Gateway(gateway::Report),
    Tested(TestResult),
    Fetched(Fetched),
    /// Work on another thread has an answer.
    Answered(CallId, Result<Reply, Fault>),
    /// A caller who waited for an answer has left.
    CallerLeft(CallId),
    /// Something is due.
    Time,
}

/// The owners of everything, and what wires them together.
pub(super) struct EventLoop {
    pub(super) files: Files,
    pub(super) settings: Settings,
    pub(super) nodes: NodeStore,
    pub(super) subscriptions: SubscriptionStore,
    pub(super) traffic: TrafficStats,
    pub(super) activity: ActivityLog,
    pub(super) planner: Planner,
    pub(super) rules: RuleSet,
    pub(super) desktop: DesktopProxy,
    pub(super) members: PoolMembers,
    pub(super) listening: Listening,
    pub(super) fetches: Fetches,
    pub(super) tests: NodeTests,
    pub(super) publisher: Publisher,
    pub(super) inbox: Inbox,
}

/// Where inputs come from.
pub(super) struct Inbox {
    pub(super) calls: mpsc::Receiver<Call>,
    pub(super) pool: mpsc::UnboundedReceiver<pool::Report>,
    pub(super) gateway: mpsc::Receiver<gateway::Report>,
    /// Calls that are answered later.
    pub(super) open: OpenCalls,
    /// Work on other threads that ends with the answer to a call.
    pub(super) work: JoinSet<(CallId, Result<Reply, Fault>)>,
    /// Inputs that wait until something slow has ended.
    pub(super) deferred: VecDeque<Input>,
    pub(super) stopping: CancellationToken,
}

impl EventLoop {
    /// Runs until told to stop.
    pub(super) async fn run(mut self) {
        self.resume().await;
        while let Some(input) = self.next_or_stop().await {
            self.on(input).await;
        }
        self.stop().await;
    }

    /// The next input; none when it is time to stop.
    async fn next_or_stop(&mut self) -> Option<Input> {
        self.publish();
        let stopping = self.inbox.stopping.clone();
        if stopping.is_cancelled() {
            return None;
        }
        if let Some(input) = self.inbox.deferred.pop_front() {
            return Some(input);
        }
        stopping.run_until_cancelled(self.next()).await
    }

    /// The next input.
    pub(super) async fn next(&mut self) -> Input {
        self.plan_timers();
        let due = self.due();
        let time = async {
            match due {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        let inbox = &mut self.inbox;
        tokio::select! {
            Some(call) = inbox.calls.recv() => Input::Call(call),
            Some(report) = inbox.pool.recv() => Input::Pool(report),
            () = self.members.changed() => Input::MembersChanged,
            Some(report) = inbox.gateway.recv() => Input::Gateway(report),
            result = self.tests.next() => Input::Tested(result),
            fetched = self.fetches.next() => Input::Fetched(fetched),
            Some(Ok((call, result))) = inbox.work.join_next() => Input::Answered(call, result),
            call = inbox.open.next_left() => Input::CallerLeft(call),
            () = time => Input::Time,
        }
    }

    /// Handles an input.
    pub(super) async fn on(&mut self, input: Input) {
        match input {
            Input::Call(call) => self.on_call(call).await,
            Input::Fetched(fetched) => self.on_fetched(fetched).await,
            Input::Pool(report) => self.on_pool(report),
            Input::MembersChanged => {}
            Input::Gateway(report) => self.on_gateway(report),
            Input::Tested(result) => self.on_tested(result),
            Input::Answered(call, result) => self.inbox.open.answer(call, result),
            Input::CallerLeft(call) => self.on_caller_left(call),
            Input::Time => self.on_time(Instant::now()),
        }
    }

    /// Carries a command out and answers it, now or when its work has ended.
    pub(super) async fn on_call(&mut self, Call { command, answer }: Call) {
        let call = self.inbox.open.next_id();
        self.inbox.open.keep(call, answer);
        if !command.only_reads() {
            self.save_lost();
        }
        match self.execute(command, call).await {
            Ok(Completion::Now(reply)) => self.inbox.open.answer(call, Ok(reply)),
            Ok(Completion::Later) => {}
            Err(fault) => self.inbox.open.answer(call, Err(fault)),
        }
    }

    fn on_tested(&mut self, TestResult { id, result, finished }: TestResult) {
        self.nodes.note_latency(&id, result.ok());
        if let Some((call, reports)) = finished {
            self.inbox.open.answer(call, Ok(Reply::Tested(reports)));
        }
    }

    fn on_caller_left(&mut self, call: CallId) {
        self.tests.cancel_call(call);
        self.fetches.cancel_call(call);
        for unwanted in self.subscriptions.caller_left(call) {
            self.fetches.cancel(unwanted);
        }
    }

    /// Timers run only while there is something to measure or to save.
    fn plan_timers(&mut self) {
        let now = Instant::now();
        let is_running = self.planner.current().serving.is_some();
        let is_watched = self.publisher.is_watched(now) || self.needs_cpu();
        let moves = is_running || !self.fetches.is_empty();
        self.traffic.plan(Repeat::when(is_watched && moves), Repeat::when(is_running), now);
    }

    /// When something is due next.
    fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        let edge = self.publisher.due();
        let timers = [self.traffic.due(), self.list_due(now), self.subscriptions_due(now), edge];
        timers.into_iter().flatten().chain([self.files.due()]).min()
    }

    /// Does what is due.
    fn on_time(&mut self, now: Instant) {
        for due in self.traffic.take_due(now) {
            match due {
                DueTraffic::Measure => self.measure(),
                DueTraffic::Save => self.save_traffic(),
            }
        }
        if self.files.due() <= now {
            self.save_lost();
        }
        self.start_due_fetches(now);
    }

    fn measure(&mut self) {
        self.traffic.measure_cpu(&self.members.processes());
        self.traffic.record(self.nodes.readings());
        self.listening.find_own_addresses();
    }

    /// Adds up what nodes have transferred until now. To be called before one goes.
    pub(super) fn record_traffic(&mut self) {
        self.traffic.record(self.nodes.readings());
    }

    fn save_traffic(&mut self) {
        self.record_traffic();
        let Some(file) = self.traffic.changed() else { return };
        match self.files.save(StateFile::Traffic, file) {
            Ok(()) => self.traffic.note_saved(),
            Err(fault) => tracing::warn!(%fault, "traffic totals are not saved"),
        }
    }

    /// Writes what is not on disk as it should be.
    fn save_lost(&mut self) {
        for file in self.files.take_lost(Instant::now()) {
            let saved = match file {
                StateFile::Settings => self.files.save(file, &self.settings),
                StateFile::Nodes => self.files.save(file, &self.nodes.file()),
                StateFile::Subscriptions => self.files.save(file, &self.subscriptions.file()),
                StateFile::Traffic => self.files.save(file, self.traffic.file()),
            };
            tracing::debug!(?file, ?saved, "written again");
        }
    }

    async fn stop(mut self) {
        self.activity.note(EventKind::EngineStopping);
        self.give_desktop_back().await;
        self.listening.stop(&mut self.activity).await;
        self.save_traffic();
        self.fetches.stop().await;
        self.tests.stop().await;
        self.members.stop().await;
    }
}
