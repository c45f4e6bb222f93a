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
mod desktop;
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
mod reports;
mod revisions;
mod rules;
mod snapshot;
mod store;
mod subscriptions;
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
}

/// Starts the engine with the files at `paths`, whose folders must exist.
///
/// # Errors
/// A file can neither be read nor set aside.
pub fn start(paths: Paths, options: Options) -> Result<(Handle, Running), StoreError> {
    // Calls are handled one after another; callers wait while this queue is full.
    let (calls, called) = mpsc::channel(64);
    let snapshots = watch::Sender::new(Arc::new(snapshot::initial()));
    // A listener that falls this far behind misses events, and is notified of that.
    let events = broadcast::Sender::new(1_024);
    let handle = Handle { calls, snapshots, events, connections: Arc::default() };
    let stopping = CancellationToken::new();
    let event_loop = load::load(paths, options, &handle, called, stopping.clone())?;
    let mut work = JoinSet::new();
    work.spawn(event_loop.run());
    Ok((handle, Running { stopping, work }))
}

impl Running {
    /// Waits until the engine has stopped on its own, as after the `shutdown` command.
    pub async fn ended(&mut self) {
        while self.work.join_next().await.is_some() {}
    }

    /// Shuts down gracefully: no new connections, a few seconds for open ones, then the members.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        self.ended().await;
    }
}
