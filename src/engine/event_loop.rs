//! The event loop: handles one input after another.
//!
//! Every part of the state has one owner with private fields; the loop holds the owners, waits for inputs and passes
//! data between owners. Commands are in [`super::commands`], changes of settings in [`super::apply`].

use std::collections::VecDeque;
use std::time::Instant;

use tokio::sync::mpsc;
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
use super::site_checks::{SiteCheckReport, SiteChecks};
use super::store::{FileContent, Files, StateFile};
use super::subscriptions::{SubscriptionStore, UpdateCause};
use super::take_over::{HandOver, LateTraffic, Origin, TakeOverInbox};
use super::traffic::{DueTraffic, Repeat, TrafficStats};
use super::workers::Workers;
use crate::model::{EventKind, Fault, Reply, Settings};
use crate::os::memory;
use crate::{gateway, pool};

/// An input of the event loop.
pub(super) enum Input {
    Call(Call),
    Pool(pool::Report),
    MembersChanged,
    Gateway(gateway::Report),
    Tested(TestResult),
    SiteChecked(SiteCheckReport),
    Fetched(Fetched),
    /// A reply from another thread.
    Answered(CallId, Result<Reply, Fault>),
    /// The caller of an open call has disconnected.
    CallerLeft(CallId),
    /// Another engine requests to take over from this one.
    HandOver(Box<HandOver>),
    /// The engine from which this one has taken over still carries traffic.
    Late(LateTraffic),
    /// A pin has reached its end.
    PinsDue,
    /// A timer is due.
    Time,
}

/// The owners of the state.
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

/// The sources of inputs.
pub(super) struct Inbox {
    pub(super) calls: mpsc::Receiver<Call>,
    pub(super) pool: mpsc::UnboundedReceiver<pool::Report>,
    pub(super) gateway: mpsc::Receiver<gateway::Report>,
    /// Calls that get their reply later.
    pub(super) open: OpenCalls,
    /// Work on other threads.
    pub(super) workers: Workers,
    /// Sites that are tried through the nodes.
    pub(super) site_checks: SiteChecks,
    /// Inputs that are deferred until slow work has ended.
    pub(super) deferred: VecDeque<Input>,
    pub(super) take_over: TakeOverInbox,
    pub(super) stopping: CancellationToken,
}

impl EventLoop {
    /// Runs until stopped.
    pub(super) async fn run(mut self, origin: Origin) {
        match origin {
            Origin::Start => self.resume().await,
            Origin::TakeOver(steps) => self.resume_after(*steps).await,
        }
        while let Some(input) = self.next_or_stop().await {
            self.on(input).await;
        }
        self.stop().await;
    }

