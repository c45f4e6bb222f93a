//! The engine: the owner of settings, nodes and all other state.
//!
//! One [`event_loop`] holds the owners of the state and handles commands ([`commands`]), reports of pool and gateway
//! ([`reports`]), downloads, and timers. [`plan`], a pure function, turns a change of the settings into changes that
//! [`apply`] carries out; if one fails, nothing has changed, and the caller gets the reason. All other rooms use a
//! [`Handle`]: calls, a snapshot to watch, a stream of events. The engine knows no user interface and formats no
//! messages.
//!
//! ```text
//!  Command ─▶ settings' ─plan─▶ changes ─apply─▶ listening, members, desktop
//!  Report  ─▶ Snapshot (watch), Event (broadcast)
//! ```
//!
//! An owner ([`rules`], [`desktop`], [`listening`], [`traffic`], [`subscriptions`], [`nodes`], [`fetches`] …) has
//! private fields and knows neither the loop nor its siblings; only [`apply`], [`commands`] and [`snapshot`] use
//! several of them.

mod activity;
mod apply;
mod backup;
mod busy;
mod calls;
mod commands;
mod desired_members;
mod desktop;
mod doors;
mod event_loop;
mod fetches;
mod foreign;
mod handle;
mod listening;
mod load;
mod members;
mod node_tests;
mod nodes;
mod plan;
mod publisher;
mod releases;
mod reports;
mod revisions;
mod rules;
mod site_checks;
mod sites;
mod snapshot;
mod store;
mod subscriptions;
mod take_over;
#[cfg(test)]
mod tests;
mod traffic;
mod workers;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

#[cfg(test)]
pub(crate) use self::handle::Call;
pub use self::handle::Handle;
pub use self::listening::InheritedPorts;
pub use self::store::StoreError;
use self::take_over::{HandOver, Origin, TakeOverInbox};
pub use self::take_over::{
    HandOverSteps, HandedState, LateTraffic, TakeOverOffer, TakeOverState, TakeOverSteps, TakenState,
};
use crate::model::Fault;
use crate::os::paths::Paths;

/// Options of a start that are not settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// Overrides the gateway's address in the settings.
    pub listen: Option<SocketAddr>,
    /// Ports that are open already.
    pub inherited: InheritedPorts,
    /// The `sluice` program, for member processes.
    pub program: PathBuf,
}

/// A running engine. Dropping it kills the members; [`Running::stop`] shuts down gracefully.
pub struct Running {
    stopping: CancellationToken,
    work: JoinSet<()>,
    hand_overs: mpsc::Sender<HandOver>,
}

/// Starts the engine with the files at `paths`, whose folders must exist.
///
/// # Errors
/// A file can neither be read nor set aside.
pub fn start(paths: Paths, options: Options) -> Result<(Handle, Running), StoreError> {
    begin(paths, options, Origin::Start, mpsc::channel(1).1)
}

/// Starts the engine beside a running one, whose place it takes.
///
/// # Errors
/// A file cannot be read, or is corrupt; it stays as it is.
pub fn start_after(
    offer: TakeOverOffer,
    paths: Paths,
    options: Options,
) -> Result<(Handle, Running, TakeOverSteps), Fault> {
    load::check(&paths)?;
    let (engine, steps, late) = take_over::take_over(offer);
    let (handle, running) =
        begin(paths, options, Origin::TakeOver(Box::new(engine)), late).map_err(|error| Fault::from(&error))?;
    Ok((handle, running, steps))
}

fn begin(
    paths: Paths,
    options: Options,
    origin: Origin,
    late: mpsc::Receiver<LateTraffic>,
) -> Result<(Handle, Running), StoreError> {
    // Calls are answered one after another; a program that fills this queue has to wait.
    let (calls, called) = mpsc::channel(64);
    let snapshots = watch::Sender::new(Arc::new(snapshot::initial()));
    // A listener that falls this far behind misses events, and is notified of that.
    let events = broadcast::Sender::new(1_024);
    let handle = Handle { calls, snapshots, events, connections: Arc::default(), pulse: Arc::default() };
    let stopping = CancellationToken::new();
    let mut event_loop = load::load(paths, options, &handle, called, stopping.clone())?;
    let (hand_overs, requests) = mpsc::channel(1);
    event_loop.inbox.take_over = TakeOverInbox { requests, late };
    let mut work = JoinSet::new();
    work.spawn(event_loop.run(origin));
    Ok((handle, Running { stopping, work, hand_overs }))
}

/// Asks a running engine to hand over.
#[derive(Clone)]
pub struct HandOvers(mpsc::Sender<HandOver>);

impl HandOvers {
    /// Begins a hand-over; `None` if the engine has ended.
    pub async fn begin(&self) -> Option<HandOverSteps> {
        let (engine, steps) = take_over::hand_over();
        self.0.send(engine).await.ok().map(|()| steps)
    }
}

impl Running {
    /// Waits until the engine has stopped on its own, as after the `shutdown` command.
    pub async fn ended(&mut self) {
        while self.work.join_next().await.is_some() {}
    }

    /// Where another engine requests to take over from this one.
    pub fn hand_overs(&self) -> HandOvers {
        HandOvers(self.hand_overs.clone())
    }

    /// Shuts down in order: no new connections, a few seconds for open ones, then the members.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        self.ended().await;
    }
}
