//! The desktop's proxy, according to the mode.
//!
//! It points to the gateway only while that is listening: it is set after the port is open and restored before the port
//! is closed. If it cannot be set, the gateway still runs, and an event reports the failure. Setting it runs the
//! desktop's programs, which may hang; so it is done on a separate thread ([`super::busy`]).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinHandle};

use super::activity::ActivityLog;
use crate::model::event::FileFallback;
use crate::model::settings::Mode;
use crate::model::{EventKind, Fault, FaultCode, FileProblem};
use crate::os::take_over::Descriptor;
use crate::proxy::{DesiredProxy, ProxyController, ProxyError, RestoreOutcome};
use crate::rules::pac;

/// Time limit for the gateway to accept a connection from this computer.
const REACH_LIMIT: Duration = Duration::from_secs(2);

/// The desktop's proxy and its state.
pub(super) struct DesktopProxy {
    /// `None` while another thread is working on it.
    controller: Option<ProxyController>,
    lease_file: String,
    /// Why it is not set as the settings require.
    fault: Option<Fault>,
}

/// A change of the desktop's proxy on another thread.
pub(super) type DesktopWork = JoinHandle<(ProxyController, Result<RestoreOutcome, ProxyError>)>;

type FinishedWork = Result<(ProxyController, Result<RestoreOutcome, ProxyError>), JoinError>;

/// The kind of such a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DesktopStep {
    /// Restore what an earlier run has left behind.
    Repair,
    /// Set the proxy.
    Set(Mode),
    /// Restore the previous proxy.
    Restore,
}

impl DesktopProxy {
    /// Nothing is set; the lease is at `file`.
    pub(super) fn new(controller: ProxyController, file: &Path) -> Self {
        let lease_file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { controller: Some(controller), lease_file, fault: None }
    }

    /// The proxy that is set.
    pub(super) fn active(&self) -> Option<&DesiredProxy> {
        self.controller.as_ref().and_then(ProxyController::active)
    }

    /// The state that another engine needs to take over the current proxy.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn share(&self) -> io::Result<Option<(DesiredProxy, Descriptor)>> {
        self.controller.as_ref().map_or(Ok(None), ProxyController::share)
    }

    /// Takes over the proxy that another engine has set.
    pub(super) fn take_over(&mut self, desired: DesiredProxy, watcher: Descriptor) {
        if let Some(controller) = &mut self.controller {
            controller.take_over(desired, watcher);
        }
    }

    /// Leaves the current proxy to another engine.
    pub(super) fn leave(&mut self) {
        if let Some(controller) = &mut self.controller {
            controller.leave();
        }
    }

    /// Why it is not as the settings require; returned once.
    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Starts to restore it; `None` while another change is in progress.
    pub(super) fn start_restoring(&mut self) -> Option<DesktopWork> {
        self.start(ProxyController::restore)
    }

    /// Starts to set it; `None` while another change is in progress.
    pub(super) fn start_setting(&mut self, want: DesiredProxy) -> Option<DesktopWork> {
        self.start(|controller| controller.set(want))
    }

    fn start(
        &mut self,
        work: impl FnOnce(&mut ProxyController) -> Result<RestoreOutcome, ProxyError> + Send + 'static,
    ) -> Option<DesktopWork> {
        let mut controller = self.controller.take()?;
        Some(tokio::task::spawn_blocking(move || {
            let result = work(&mut controller);
            (controller, result)
        }))
    }

    /// Handles the result of a change. `gateway` is the gateway's address, even while it is not listening.
    pub(super) fn finish(&mut self, step: DesktopStep, done: FinishedWork, gateway: SocketAddr, log: &mut ActivityLog) {
        let (controller, result) = done.expect("the task is not aborted and does not panic");
        self.controller = Some(controller);
        match result {
            Ok(returned) => self.record_result(step, returned, log),
            Err(error) => self.note_fault(&error, gateway, log),
        }
    }

    fn record_result(&mut self, step: DesktopStep, returned: RestoreOutcome, log: &mut ActivityLog) {
        match (returned, step) {
            (RestoreOutcome::Nothing, DesktopStep::Repair) => {}
            (RestoreOutcome::All, DesktopStep::Repair) => log.note(EventKind::ProxyRepaired),
            (RestoreOutcome::Nothing | RestoreOutcome::All, DesktopStep::Restore) => log.note(EventKind::ProxyReturned),
            (RestoreOutcome::Nothing | RestoreOutcome::All, DesktopStep::Set(_)) => {}
            (RestoreOutcome::AllButForeign, _) => log.note(EventKind::ProxyLeftAlone),
            (RestoreOutcome::Unknown { kept_as, problem }, _) => log.note(self.broken_lease(kept_as, problem)),
        }
        if let DesktopStep::Set(mode) = step {
            log.note(EventKind::ProxySet { mode });
        }
    }

    fn broken_lease(&self, kept_as: String, problem: FileProblem) -> EventKind {
        let file = self.lease_file.clone();
        EventKind::FileSetAside { file, kept_as, why: problem, used: FileFallback::Nothing }
    }

    fn note_fault(&mut self, error: &ProxyError, gateway: SocketAddr, log: &mut ActivityLog) {
        let fault = match error {
            ProxyError::NoDesktop => Fault::new(FaultCode::NoDesktop, terminal_command(local_addr(gateway))),
            ProxyError::Desktop(_) | ProxyError::NotAccepted(_) | ProxyError::File(_) | ProxyError::Watcher(_) => {
                error.into()
            }
        };
        self.fault = Some(fault.clone());
        log.note(EventKind::ProxyFailed { fault });
    }
}

/// The desired proxy in this mode, with the gateway at `addr` and this script.
pub(super) fn desired(mode: Mode, addr: SocketAddr, script: &str) -> Option<DesiredProxy> {
    match mode {
        Mode::Manual => None,
        Mode::Global => Some(DesiredProxy::Global(local_addr(addr))),
        Mode::Pac => Some(DesiredProxy::Script(format!("http://{}/proxy.pac?{}", local_addr(addr), pac::name(script)))),
    }
}

/// The local address of a listener on all addresses.
pub(super) fn local_addr(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => addr.ip(),
    };
    SocketAddr::new(ip, addr.port())
}

/// Whether the gateway accepts a connection from this computer.
pub(super) async fn is_reachable(addr: SocketAddr) -> bool {
    matches!(tokio::time::timeout(REACH_LIMIT, TcpStream::connect(local_addr(addr))).await, Ok(Ok(_)))
}

/// The environment variables that most command line programs use.
fn terminal_command(addr: SocketAddr) -> String {
    format!(
        "export http_proxy=http://{addr} https_proxy=http://{addr} all_proxy=socks5h://{addr} no_proxy=localhost,127.0.0.1,::1"
    )
}
