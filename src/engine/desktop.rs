//! The desktop's proxy, according to the mode.
//!
//! It points to the gateway only while that is listening: it is set after the port is open and restored before the port
//! is closed. If it cannot be set, the gateway still runs, and an event reports the failure. Setting it runs the
//! desktop's programs, which may hang; so it is done on a separate thread ([`super::busy`]).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinHandle};

use super::activity::ActivityLog;
use crate::model::event::FileFallback;
use crate::model::settings::Mode;
use crate::model::{EventKind, Fault, FaultCode, FileProblem};
use crate::proxy::{DesiredProxy, ProxyController, ProxyError, RestoreOutcome};
use crate::rules::pac;

/// Time limit for the gateway to accept a connection from this computer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// The desktop's proxy and its state.
pub(super) struct DesktopProxy {
    /// `None` while another thread is working on it.
    keeper: Option<ProxyController>,
    lease_file: String,
    /// Why it is not set as the settings require.
    fault: Option<Fault>,
}

/// A change of the desktop's proxy on another thread.
pub(super) type DesktopWork = JoinHandle<(ProxyController, Result<RestoreOutcome, ProxyError>)>;

type WorkDone = Result<(ProxyController, Result<RestoreOutcome, ProxyError>), JoinError>;

/// The kind of such a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DesktopStep {
    /// Restore what an earlier run has left behind.
    Repair,
    /// Set the proxy.
    Set(Mode),
    /// Restore the previous proxy.
    GiveBack,
}

impl DesktopProxy {
    /// Nothing is set; the lease is at `file`.
    pub(super) fn new(keeper: ProxyController, file: &Path) -> Self {
        let lease_file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { keeper: Some(keeper), lease_file, fault: None }
    }

    /// The proxy that is set.
    pub(super) fn held(&self) -> Option<&DesiredProxy> {
        self.keeper.as_ref().and_then(ProxyController::active)
    }

    /// Why it is not set as the settings require; returned once.
    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Starts to restore it; `None` while another change is in progress.
    pub(super) fn start_giving_back(&mut self) -> Option<DesktopWork> {
        self.start(ProxyController::restore)
    }

    /// Starts to set it; `None` while another change is in progress.
    pub(super) fn start_setting(&mut self, want: DesiredProxy) -> Option<DesktopWork> {
        self.start(|keeper| keeper.set(want))
    }

    fn start(
        &mut self,
        work: impl FnOnce(&mut ProxyController) -> Result<RestoreOutcome, ProxyError> + Send + 'static,
    ) -> Option<DesktopWork> {
        let mut keeper = self.keeper.take()?;
        Some(tokio::task::spawn_blocking(move || {
            let result = work(&mut keeper);
            (keeper, result)
        }))
    }

    /// Handles the result of a change. `gateway` is the gateway's address, even while it is not listening.
    pub(super) fn finish(&mut self, step: DesktopStep, done: WorkDone, gateway: SocketAddr, log: &mut ActivityLog) {
        let (keeper, result) = done.expect("the task is not aborted and does not panic");
        self.keeper = Some(keeper);
        match result {
            Ok(returned) => self.note_returned(step, returned, log),
            Err(error) => self.note_fault(&error, gateway, log),
        }
    }

    fn note_returned(&mut self, step: DesktopStep, returned: RestoreOutcome, log: &mut ActivityLog) {
        match (returned, step) {
            (RestoreOutcome::Nothing, DesktopStep::Repair) => {}
            (RestoreOutcome::All, DesktopStep::Repair) => log.note(EventKind::ProxyRepaired),
            (RestoreOutcome::Nothing | RestoreOutcome::All, DesktopStep::GiveBack) => {
                log.note(EventKind::ProxyReturned)
            }
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
            ProxyError::NoDesktop => Fault::new(FaultCode::NoDesktop, terminal_command(here(gateway))),
            ProxyError::Desktop(_) | ProxyError::NotAccepted(_) | ProxyError::File(_) | ProxyError::Watcher(_) => {
                error.into()
            }
        };
        self.fault = Some(fault.clone());
        log.note(EventKind::ProxyFailed { fault });
    }
}

/// The desired proxy in this mode, with the gateway at `addr` and this script.
pub(super) fn wanted(mode: Mode, addr: SocketAddr, script: &str) -> Option<DesiredProxy> {
    match mode {
        Mode::Manual => None,
        Mode::Global => Some(DesiredProxy::Global(here(addr))),
        Mode::Pac => Some(DesiredProxy::Script(format!("http://{}/proxy.pac?{}", here(addr), pac::name(script)))),
    }
}

/// The local address of a listener on all addresses.
pub(super) fn here(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => addr.ip(),
    };
    SocketAddr::new(ip, addr.port())
}

/// Whether the gateway accepts a connection from this computer.
pub(super) async fn answers(addr: SocketAddr) -> bool {
    matches!(tokio::time::timeout(ANSWERS_WITHIN, TcpStream::connect(here(addr))).await, Ok(Ok(_)))
}

/// The environment variables that most command line programs use.
fn terminal_command(addr: SocketAddr) -> String {
    format!(
        "export http_proxy=http://{addr} https_proxy=http://{addr} all_proxy=socks5h://{addr} no_proxy=localhost,127.0.0.1,::1"
    )
}
