//! A new engine takes over from a running one: what both exchange, and the steps between each engine and its host.
//!
//! ```text
//!   old engine                                new engine
//!   offer: its members                   ─▶   starts the same members, with its ports closed
//!   pauses its ports                     ◀─   commit: they serve
//!   state: counters, ports, proxy        ─▶   opens the gateway on the same sockets
//!   leaves: open connections end there   ◀─   done
//!   traffic of these connections         ─▶   adds it to its counters
//! ```
//!
//! Until `done` the old engine can go on as if nothing had happened: the listening sockets are open in both processes, and
//! meanwhile clients wait in the system's queue. It changes nothing of its files from the offer on.

mod new_engine;
mod old_engine;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::traffic::TrafficFile;
use crate::gateway::TotalsReading;
use crate::model::meter::MeterReading;
use crate::model::{Fault, NodeId};
use crate::os::take_over::Descriptor;
use crate::proxy::DesiredProxy;

/// Most reports of traffic that wait for the event loop.
const LATE_REPORTS: usize = 8;

/// What the old engine says first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeOverOffer {
    /// The version of its program.
    pub version: String,
    /// The gateway's address that goes before the settings, if any.
    #[serde(default)]
    listen: Option<SocketAddr>,
    /// The nodes that take connections.
    #[serde(default)]
    members: Vec<NodeId>,
}

impl TakeOverOffer {
    /// The gateway's address that goes before the settings, if any.
    pub fn listen(&self) -> Option<SocketAddr> {
        self.listen
    }
}

/// The state of the old engine when it has stopped accepting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeOverState {
    traffic: TrafficFile,
    totals: TotalsReading,
    nodes: BTreeMap<NodeId, MeterReading>,
    /// The desktop's proxy, if it is set.
    proxy: Option<DesiredProxy>,
}

/// What the connections that stay with the old engine have carried since the last report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateTraffic {
    totals: TotalsReading,
    nodes: BTreeMap<NodeId, MeterReading>,
}

/// The state that the old engine hands over.
#[derive(Debug)]
pub struct HandedState {
    /// The part that is sent as text.
    pub state: TakeOverState,
    /// The listening sockets of the gateway.
    pub ports: Vec<Descriptor>,
    /// The standard input of the watcher of the desktop's proxy, if that is set.
    pub watcher: Option<Descriptor>,
}

/// The state as the new engine gets it.
#[derive(Debug)]
pub struct TakenState {
    /// The part that was sent as text.
    pub state: TakeOverState,
    /// The listening sockets of the gateway.
    pub ports: Vec<TcpListener>,
    /// The standard input of the watcher of the desktop's proxy.
    pub watcher: Option<Descriptor>,
}

/// The old engine's side of the steps.
pub struct HandOver {
    offer: oneshot::Sender<TakeOverOffer>,
    commit: oneshot::Receiver<()>,
    state: oneshot::Sender<HandedState>,
    done: oneshot::Receiver<()>,
    late: mpsc::Sender<LateTraffic>,
}

/// The side of the old engine's host. If it is dropped before `done`, the engine goes on.
pub struct HandOverSteps {
    /// The first step, by the engine.
    pub offer: oneshot::Receiver<TakeOverOffer>,
    /// The other engine is ready: the ports are paused.
    pub commit: oneshot::Sender<()>,
    /// The state, after that.
    pub state: oneshot::Receiver<HandedState>,
    /// The other engine has everything: this one finishes its connections and ends.
    pub done: oneshot::Sender<()>,
    /// What they carry; ends with the last one.
    pub late: mpsc::Receiver<LateTraffic>,
}

/// Both sides of a hand-over.
pub(super) fn hand_over() -> (HandOver, HandOverSteps) {
    let ((offer, offered), (commit, committed)) = (oneshot::channel(), oneshot::channel());
    let ((state, stated), (done, is_done)) = (oneshot::channel(), oneshot::channel());
    let (late, reported) = mpsc::channel(LATE_REPORTS);
    let engine = HandOver { offer, commit: committed, state, done: is_done, late };
    (engine, HandOverSteps { offer: offered, commit, state: stated, done, late: reported })
}

/// How an engine begins.
pub(super) enum Origin {
    /// Where the last run has ended.
    Start,
    /// In the place of a running engine.
    TakeOver(Box<TakeOver>),
}

/// The new engine's side of the steps.
pub(super) struct TakeOver {
    offer: TakeOverOffer,
    warm: oneshot::Sender<Result<(), Fault>>,
    state: oneshot::Receiver<TakenState>,
    live: oneshot::Sender<Result<(), Fault>>,
    done: oneshot::Receiver<()>,
}

/// The side of the new engine's host. If it is dropped before `done`, the engine ends.
pub struct TakeOverSteps {
    /// Whether the members serve: the first step, by the engine.
    pub warm: oneshot::Receiver<Result<(), Fault>>,
    /// The state of the other engine.
    pub state: oneshot::Sender<TakenState>,
    /// Whether the gateway is open, after that.
    pub live: oneshot::Receiver<Result<(), Fault>>,
    /// The other engine knows it.
    pub done: oneshot::Sender<()>,
    /// What the connections of the other engine carry.
    pub late: mpsc::Sender<LateTraffic>,
}

/// Both sides of a take-over, and where the engine gets the traffic of the other one.
pub(super) fn take_over(offer: TakeOverOffer) -> (TakeOver, TakeOverSteps, mpsc::Receiver<LateTraffic>) {
    let ((warm, is_warm), (state, stated)) = (oneshot::channel(), oneshot::channel());
    let ((live, is_live), (done, is_done)) = (oneshot::channel(), oneshot::channel());
    let (late, reported) = mpsc::channel(LATE_REPORTS);
    let engine = TakeOver { offer, warm, state: stated, live, done: is_done };
    (engine, TakeOverSteps { warm: is_warm, state, live: is_live, done, late }, reported)
}

/// The event loop's inputs.
pub(super) struct TakeOverInbox {
    /// Other engines that want to take over.
    pub(super) requests: mpsc::Receiver<HandOver>,
    /// The traffic of the engine from which this one has taken over.
    pub(super) late: mpsc::Receiver<LateTraffic>,
}

impl Default for TakeOverInbox {
    /// Nothing ever comes.
    fn default() -> Self {
        Self { requests: mpsc::channel(1).1, late: mpsc::channel(1).1 }
    }
}
