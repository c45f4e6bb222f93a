//! The loop: one thing after another, each handed to the method that knows it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::activity::Activity;
use super::book::Book;
use super::guide::Guide;
use super::handle::{Call, Handle};
use super::ledger::{Ledger, Rates};
use super::plan::Wish;
use super::store::{self, StoreError};
use super::subscriptions::Subscriptions;
use super::updates::{Fetched, Fetches, Updates};
use crate::gateway::{self, Totals};
use crate::model::route::Directions;
use crate::model::settings::Settings;
use crate::model::{EventKind, Failure, Fault, NodeId, Secret, Snapshot};
use crate::os::cpu::CpuMeter;
use crate::os::paths::Paths;
use crate::{pool, proxy};

/// How long open connections may go on when the engine is to stop.
const LAST_DRAIN: Duration = Duration::from_secs(5);

/// How often traffic totals are written while there is a pool.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// How often rates and CPU shares are measured while somebody watches.
const MEASURE_EVERY: Duration = Duration::from_secs(1);

/// Who asks for the status once is likely to ask again: measured for so long.
const WATCHED_AFTER_STATUS: Duration = Duration::from_secs(10);

/// Whatever can happen next.
enum Input {
    Call(Call),
    Pool(pool::Report),
    Views,
    Gateway(gateway::Report),
    Tested(NodeId, Result<Duration, Failure>),
    Fetched(Fetched),
    /// Somebody who waited for updates has left.
    AskerLeft,
    UpdateDue,
    Measure,
    Save,
    Stop,
}

/// The owner of everything; see the module's parent.
pub(super) struct Engine {
    pub(super) paths: Paths,
    pub(super) options: Options,
    pub(super) settings: Settings,
    pub(super) book: Book,
    pub(super) ledger: Ledger,
    pub(super) activity: Activity,
    pub(super) rates: Rates,
    pub(super) cpu: CpuMeter,
    pub(super) wish: Wish,
    /// The rules, as the settings name them; none have been read before the first settings hold.
    pub(super) guide: Arc<Guide>,
    pub(super) directions: Directions,
    /// The desktop's proxy; away while it is worked on elsewhere, which takes its time.
    pub(super) keeper: Option<proxy::ProxyController>,
    /// Why the desktop's proxy is not as the settings want it.
    pub(super) desktop_fault: Option<Fault>,
    pub(super) pool: pool::Handle,
    pub(super) views: watch::Receiver<Arc<Vec<pool::MemberStatus>>>,
    pub(super) gateway: Option<gateway::Handle>,
    /// Where other machines of the network find this one; not looked at while nothing is for them.
    pub(super) own_addresses: Vec<IpAddr>,
    pub(super) totals: Arc<Totals>,
    pub(super) gateway_reports: mpsc::Sender<gateway::Report>,
    pub(super) tested: mpsc::Sender<(NodeId, Result<Duration, Failure>)>,
    pub(super) fetched: mpsc::Sender<Fetched>,
    pub(super) fetches: Fetches,
    pub(super) updates: Updates,
    pub(super) subscriptions: Subscriptions,
    /// Texts with nodes that wait for a window to show them.
    pub(super) proposals: Vec<Secret>,
    /// Gateways that drain, tests that run, files that are fetched.
    pub(super) errands: JoinSet<()>,
    pub(super) stopping: CancellationToken,
    pub(super) status_asked: Option<Instant>,
    pub(super) is_connected: bool,
    pub(super) snapshots: watch::Sender<Arc<Snapshot>>,
    inbox: Inbox,
}

/// Where inputs come from.
struct Inbox {
    calls: mpsc::Receiver<Call>,
    pool: mpsc::Receiver<pool::Report>,
    gateway: mpsc::Receiver<gateway::Report>,
    tested: mpsc::Receiver<(NodeId, Result<Duration, Failure>)>,
    fetched: mpsc::Receiver<Fetched>,
    update_at: Option<Instant>,
    measure_at: Option<Instant>,
    save_at: Option<Instant>,
}

impl Engine {
    /// Reads the files and builds the rooms, all off.
    pub(super) fn load(
        paths: Paths,
        options: Options,
        handle: &Handle,
        calls: mpsc::Receiver<Call>,
        stopping: CancellationToken,
    ) -> Result<Self, StoreError> {
        let settings = store::load(&paths.settings(), &store::SETTINGS)?;
        let nodes = store::load(&paths.nodes(), &store::NODES)?;
        let subscriptions = store::load(&paths.subscriptions(), &store::SUBSCRIPTIONS)?;
        let traffic = store::load(&paths.traffic(), &store::TRAFFIC)?;
        let book = Book::of(nodes.value);
        let mut activity = Activity::new(handle.events.clone());
        activity.note(EventKind::EngineStarted { version: env!("CARGO_PKG_VERSION").into() });
        let notices = [settings.notice, nodes.notice, subscriptions.notice, traffic.notice];
        notices.into_iter().flatten().for_each(|notice| activity.note(notice));

        let off = Settings { active: false, ..settings.value.clone() };
        let wish = Wish::of(&off, &book, &options, paths.runtime()).expect("settings are validated when read");
        let start = wish.start.clone().expect("a wish says how members are started");
        let (pool_tx, pool_reports) = mpsc::channel(256);
        let (gateway_tx, gateway_reports) = mpsc::channel(1_024);
        let (tested_tx, tested) = mpsc::channel(64);
        let (fetched_tx, fetched) = mpsc::channel(4);
        let pool = pool::spawn(start, pool_tx);
        let keeper = proxy::ProxyController::new(paths.proxy_lease(), options.program.clone());
        let inbox = Inbox {
            calls,
            pool: pool_reports,
            gateway: gateway_reports,
            tested,
            fetched,
            update_at: None,
            measure_at: None,
            save_at: None,
        };
        Ok(Self {
            views: pool.members(),
            paths,
            options,
            settings: settings.value,
            book,
            ledger: Ledger::of(traffic.value),
            activity,
            rates: Rates::default(),
            cpu: CpuMeter::default(),
            wish,
            keeper: Some(keeper),
            desktop_fault: None,
            guide: Arc::default(),
            directions: Directions::default(),
            pool,
            gateway: None,
            own_addresses: Vec::new(),
            totals: Arc::default(),
            gateway_reports: gateway_tx,
            tested: tested_tx,
            fetched: fetched_tx,
            fetches: Fetches::default(),
            updates: Updates::default(),
            subscriptions: Subscriptions::of(subscriptions.value),
            proposals: Vec::new(),
            errands: JoinSet::new(),
            stopping,
            status_asked: None,
            is_connected: false,
            snapshots: handle.snapshots.clone(),
            inbox,
        })
    }

