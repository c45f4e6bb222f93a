//! The engine: the one owner of settings, nodes and truth.
//!
//! One [`event_loop`] holds the owners of all state and takes in what users ask for ([`commands`]), what
//! pool and gateway report ([`reports`]), what was fetched, and the time. What the user wants (`Settings`)
//! becomes what is by [`plan`], a pure rule, and [`apply`], which does it; a change that cannot be made
//! changes nothing and says why. Everybody else holds a [`Handle`]: calls, a snapshot to watch, a stream of
//! events. The engine knows no user interface and makes no sentences.
//!
//! ```text
//!  Command ─▶ settings' ─plan─▶ changes ─apply─▶ listening, members, desktop
//!  Report  ─▶ Snapshot (watch), Event (broadcast)
//! ```
//!
//! An owner ([`rules`], [`desktop`], [`listening`], [`traffic`], [`subscriptions`], [`nodes`], [`fetches`] …) keeps
//! its fields to itself and knows neither the loop nor its siblings; only [`apply`], [`commands`] and [`snapshot`]
//! see several of them.

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
pub use self::store::StoreError;
use crate::os::paths::Paths;

/// What a start says besides the settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// Listen here, whatever the settings say.
    pub listen: Option<SocketAddr>,
    /// The `sluice` program, for member processes.
    pub program: PathBuf,
}

/// A running engine. Dropping it kills the members; [`Running::stop`] ends in good order.
pub struct Running {
    stopping: CancellationToken,
    work: JoinSet<()>,
}

/// Starts the engine with the files at `paths`, whose folders exist.
///
/// # Errors
/// A file that is there and can neither be read nor set aside.
pub fn start(paths: Paths, options: Options) -> Result<(Handle, Running), StoreError> {
    // Calls are answered one after another; a queue this long is a program gone wild, which waits.
    let (calls, called) = mpsc::channel(64);
    let snapshots = watch::Sender::new(Arc::new(snapshot::nothing_yet()));
    // A listener that falls this far behind is told that it missed some.
    let events = broadcast::Sender::new(1_024);
    let handle = Handle { calls, snapshots, events, connections: Arc::default() };
    let stopping = CancellationToken::new();
    let event_loop = load::load(paths, options, &handle, called, stopping.clone())?;
    let mut work = JoinSet::new();
    work.spawn(event_loop.run());
    Ok((handle, Running { stopping, work }))
}

impl Running {
    /// Waits until the engine has stopped by itself, as it does on the `shutdown` command.
    pub async fn ended(&mut self) {
        while self.work.join_next().await.is_some() {}
    }

    /// Stops in order: no new connection, a few seconds for those that are open, then the members.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        self.ended().await;
    }
}
