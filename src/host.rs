//! The engine with its door, in this process: what `sluice serve` and the tray both start.
//!
//! Owns both from the start to the end. They end in the order in which people can still ask how it
//! goes: the engine first (its gateway closes its port, then what is open may finish, then members
//! end), the control server last. A host holds the lock that makes it the only one on its files: where the lock file
//! is deleted it is locked again, and where another engine was faster this one ends. Nothing here waits for a signal
//! or shows anything.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::control::{Endpoint, server, transport};
use crate::engine::{self, Handle, Options, Running, StoreError};
use crate::model::{Cause, Command, Fault, FaultCode, display_as_fault};
use crate::os::descriptors;
use crate::os::obstacle;
use crate::os::paths::Paths;
use crate::os::single_instance::{Instance, InstanceError};

/// Connections from this process that wait to be attended.
const WAITING: usize = 8;

/// How often it is looked whether the lock is still there.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why there is no engine.
#[derive(Debug)]
pub enum HostError {
    /// Nobody could speak to it.
    Door(io::Error),
    /// Its files cannot be used.
    Store(StoreError),
}

display_as_fault!(HostError);

impl From<StoreError> for HostError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<&HostError> for Fault {
    fn from(error: &HostError) -> Self {
        match error {
            HostError::Door(error) => Self::of(FaultCode::NoEngine, Cause::Door(obstacle::of(error))),
            HostError::Store(error) => error.into(),
        }
    }
}

/// A running engine and its door. Dropping it kills both; [`Host::stop`] ends in good order.
pub struct Host {
    handle: Handle,
    running: Running,
    door: JoinSet<()>,
    endpoint: Endpoint,
    shutdown: CancellationToken,
    /// Holds the lock; ends after all else.
    lock: JoinSet<()>,
    unlock: CancellationToken,
}

impl Host {
    /// Starts both with the files at `paths`, whose folders exist; `instance` is the proof that
    /// nobody else uses them. Must be called on a runtime. `listen` goes before the settings.
    ///
    /// # Errors
    /// The socket cannot be opened, or a file can neither be read nor set aside.
    pub fn start(paths: &Paths, instance: Instance, listen: Option<SocketAddr>) -> Result<Self, HostError> {
        descriptors::raise_limit();
        let listener = transport::listen(paths, &instance).map_err(HostError::Door)?;
        let options = Options { listen, program: member_program().map_err(HostError::Door)? };
        let (handle, running) = engine::start(paths.clone(), options)?;
        let (mut door, shutdown) = (JoinSet::new(), CancellationToken::new());
        door.spawn(server::run(listener, handle.clone(), shutdown.clone()));
        let (streams, connecting) = mpsc::channel(WAITING);
        door.spawn(server::run_in_process(connecting, handle.clone(), shutdown.clone()));
        let endpoint = Endpoint::InProcess(streams);
        let (mut lock, unlock) = (JoinSet::new(), CancellationToken::new());
        lock.spawn(unlock.clone().run_until_cancelled_owned(hold(instance, handle.clone())).map(drop));
        Ok(Self { handle, running, door, endpoint, shutdown, lock, unlock })
    }

    /// How the engine is reached from this process.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// Waits until the engine has ended by itself, as it does when it is told to over the door.
    pub async fn ended(&mut self) {
        self.running.ended().await;
    }

    /// Stops in order. When `hurry` is ready, open connections are not waited for any more.
    pub async fn stop(self, hurry: impl Future<Output = ()>) {
        let Self { handle: _handle, running, mut door, endpoint: _endpoint, shutdown, mut lock, unlock } = self;
        tokio::select! {
            () = running.stop() => {}
            () = hurry => tracing::warn!("asked again: not waiting for open connections"),
        }
        shutdown.cancel();
        while door.join_next().await.is_some() {}
        unlock.cancel();
        while lock.join_next().await.is_some() {}
    }
}

/// Holds the lock, and ends the engine where another one has it.
async fn hold(mut instance: Instance, engine: Handle) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if instance.is_current() {
            continue;
        }
        match instance.reacquire() {
            Ok(()) => tracing::warn!("the lock file was deleted; it is locked again"),
            Err(InstanceError::Held { pid }) => {
                tracing::error!(?pid, "the lock file was deleted and another engine has locked a new one");
                let _ended = engine.call(Command::Shutdown).await;
                return std::future::pending().await;
            }
            // The folder may be made anew.
            Err(error @ InstanceError::File { .. }) => tracing::debug!(%error, "the lock file was deleted"),
        }
    }
}

/// The program that members are started from: `sluice`, which stands beside every other program of
/// ours and links nothing that a member does not need.
fn member_program() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let sluice = own.with_file_name(format!("sluice{}", std::env::consts::EXE_SUFFIX));
    Ok(if sluice.exists() { sluice } else { own })
}
