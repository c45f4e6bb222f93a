//! The engine and its control server in one process, as started by `sluice serve` and the tray.
//!
//! [`Host`] owns both from start to stop. The engine stops first (the gateway closes its port, open connections may
//! finish, then the members stop) and the control server last, so that `status` works during shutdown. The host also
//! holds the instance lock on its files: if the lock file is deleted, it is locked again, and if another engine has
//! locked a new one by then, this engine stops. This module waits for no signals and prints nothing.
//!
//! A host may take over from that of a running engine ([`new_engine`], [`old_engine`], [`messages`]): it gets the
//! listening sockets, the control socket and the lock as open descriptors, so that at no time is there none.

mod messages;
mod new_engine;
mod old_engine;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::messages::TakeOverError;
use self::old_engine::OldEngine;
use crate::control::transport::Listener;
use crate::control::{Endpoint, server, transport};
use crate::engine::{self, Handle, InheritedPorts, Options, Running, StoreError};
use crate::model::{Cause, Command, Fault, FaultCode, display_as_fault};
use crate::os::descriptors;
use crate::os::paths::Paths;
use crate::os::service_manager;
use crate::os::single_instance::{Instance, InstanceError};
use crate::os::system_error;

/// Queue size for connections from this process.
const BACKLOG: usize = 8;

/// How long the last report to an engine that has taken over may take.
const LAST_REPORT_LIMIT: Duration = Duration::from_millis(200);

/// How often the lock file is checked.
const LOCK_CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// Why the engine could not be started.
#[derive(Debug)]
pub enum HostError {
    /// The control socket cannot be opened.
    ControlSocket(io::Error),
    /// The settings and node files cannot be used.
    Store(StoreError),
    /// The running engine cannot be taken over.
    TakeOver(TakeOverError),
    /// This engine cannot take over from it.
    NotTakenOver(Fault),
    /// The instance lock cannot be used.
    Lock(InstanceError),
}

display_as_fault!(HostError);

impl From<StoreError> for HostError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<TakeOverError> for HostError {
    fn from(error: TakeOverError) -> Self {
        Self::TakeOver(error)
    }
}

impl From<&HostError> for Fault {
    fn from(error: &HostError) -> Self {
        match error {
            HostError::ControlSocket(error) => {
                Self::of(FaultCode::NoEngine, Cause::ControlSocket(system_error::of(error)))
            }
            HostError::Store(error) => error.into(),
            HostError::TakeOver(error) => {
                tracing::warn!(error = error as &dyn std::error::Error, "cannot take over");
                match error {
                    TakeOverError::Io(error) => Self::of(FaultCode::NoTakeOver, system_error::of(error)),
                    TakeOverError::Closed
                    | TakeOverError::Late
                    | TakeOverError::Unexpected(_)
                    | TakeOverError::Ended => Self::new(FaultCode::NoTakeOver, ""),
                }
            }
            HostError::NotTakenOver(fault) => fault.clone(),
            HostError::Lock(error) => error.into(),
        }
    }
}

/// Addresses of the engine in addition to the settings.
#[derive(Clone, Debug, Default)]
pub struct HostPorts {
    /// The gateway's address, which overrides the settings.
    pub listen: Option<SocketAddr>,
    /// Ports that are open already.
    pub inherited: InheritedPorts,
}

/// A running engine and its control server. Dropping it aborts both; [`Host::stop`] shuts them down gracefully.
pub struct Host {
    handle: Handle,
    running: Running,
    control: JoinSet<()>,
    endpoint: Endpoint,
    shutdown: CancellationToken,
    /// The task that holds the instance lock; ends last.
    lock: JoinSet<()>,
    unlock: CancellationToken,
    is_left: CancellationToken,
    /// The limit of the service manager's watchdog.
    watchdog: Option<Duration>,
    /// The takeovers between this engine and its predecessor and successor.
    take_overs: JoinSet<()>,
}

