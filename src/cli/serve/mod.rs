//! `serve`: the engine in the foreground.
//!
//! Starts in order: folders, the lock that makes this the only engine on these files, the log, then engine and
//! control server ([`crate::host`]). With `--take-over` a running engine hands over its lock, control socket and ports;
//! [`background`] starts such a process and returns when it has taken over. A signal stops it gracefully; a second signal ends the draining. A service manager is notified of the progress ([`service`]),
//! and may pass open ports.

mod background;
mod service;

use std::net::SocketAddr;

pub(super) use self::background::take_over_in_background;
use super::exit::CliError;
use crate::host::{Host, HostPorts};
use crate::logs::{self, Console};
use crate::os::paths::Paths;
use crate::os::service_manager::{self, ServiceState};
use crate::os::signals::StopSignals;
use crate::os::single_instance::{Instance, InstanceError};

/// What to do if another engine is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServeStart {
    /// Fail.
    Alone,
    /// Take over from it.
    TakeOver,
}

pub(super) fn run(paths: &Paths, listen: Option<SocketAddr>, start: ServeStart) -> Result<(), CliError> {
    paths.create()?;
    let instance = match (Instance::acquire(&paths.lock()), start) {
        (Ok(instance), _) => Some(instance),
        (Err(InstanceError::Held { .. }), ServeStart::TakeOver) => None,
        (Err(error), _) => return Err(CliError::Fault((&error).into())),
    };
    let _log = logs::start(paths.logs(), Console::Stderr).map_err(|error| CliError::Fault((&error).into()))?;
    let ports = service::ports(listen, service_manager::take_listeners());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(paths, instance, ports))
}

async fn serve(paths: &Paths, instance: Option<Instance>, ports: HostPorts) -> Result<(), CliError> {
    let mut signals = StopSignals::new()?;
    let host = match instance {
        Some(instance) => Host::start(paths, instance, ports),
        None => Host::take_over(paths, ports).await,
    };
    let mut host = host.map_err(|error| CliError::Fault((&error).into()))?;
    let (engine, watchdog) = (host.engine(), host.watchdog());
    tokio::select! {
        () = signals.next() => tracing::info!("stop requested"),
        () = host.ended() => {}
        () = service::report(&engine, watchdog) => {}
    }
    drop(engine);
    if !host.is_left() {
        service_manager::notify(ServiceState::Stopping);
    }
    host.stop(signals.next()).await;
    Ok(())
}
