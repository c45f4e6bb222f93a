//! The engine's rooms together.

mod doors;
mod simulation;
mod site_worlds;
#[cfg(unix)]
mod turns;
mod wiring;

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::event_loop::EventLoop;
use super::{Handle, InheritedPorts, Options, load, snapshot};
use crate::model::Settings;
use crate::os::paths::Paths;

/// An event loop on a new folder, with a free port and checks that fail. It is not running yet.
fn loaded() -> (tempfile::TempDir, Handle, EventLoop) {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::find(Some(home.path())).unwrap();
    paths.create().unwrap();
    let mut settings = Settings::default();
    settings.gateway.listen = "127.0.0.1:0".parse().unwrap();
    settings.health.urls = vec!["http://127.0.0.1:1/".into()];
    settings.health.transfer_bytes = 0;
    settings.health.direct_urls = vec!["http://127.0.0.1:1/".into()];
    std::fs::write(paths.settings(), serde_json::to_vec(&settings).unwrap()).unwrap();
    let (calls, called) = mpsc::channel(64);
    let snapshots = watch::Sender::new(Arc::new(snapshot::initial()));
    let handle = Handle {
        calls,
        snapshots,
        events: broadcast::Sender::new(16),
        connections: Arc::default(),
        pulse: Arc::default(),
    };
    let options = Options { listen: None, inherited: InheritedPorts::default(), program: "sluice".into() };
    let engine = load::load(paths, options, &handle, called, CancellationToken::new()).unwrap();
    (home, handle, engine)
}