impl Host {
    /// Starts both with the files at `paths`, whose folders must exist. `instance` is the lock on them. Must be called
    /// within a Tokio runtime.
    ///
    /// # Errors
    /// The control socket cannot be opened, or a file can neither be read nor set aside.
    pub fn start(paths: &Paths, instance: Instance, ports: HostPorts) -> Result<Self, HostError> {
        descriptors::raise_limit();
        let listener = transport::listen(paths, &instance).map_err(HostError::ControlSocket)?;
        let HostPorts { listen, inherited } = ports;
        let options = Options { listen, inherited, program: member_program().map_err(HostError::ControlSocket)? };
        let (handle, running) = engine::start(paths.clone(), options)?;
        Ok(Self::of(handle, running, listener, instance, service_manager::watchdog()))
    }

    /// The host of a running engine.
    fn of(
        handle: Handle,
        running: Running,
        listener: Listener,
        instance: Instance,
        watchdog: Option<Duration>,
    ) -> Self {
        let (mut control, shutdown) = (JoinSet::new(), CancellationToken::new());
        let (take_overs, requests) = mpsc::channel(1);
        control.spawn(server::run(listener, handle.clone(), take_overs, shutdown.clone()));
        let (instance, is_left) = (Arc::new(Mutex::new(instance)), CancellationToken::new());
        let old_engine = OldEngine {
            hand_overs: running.hand_overs(),
            instance: Arc::clone(&instance),
            control: shutdown.clone(),
            watchdog,
            is_left: is_left.clone(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(old_engine.answer(requests));
        let (streams, connecting) = mpsc::channel(BACKLOG);
        control.spawn(server::run_in_process(connecting, handle.clone(), shutdown.clone()));
        let endpoint = Endpoint::InProcess(streams);
        let (mut lock, unlock) = (JoinSet::new(), CancellationToken::new());
        lock.spawn(unlock.clone().run_until_cancelled_owned(hold(instance, handle.clone())).map(drop));
        Self { handle, running, control, endpoint, shutdown, lock, unlock, is_left, watchdog, take_overs: tasks }
    }

    /// The endpoint for clients in this process.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// The engine, for this process.
    pub fn engine(&self) -> Handle {
        self.handle.clone()
    }

    /// The interval in which the service manager expects to be notified that the engine works, if it does.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Whether another engine has taken over: this one finishes its connections and ends.
    pub fn is_left(&self) -> bool {
        self.is_left.is_cancelled()
    }

    /// Waits until the engine has stopped by itself, as it does on the `shutdown` command.
    pub async fn ended(&mut self) {
        self.running.ended().await;
    }

    /// Shuts down gracefully. Once `hurry` completes, open connections are cut.
    pub async fn stop(self, hurry: impl Future<Output = ()>) {
        let Self { running, mut control, shutdown, mut lock, unlock, mut take_overs, .. } = self;
        tokio::select! {
            () = running.stop() => {}
            () = hurry => tracing::warn!("second stop request: not waiting for open connections"),
        }
        shutdown.cancel();
        while control.join_next().await.is_some() {}
        let last_reports = async { while take_overs.join_next().await.is_some() {} };
        let _aborted = tokio::time::timeout(LAST_REPORT_LIMIT, last_reports).await;
        unlock.cancel();
        while lock.join_next().await.is_some() {}
    }
}

/// Holds the instance lock, and stops the engine if another process has taken it.
async fn hold(instance: Arc<Mutex<Instance>>, engine: Handle) {
    loop {
        tokio::time::sleep(LOCK_CHECK_INTERVAL).await;
        let acquired = {
            let mut instance = instance.lock().expect("no holder panics");
            if instance.is_current() {
                continue;
            }
            instance.reacquire()
        };
        match acquired {
            Ok(()) => tracing::warn!("the lock file was deleted; it is locked again"),
            Err(InstanceError::Held { pid }) => {
                tracing::error!(?pid, "the lock file was deleted and another engine has locked a new one");
                let _ended = engine.call(Command::Shutdown).await;
                return std::future::pending().await;
            }
            // The folder may be missing only for a moment.
            Err(error @ InstanceError::File { .. }) => tracing::debug!(%error, "the lock file was deleted"),
        }
    }
}

/// The program for members: `sluice`, which is installed next to the other binaries and has fewer dependencies. Falls
/// back to the running program.
fn member_program() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let sluice = own.with_file_name(format!("sluice{}", std::env::consts::EXE_SUFFIX));
    Ok(if sluice.exists() { sluice } else { own })
}
