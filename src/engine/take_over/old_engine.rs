//! The old engine: it hands over and finishes its connections.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::{HandOver, HandedState, LateTraffic, TakeOverOffer, TakeOverState};
use crate::engine::event_loop::EventLoop;
use crate::engine::store::FileOwner;
use crate::gateway::TotalsReading;
use crate::model::NodeId;
use crate::model::meter::MeterReading;

/// How often the traffic of the remaining connections is reported.
const REPORT_INTERVAL: Duration = Duration::from_millis(500);

/// The counters of the last report.
#[derive(Clone, Default)]
struct Counters {
    totals: TotalsReading,
    nodes: BTreeMap<NodeId, MeterReading>,
    doors: BTreeMap<String, MeterReading>,
}

impl EventLoop {
    /// Hands over to another engine, or continues if that fails. Calls that would change something wait meanwhile.
    pub(in crate::engine) async fn hand_over(&mut self, steps: HandOver) {
        let HandOver { offer, commit, state, done, late } = steps;
        let stopping = self.inbox.stopping.clone();
        let is_offered = offer.send(self.take_over_offer()).is_ok();
        let is_committed = self.while_busy(stopping.run_until_cancelled(commit)).await;
        if !is_offered || !matches!(is_committed, Some(Ok(()))) {
            tracing::warn!("another engine has cancelled its takeover");
            return;
        }
        self.listening.pause().await;
        let mut counters = self.counters();
        let handed = self.handed_state(&counters).map(|handed| state.send(handed).is_ok());
        if !matches!(handed, Ok(true)) || self.while_busy(done).await.is_err() {
            tracing::warn!(error = ?handed.err(), "another engine has failed to take over; this one continues");
            self.listening.resume();
            return;
        }
        tracing::info!("another engine has taken over; this one finishes its connections");
        self.leave().await;
        self.finish_connections(&late, &mut counters).await;
        self.inbox.stopping.cancel();
    }

    fn take_over_offer(&self) -> TakeOverOffer {
        let members = self.members.roster().borrow().upstreams.iter().map(|upstream| upstream.id.clone()).collect();
        TakeOverOffer {
            version: env!("CARGO_PKG_VERSION").into(),
            listen: self.planner.listen_option(),
            members,
            doors: self.planner.doors.started(),
            watchdog: None,
        }
    }

    fn counters(&self) -> Counters {
        let nodes = self.nodes.readings().map(|(id, reading)| (id.clone(), reading));
        Counters {
            totals: self.listening.totals().read(),
            nodes: nodes.collect(),
            doors: self.planner.doors.readings(),
        }
    }

    fn handed_state(&mut self, counters: &Counters) -> io::Result<HandedState> {
        self.traffic.record(counters.nodes.iter().map(|(id, reading)| (id, *reading)));
        let (proxy, watcher) = self.desktop.share()?.unzip();
        let traffic = self.traffic.file();
        let (sites, totals, nodes) = (self.listening.sites().file(), counters.totals, counters.nodes.clone());
        let doors = counters.doors.clone();
        let state = TakeOverState { traffic, sites, totals, nodes, doors, proxy };
        Ok(HandedState { state, ports: self.listening.descriptors()?, watcher })
    }

    /// Leaves files, desktop and calls to the other engine.
    async fn leave(&mut self) {
        self.files.belong_to(FileOwner::Another);
        self.desktop.leave();
        self.inbox.calls.close();
        while self.inbox.calls.try_recv().is_ok() {}
        self.inbox.open = Default::default();
        self.inbox.deferred.clear();
        self.fetches.stop().await;
        self.tests.stop().await;
    }

    /// Waits until all connections have ended, and reports their traffic.
    async fn finish_connections(&mut self, late: &mpsc::Sender<LateTraffic>, counters: &mut Counters) {
        let drain_limit = Duration::from_secs(self.settings.gateway.drain_limit_s);
        let mut connections = self.listening.leave(drain_limit).await;
        let stopping = self.inbox.stopping.clone();
        let mut finished = Box::pin(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = async { while connections.join_next().await.is_some() {} } => {}
            }
        });
        loop {
            let step = async { tokio::time::timeout(REPORT_INTERVAL, &mut finished).await };
            let step = self.while_busy(step).await;
            self.report_late(late, counters);
            if step.is_ok() {
                return;
            }
        }
    }

    fn report_late(&self, late: &mpsc::Sender<LateTraffic>, before: &mut Counters) {
        let now = self.counters();
        let traffic = LateTraffic {
            totals: now.totals.since(&before.totals),
            nodes: gains(&now.nodes, &before.nodes),
            doors: gains(&now.doors, &before.doors),
        };
        if traffic == LateTraffic::default() {
            return;
        }
        match late.try_send(traffic) {
            Ok(()) | Err(TrySendError::Closed(_)) => *before = now,
            // Included in the next report.
            Err(TrySendError::Full(_)) => {}
        }
    }
}

/// What was counted since an earlier reading, without what has not changed.
fn gains<K: Ord + Clone>(
    now: &BTreeMap<K, MeterReading>,
    before: &BTreeMap<K, MeterReading>,
) -> BTreeMap<K, MeterReading> {
    let gain = |(key, reading): (&K, &MeterReading)| {
        let gain = reading.since(&before.get(key).copied().unwrap_or_default());
        (gain != MeterReading::default()).then(|| (key.clone(), gain))
    };
    now.iter().filter_map(gain).collect()
}