    /// Runs until told to stop.
    pub(super) async fn run(mut self) {
        self.resume().await;
        loop {
            self.publish();
            match self.next().await {
                Input::Call(call) => self.answer(call).await,
                Input::Pool(report) => self.fold_pool(report),
                Input::Views => {}
                Input::Gateway(report) => self.fold_gateway(report).await,
                Input::Tested(id, result) => self.book.note_latency(&id, result.ok()),
                Input::Fetched(fetched) => self.fold_fetched(fetched).await,
                Input::AskerLeft => self.end_unwanted_updates(),
                Input::UpdateDue => {
                    self.inbox.update_at = None;
                    self.start_due_updates();
                }
                Input::Measure => self.measure(),
                Input::Save => self.save_traffic(),
                Input::Stop => break,
            }
        }
        self.stop().await;
    }

    /// Goes on where the last run ended.
    async fn resume(&mut self) {
        self.repair_desktop().await;
        let wanted = self.settings.clone();
        if let Err(fault) = self.adopt(wanted).await {
            self.activity.note(EventKind::NotApplied { fault });
        }
    }

    async fn next(&mut self) -> Input {
        self.plan_timers();
        let inbox = &mut self.inbox;
        let at = async |time: Option<Instant>| match time {
            Some(time) => tokio::time::sleep_until(time.into()).await,
            None => std::future::pending().await,
        };
        tokio::select! {
            () = self.stopping.cancelled() => Input::Stop,
            Some(call) = inbox.calls.recv() => Input::Call(call),
            Some(report) = inbox.pool.recv() => Input::Pool(report),
            Ok(()) = self.views.changed() => Input::Views,
            Some(report) = inbox.gateway.recv() => Input::Gateway(report),
            Some((id, result)) = inbox.tested.recv() => Input::Tested(id, result),
            Some(fetched) = inbox.fetched.recv() => Input::Fetched(fetched),
            () = self.subscriptions.asker_left() => Input::AskerLeft,
            () = at(inbox.update_at) => Input::UpdateDue,
            Some(_ended) = self.errands.join_next() => Input::Views,
            () = at(inbox.measure_at) => Input::Measure,
            () = at(inbox.save_at) => Input::Save,
        }
    }

    /// Timers run only while there is something to measure or to save.
    fn plan_timers(&mut self) {
        let is_asked = self.status_asked.is_some_and(|at| at.elapsed() < WATCHED_AFTER_STATUS);
        let is_watched = self.snapshots.receiver_count() > 0 || is_asked || self.needs_cpu();
        let is_running = self.wish.listen.is_some();
        let update_due = self.update_due();
        let moves = is_running || !self.fetches.is_empty();
        let next = |planned: Option<Instant>, every| planned.or_else(|| Some(Instant::now() + every));
        self.inbox.measure_at = if is_watched && moves { next(self.inbox.measure_at, MEASURE_EVERY) } else { None };
        self.inbox.update_at = update_due;
        self.inbox.save_at = if is_running { next(self.inbox.save_at, SAVE_EVERY) } else { None };
    }

    fn measure(&mut self) {
        self.inbox.measure_at = None;
        let processes: Vec<_> = self
            .views
            .borrow()
            .iter()
            .filter_map(|view| Some((view.pid?, Arc::clone(&view.candidate.meter))))
            .collect();
        self.cpu.measure(&processes);
        self.look_at_meters();
        self.look_at_addresses();
    }

    /// Adds to the ledger what the meters have gained.
    pub(super) fn look_at_meters(&mut self) {
        let today = jiff::Zoned::now().date();
        for entry in self.book.entries() {
            self.ledger.look(&entry.id, entry.meter.read(), today);
        }
    }

    pub(super) fn save_traffic(&mut self) {
        self.inbox.save_at = None;
        self.look_at_meters();
        if let Some(file) = self.ledger.take_changed()
            && let Err(error) = store::save(&self.paths.traffic(), &file)
        {
            tracing::error!(error = &error as &dyn std::error::Error, "traffic totals are not saved");
        }
    }

    /// Lets watchers see what has changed.
    fn publish(&mut self) {
        let snapshot = self.snapshot();
        self.note_connection(&snapshot);
        self.snapshots.send_if_modified(|shown| {
            let is_new = **shown != snapshot;
            if is_new {
                *shown = Arc::new(snapshot);
            }
            is_new
        });
    }

    async fn stop(mut self) {
        self.activity.note(EventKind::EngineStopping);
        self.give_desktop_back().await;
        if let Some(gateway) = self.gateway.take() {
            gateway.close().await;
            self.activity.note(EventKind::GatewayClosed);
            gateway.drain(LAST_DRAIN).await;
        }
        self.save_traffic();
        self.errands.shutdown().await;
        self.pool.stop().await;
    }
}
