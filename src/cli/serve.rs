//! `serve`: the engine in the foreground.
//!
//! Starts in order: folders, the lock that makes this the only engine on these files, the log, then engine and
//! control server ([`crate::host`]). A signal stops it in order; a second signal stops the draining.

use std::net::SocketAddr;

use super::exit::CliError;
use crate::host::Host;
use crate::logs::{self, Console};
use crate::os::paths::Paths;
use crate::os::signals::StopSignals;
use crate::os::single_instance::Instance;

pub(super) fn run(paths: &Paths, listen: Option<SocketAddr>) -> Result<(), CliError> {
    paths.create()?;
    let instance = Instance::acquire(&paths.lock()).map_err(|error| CliError::Fault((&error).into()))?;
    let _log = logs::start(paths.logs(), Console::Stderr).map_err(|error| CliError::Fault((&error).into()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(paths, instance, listen))
}

async fn serve(paths: &Paths, instance: Instance, listen: Option<SocketAddr>) -> Result<(), CliError> {
    let mut signals = StopSignals::new()?;
    let mut host = Host::start(paths, instance, listen).map_err(|error| CliError::Fault((&error).into()))?;
    tokio::select! {
        () = signals.next() => tracing::info!("asked to stop"),
        () = host.ended() => {}
    }
    host.stop(signals.next()).await;
    Ok(())
}
