//! `serve`: the engine in the foreground.
//!
//! Starts from the ground up: folders, the lock that makes this the only engine on these files, the
//! log, the engine, the door. Ends in the reverse order: the engine first (its gateway closes its
//! port, then what is open may finish, then members end), the door last, so that `status` can be
//! asked while that goes on. A second signal ends the waiting.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::ending::Failed;
use crate::control::{server, transport};
use crate::engine::{self, Options};
use crate::logs::{self, Console};
use crate::os::descriptors;
use crate::os::paths::Paths;
use crate::os::single_instance::Instance;

pub(super) fn run(paths: &Paths, listen: Option<SocketAddr>) -> Result<(), Failed> {
    paths.create()?;
    let instance = Instance::acquire(&paths.lock()).map_err(|error| Failed::of(&error))?;
    let _log = logs::start(paths.logs(), Console::Stderr).map_err(|error| Failed::of(&error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let options = Options { listen, program: member_program()? };
    descriptors::raise_limit();
    runtime.block_on(serve(paths, &instance, options))
}

/// The program that members are started from: `sluice`, which stands beside every other program of
/// ours and links nothing that a member does not need.
fn member_program() -> std::io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let sluice = own.with_file_name(format!("sluice{}", std::env::consts::EXE_SUFFIX));
    Ok(if sluice.exists() { sluice } else { own })
}

async fn serve(paths: &Paths, instance: &Instance, options: Options) -> Result<(), Failed> {
    let mut signals = Signals::new()?;
    let listener = transport::listen(paths, instance)?;
    let (handle, mut running) = engine::start(paths.clone(), options).map_err(|error| Failed::of(&error))?;

    let shutdown = CancellationToken::new();
    let mut door = JoinSet::new();
    door.spawn(server::run(listener, handle, shutdown.clone()));

    tokio::select! {
        () = signals.next() => tracing::info!("asked to stop"),
        () = running.ended() => {}
    }
    tokio::select! {
        () = running.stop() => {}
        () = signals.next() => tracing::warn!("asked again: not waiting for open connections"),
    }
    shutdown.cancel();
    while door.join_next().await.is_some() {}
    Ok(())
}

/// The signals by which a system or a person asks a program to stop.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?]))
    }

    async fn next(&mut self) {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// The events by which a system or a person asks a program to stop.
#[cfg(windows)]
struct Signals {
    ctrl_c: tokio::signal::windows::CtrlC,
    ctrl_break: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::windows;

        Ok(Self {
            ctrl_c: windows::ctrl_c()?,
            ctrl_break: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            shutdown: windows::ctrl_shutdown()?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.ctrl_break.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}
