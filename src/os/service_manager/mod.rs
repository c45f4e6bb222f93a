//! The service manager that started this program, if any: systemd on Linux.
//!
//! The program notifies it when it is ready, alive, stopping or replaced by another process; the manager may pass listening sockets and read the
//! program's stderr. Everything is announced in the environment (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `LISTEN_FDS`,
//! `LISTEN_FDNAMES`, `JOURNAL_STREAM`; see sd_notify(3), sd_listen_fds(3) and systemd.exec(5)). Without a service manager
//! all functions do nothing.

#[cfg(not(target_os = "linux"))]
mod none;
#[cfg(target_os = "linux")]
mod systemd;

use std::net::TcpListener;
use std::time::Duration;

#[cfg(not(target_os = "linux"))]
use self::none as system;
#[cfg(target_os = "linux")]
use self::systemd as system;

/// A state that the service manager is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// The program has started.
    Ready,
    /// It works; must be repeated within the limit of the [`watchdog`].
    Alive,
    /// It is stopping.
    Stopping,
    /// The process with this id goes on in the place of this one.
    HandedOver(u32),
}

/// A socket that was passed to this process.
#[derive(Debug)]
pub struct InheritedListener {
    /// The name that the manager gave it (`FileDescriptorName=`).
    pub name: String,
    /// The socket.
    pub listener: TcpListener,
}

/// Notifies the service manager. A failure is only logged.
pub fn notify(state: ServiceState) {
    if let Err(error) = system::notify(state) {
        tracing::warn!(%error, ?state, "cannot notify the service manager");
    }
}

/// The interval in which the manager expects [`ServiceState::Alive`], if it does.
pub fn watchdog() -> Option<Duration> {
    system::watchdog()
}

/// Takes the sockets that were passed; later calls return none.
pub fn take_listeners() -> Vec<InheritedListener> {
    system::take_listeners()
}

/// Whether stderr is connected to the journal, which adds times and takes priorities.
pub fn reads_stderr() -> bool {
    system::reads_stderr()
}
