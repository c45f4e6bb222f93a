//! The desktop's proxy, as the mode wants it.
//!
//! It leads to the gateway only while that answers: it is set after the port is open and given back before it closes.
//! A desktop that cannot be set is no reason to carry no traffic: it is told, and the port is open all the same.
//! Setting it runs the desktop's programs, which may hang; so all of it is done on a thread of its own, and the event
//! loop goes on meanwhile ([`super::busy`]).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinHandle};

use super::activity::ActivityLog;
use crate::model::event::Substitute;
use crate::model::settings::Mode;
use crate::model::{EventKind, Fault, FaultCode, FileProblem};
use crate::proxy::{DesiredProxy, ProxyController, ProxyError, RestoreOutcome};
use crate::rules::pac;

/// How long the gateway may take to accept a connection from this very machine.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// The desktop's proxy and what it has been made to be.
pub(super) struct DesktopProxy {
    /// Away while it is worked on.
    keeper: Option<ProxyController>,
    lease_file: String,
    /// Why it is not as the settings want it.
    fault: Option<Fault>,
}

/// Work on the desktop's proxy that is under way on another thread.
pub(super) type DesktopWork = JoinHandle<(ProxyController, Result<RestoreOutcome, ProxyError>)>;

type WorkDone = Result<(ProxyController, Result<RestoreOutcome, ProxyError>), JoinError>;

/// What such work is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DesktopStep {
    /// To give back what an earlier run has left behind.
    Repair,
    /// To set the proxy.
    Set(Mode),
    /// To give it back.
    GiveBack,
}

impl DesktopProxy {
    /// Nothing is set; the lease is at `file`.
    pub(super) fn new(keeper: ProxyController, file: &Path) -> Self {
        let lease_file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { keeper: Some(keeper), lease_file, fault: None }
    }

    /// What it has been made to be.
    pub(super) fn held(&self) -> Option<&DesiredProxy> {
        self.keeper.as_ref().and_then(ProxyController::active)
    }

    /// Why it is not as the settings want it; told once.
    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Starts to give it back; none while it is worked on.
    pub(super) fn start_giving_back(&mut self) -> Option<DesktopWork> {
        self.start(ProxyController::restore)
    }

    /// Starts to set it; none while it is worked on.
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

    /// Takes in what came of work that has ended. `gateway` is where the gateway listens, or would.
    pub(super) fn finish(&mut self, step: DesktopStep, done: WorkDone, gateway: SocketAddr, log: &mut ActivityLog) {
        let (keeper, result) = done.expect("it is not aborted and does not panic");
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
        EventKind::FileSetAside { file, kept_as, why: problem, used: Substitute::Nothing }
    }

    fn note_fault(&mut self, error: &ProxyError, gateway: SocketAddr, log: &mut ActivityLog) {
        let fault = match error {
            ProxyError::NoDesktop => Fault::new(FaultCode::NoDesktop, terminal_command(here(gateway))),
            ProxyError::Desktop(_) | ProxyError::NotTaken(_) | ProxyError::File(_) | ProxyError::Watcher(_) => {
                error.into()
            }
        };
        self.fault = Some(fault.clone());
        log.note(EventKind::ProxyFailed { fault });
    }
}

/// What the desktop's proxy is to be in this mode, with the gateway at `addr` and this script.
pub(super) fn wanted(mode: Mode, addr: SocketAddr, script: &str) -> Option<DesiredProxy> {
    match mode {
        Mode::Manual => None,
        Mode::Global => Some(DesiredProxy::Global(here(addr))),
        Mode::Pac => Some(DesiredProxy::Script(format!("http://{}/proxy.pac?{}", here(addr), pac::name(script)))),
    }
}

/// Where this machine reaches what listens on all addresses.
pub(super) fn here(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => addr.ip(),
    };
    SocketAddr::new(ip, addr.port())
}

/// Whether the gateway takes a connection from this very machine.
pub(super) async fn answers(addr: SocketAddr) -> bool {
    matches!(tokio::time::timeout(ANSWERS_WITHIN, TcpStream::connect(here(addr))).await, Ok(Ok(_)))
}

/// What most programs in a terminal go by.
fn terminal_command(addr: SocketAddr) -> String {
    format!(
        "export http_proxy=http://{addr} https_proxy=http://{addr} all_proxy=socks5h://{addr} no_proxy=localhost,127.0.0.1,::1"
    )
}
