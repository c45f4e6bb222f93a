//! Takeover: a new engine takes over from a running one. The exchanged state, and the steps between each engine and its
//! host.
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
//! Until `done` the old engine can continue as before: the listening sockets are open in both processes, and meanwhile
//! clients wait in the system's queue. From the offer on it changes none of its files.

mod new_engine;
mod old_engine;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::traffic::TrafficFile;
use crate::gateway::TotalsReading;
use crate::model::meter::MeterReading;
use crate::model::{Fault, NodeId};
use crate::os::take_over::Descriptor;
use crate::proxy::DesiredProxy;
use crate::sites::SiteFile;

/// Queue size for traffic reports.
const LATE_REPORTS: usize = 8;

/// The old engine's offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeOverOffer {
    /// The version of its program.
    pub version: String,
    /// The gateway's address that overrides the settings, if any.
    #[serde(default)]
    listen: Option<SocketAddr>,
    /// The nodes that take connections.
    #[serde(default)]
    members: Vec<NodeId>,
    /// The doors in use.
    #[serde(default)]
    doors: Vec<String>,
    /// The limit of the service manager's watchdog, which is announced only to the first process of a service.
    #[serde(default)]
    pub watchdog: Option<Duration>,
}

impl TakeOverOffer {
    /// The gateway's address that overrides the settings, if any.
    pub fn listen(&self) -> Option<SocketAddr> {
        self.listen
    }
}

/// The state of the old engine when it has stopped accepting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeOverState {
    traffic: TrafficFile,
    /// What is learned about sites; an older engine does not send it.
    #[serde(default)]
    sites: SiteFile,
    totals: TotalsReading,
    nodes: BTreeMap<NodeId, MeterReading>,
    /// The counters of doors.
    #[serde(default)]
    doors: BTreeMap<String, MeterReading>,
    /// The desktop's proxy, if it is set.
    proxy: Option<DesiredProxy>,
}

/// The traffic of the old engine's remaining connections since the last report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateTraffic {
    totals: TotalsReading,
    nodes: BTreeMap<NodeId, MeterReading>,
    /// By the name of the door.
    #[serde(default)]
    doors: BTreeMap<String, MeterReading>,
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

/// The state as received by the new engine.
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

/// The old engine's host's side. If it is dropped before `done`, the engine continues.
pub struct HandOverSteps {
    /// The offer, from the engine.
    pub offer: oneshot::Receiver<TakeOverOffer>,
    /// The commit of the new engine: the ports are paused.
    pub commit: oneshot::Sender<()>,
    /// The state, after the commit.
    pub state: oneshot::Receiver<HandedState>,
    /// The new engine has received everything: this one finishes its connections and exits.
    pub done: oneshot::Sender<()>,
    /// The traffic of these connections; the channel closes with the last one.
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

/// How an engine starts.
pub(super) enum Origin {
    /// From its files.
    Start,
    /// In place of a running engine.
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

/// The new engine's host's side. If it is dropped before `done`, the engine stops.
pub struct TakeOverSteps {
    /// Whether the members serve, from the engine.
    pub warm: oneshot::Receiver<Result<(), Fault>>,
    /// The state of the other engine.
    pub state: oneshot::Sender<TakenState>,
    /// Whether the gateway is open, after the state.
    pub live: oneshot::Receiver<Result<(), Fault>>,
    /// The old engine has been notified.
    pub done: oneshot::Sender<()>,
    /// The traffic of the old engine's remaining connections.
    pub late: mpsc::Sender<LateTraffic>,
}

/// Both sides of a takeover, and the channel for the old engine's traffic.
pub(super) fn take_over(offer: TakeOverOffer) -> (TakeOver, TakeOverSteps, mpsc::Receiver<LateTraffic>) {
    let ((warm, is_warm), (state, stated)) = (oneshot::channel(), oneshot::channel());
    let ((live, is_live), (done, is_done)) = (oneshot::channel(), oneshot::channel());
    let (late, reported) = mpsc::channel(LATE_REPORTS);
    let engine = TakeOver { offer, warm, state: stated, live, done: is_done };
    (engine, TakeOverSteps { warm: is_warm, state, live: is_live, done, late }, reported)
}

/// The event loop's inputs.
pub(super) struct TakeOverInbox {
    /// Other engines that request to take over.
    pub(super) requests: mpsc::Receiver<HandOver>,
    /// The traffic of the engine that this one has taken over from.
    pub(super) late: mpsc::Receiver<LateTraffic>,
}

impl Default for TakeOverInbox {
    /// Channels that never receive anything.
    fn default() -> Self {
        Self { requests: mpsc::channel(1).1, late: mpsc::channel(1).1 }
    }
}