    /// The next input; `None` when it is time to stop.
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
        let now = Instant::now();
        self.plan_timers(now);
        let due = self.due(now);
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
            report = inbox.site_checks.next() => Input::SiteChecked(report),
            fetched = self.fetches.next() => Input::Fetched(fetched),
            (call, result) = inbox.workers.next() => Input::Answered(call, result),
            call = inbox.open.next_left() => Input::CallerLeft(call),
            Some(wanted) = inbox.take_over.requests.recv() => Input::HandOver(Box::new(wanted)),
            Some(late) = inbox.take_over.late.recv() => Input::Late(late),
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
            Input::Gateway(report) => self.on_gateway(report).await,
            Input::Tested(result) => self.on_tested(result),
            Input::SiteChecked(report) => self.on_site_check(report).await,
            Input::Answered(call, result) => self.inbox.open.answer(call, result),
            Input::CallerLeft(call) => self.on_caller_left(call),
            Input::HandOver(wanted) => self.hand_over(*wanted).await,
            Input::Late(late) => self.count_late(&late),
            Input::PinsDue => self.end_pins(jiff::Timestamp::now()).await,
            Input::Time => self.on_time(Instant::now()).await,
        }
    }

    /// Executes a command, and sends its reply now or when its work has ended.
    pub(super) async fn on_call(&mut self, Call { command, answer }: Call) {
        let call = self.inbox.open.next_id();
        self.inbox.open.keep(call, answer);
        if !command.only_reads() {
            self.save_lost().await;
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
        self.inbox.workers.cancel_call(call);
        self.inbox.site_checks.cancel_call(call);
        for unwanted in self.subscriptions.caller_left(call) {
            self.fetches.cancel(unwanted);
        }
    }

    /// Sets each owner's timers. They run only while there is something to do.
    fn plan_timers(&mut self, now: Instant) {
        let is_running = self.planner.current().serving.is_some();
        let is_watched = self.publisher.is_watched(now) || self.needs_cpu();
        let moves = is_running || !self.fetches.is_empty();
        let measure = if is_watched && moves { Repeat::On } else { Repeat::Off };
        let save = if is_running { Repeat::On } else { Repeat::Off };
        self.traffic.plan(measure, save, now);
        self.rules.plan(self.list_interval());
        self.subscriptions.plan(self.first_update());
        self.plan_release_checks();
    }

    /// When the next timer is due.
    fn due(&self, now: Instant) -> Option<Instant> {
        let release = self.fetches.releases.due();
        let ours = [self.rules.due(now), self.subscriptions.due(now), self.next_pin_end(now), release]
            .into_iter()
            .filter(|_| self.files.are_ours());
        let owners = [self.publisher.due(), self.traffic.due(), self.files.due(), self.planner.doors.due()];
        owners.into_iter().chain(ours).flatten().min()
    }

    /// Handles due timers.
    async fn on_time(&mut self, now: Instant) {
        for due in self.traffic.take_due(now) {
            match due {
                DueTraffic::Measure => self.measure(),
                DueTraffic::Save => {
                    self.save_traffic().await;
                    self.save_sites().await;
                }
            }
        }
        if self.files.due().is_some_and(|due| due <= now) {
            self.save_lost().await;
        }
        if self.planner.doors.due().is_some_and(|due| due <= now) && self.planner.doors.stop_unused(now) {
            self.apply_doors().await;
        }
        if !self.files.are_ours() {
            // Downloads are for the engine that writes them.
            return;
        }
        if self.next_pin_end(now).is_some_and(|due| due <= now) {
            // Changes settings, which may be in progress.
            self.inbox.deferred.push_back(Input::PinsDue);
        }
        if self.rules.due(now).is_some_and(|due| due <= now) {
            self.start_list_update(None);
        }
        if self.fetches.releases.due().is_some_and(|due| due <= now) {
            self.start_release_check(now);
        }
        for key in self.subscriptions.keys_due(now) {
            self.start_subscription_update(key, UpdateCause::Due);
        }
    }

    fn measure(&mut self) {
        self.traffic.measure_cpu(&self.members.processes());
        self.traffic.record(self.nodes.readings());
        self.listening.find_own_addresses();
    }

    /// Records the traffic of nodes. Must be called before a node is removed.
    pub(super) fn record_traffic(&mut self) {
        self.traffic.record(self.nodes.readings());
    }

    pub(super) async fn save_traffic(&mut self) {
        self.record_traffic();
        if !self.files.are_ours() || !self.traffic.take_changed() {
            return;
        }
        if let Err(fault) = self.save(StateFile::Traffic).await {
            tracing::warn!(%fault, "traffic totals were not saved");
        }
    }

    /// Saves what is learned about sites.
    pub(super) async fn save_sites(&mut self) {
        if !self.files.are_ours() || !self.listening.sites().take_changed() {
            return;
        }
        if let Err(fault) = self.save(StateFile::Sites).await {
            tracing::warn!(%fault, "the memory of sites was not saved");
        }
    }

    /// Saves a file on another thread.
    ///
    /// # Errors
    /// It cannot be written; then it is unchanged, and counts as not saved.
    pub(super) async fn save(&mut self, file: StateFile) -> Result<(), Fault> {
        if !self.files.are_ours() {
            return Ok(());
        }
        let (content, path) = (self.content(file), self.files.path(file));
        let write = tokio::task::spawn_blocking(move || {
            // The file may contain new passwords.
            memory::lock_heap();
            content.save(&path)
        });
        let saved = self.while_busy(write).await.expect("the task is not aborted and does not panic");
        self.files.note(file, saved)
    }

    fn content(&self, file: StateFile) -> FileContent {
        match file {
            StateFile::Settings => FileContent::Settings(Box::new(self.settings.clone())),
            StateFile::Nodes => FileContent::Nodes(self.nodes.file()),
            StateFile::Subscriptions => FileContent::Subscriptions(self.subscriptions.file()),
            StateFile::Traffic => FileContent::Traffic(self.traffic.file()),
            StateFile::Sites => FileContent::Sites(self.listening.sites().file()),
        }
    }

    /// Writes unsaved files again.
    async fn save_lost(&mut self) {
        for file in self.files.take_unsaved(Instant::now()) {
            let saved = self.save(file).await;
            tracing::debug!(?file, ?saved, "written again");
        }
    }

    async fn stop(mut self) {
        self.activity.note(EventKind::EngineStopping);
        self.restore_desktop().await;
        self.listening.stop(&mut self.activity).await;
        self.save_traffic().await;
        self.save_sites().await;
        self.fetches.stop().await;
        self.tests.stop().await;
        self.inbox.site_checks.stop().await;
        self.members.stop().await;
    }
}
