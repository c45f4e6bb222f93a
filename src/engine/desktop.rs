//! The desktop's proxy, as the mode wants it.
//!
//! It leads to the gateway only while that answers: it is set after the port is open and given back
//! before it closes. A desktop that cannot be set is no reason to carry no traffic: it is told, and
//! the port is open all the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;

use super::owner::Engine;
use crate::gateway;
use crate::model::event::Substitute;
use crate::model::settings::{Mode, Settings};
use crate::model::{Cause, DesktopProblem, EventKind, Fault, FaultCode, FileProblem};
use crate::os::obstacle;
use crate::proxy::{DesiredProxy, ProxyController, ProxyError, RestoreOutcome};
use crate::rules::pac;

/// What the gateway may take to accept a connection from this very machine.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

impl Engine {
    /// Gives back what an earlier run has left behind.
    pub(super) async fn repair_desktop(&mut self) {
        match self.with_keeper(ProxyController::restore).await {
            Ok(RestoreOutcome::Nothing) => {}
            Ok(RestoreOutcome::All) => self.activity.note(EventKind::ProxyRepaired),
            Ok(RestoreOutcome::AllButForeign) => self.activity.note(EventKind::ProxyLeftAlone),
            Ok(RestoreOutcome::Unknown { kept_as, problem }) => self.note_broken_lease(kept_as, problem),
            Err(error) => self.note_desktop_fault(&error),
        }
    }

    /// Makes the desktop's proxy what the settings want, where it is not that already.
    pub(super) async fn set_desktop(&mut self, settings: &Settings) {
        self.desktop_fault = None;
        let addr = self.gateway.as_ref().map(gateway::Handle::addr);
        let want = addr.and_then(|addr| self.wanted_desktop(settings.mode, addr));
        let held = self.keeper.as_ref().and_then(ProxyController::active);
        if held == want.as_ref() {
            return;
        }
        let Some(want) = want else { return self.give_desktop_back().await };
        if !answers(addr).await {
            tracing::error!("the gateway does not answer; the desktop's proxy stays as it is");
            return;
        }
        match self.with_keeper(|keeper| keeper.set(want)).await {
            Ok(returned) => {
                match returned {
                    RestoreOutcome::Nothing | RestoreOutcome::All => {}
                    RestoreOutcome::AllButForeign => self.activity.note(EventKind::ProxyLeftAlone),
                    RestoreOutcome::Unknown { kept_as, problem } => self.note_broken_lease(kept_as, problem),
                }
                self.activity.note(EventKind::ProxySet { mode: settings.mode });
            }
            Err(error) => self.note_desktop_fault(&error),
        }
    }

    /// Makes the desktop's proxy what it was before us.
    pub(super) async fn give_desktop_back(&mut self) {
        if self.keeper.as_ref().and_then(ProxyController::active).is_none() {
            return;
        }
        match self.with_keeper(ProxyController::restore).await {
            Ok(RestoreOutcome::Nothing | RestoreOutcome::All) => self.activity.note(EventKind::ProxyReturned),
            Ok(RestoreOutcome::AllButForeign) => self.activity.note(EventKind::ProxyLeftAlone),
            Ok(RestoreOutcome::Unknown { kept_as, problem }) => self.note_broken_lease(kept_as, problem),
            Err(error) => self.note_desktop_fault(&error),
        }
    }

    fn note_broken_lease(&mut self, kept_as: String, problem: FileProblem) {
        let file = self.paths.proxy_lease();
        let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (why, problem) = (Some(problem.clone()), problem.to_string());
        self.activity.note(EventKind::FileSetAside { file, kept_as, problem, why, used: Substitute::Nothing });
    }

    fn wanted_desktop(&self, mode: Mode, addr: SocketAddr) -> Option<DesiredProxy> {
        match mode {
            Mode::Manual => None,
            Mode::Global => Some(DesiredProxy::Global(here(addr))),
            Mode::Pac => {
                let name = pac::name(&self.directions.script);
                Some(DesiredProxy::Script(format!("http://{}/proxy.pac?{name}", here(addr))))
            }
        }
    }

    /// Has the keeper do something, off this thread: it runs the desktop's programs.
    async fn with_keeper<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut ProxyController) -> Result<T, ProxyError> + Send + 'static,
    ) -> Result<T, ProxyError> {
        let mut keeper = self.keeper.take().expect("it is given back below");
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&mut keeper);
            (keeper, result)
        });
        let (keeper, result) = done.await.expect("it is not aborted and does not panic");
        self.keeper = Some(keeper);
        result
    }

    fn note_desktop_fault(&mut self, error: &ProxyError) {
        let fault = |problem| Fault::of(FaultCode::DesktopProxy, Cause::Desktop(problem));
        let fault = match error {
            ProxyError::NoDesktop => {
                let addr = self.gateway.as_ref().map_or(self.settings.gateway.listen, gateway::Handle::addr);
                Fault::new(FaultCode::NoDesktop, terminal_command(here(addr)))
            }
            ProxyError::Desktop(error) => fault(DesktopProblem::Settings(obstacle::of(error))),
            ProxyError::NotTaken(setting) => fault(DesktopProblem::NotTaken(setting.clone())),
            ProxyError::File(error) => fault(DesktopProblem::Lease(obstacle::of(error))),
            ProxyError::Watcher(error) => fault(DesktopProblem::Watcher(obstacle::of(error))),
        };
        self.desktop_fault = Some(fault.clone());
        self.activity.note(EventKind::ProxyFailed { fault });
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

async fn answers(addr: Option<SocketAddr>) -> bool {
    let Some(addr) = addr else { return false };
    matches!(tokio::time::timeout(ANSWERS_WITHIN, TcpStream::connect(here(addr))).await, Ok(Ok(_)))
}

/// What most programs in a terminal go by.
fn terminal_command(addr: SocketAddr) -> String {
    format!(
        "export http_proxy=http://{addr} https_proxy=http://{addr} all_proxy=socks5h://{addr} no_proxy=localhost,127.0.0.1,::1"
    )
}
