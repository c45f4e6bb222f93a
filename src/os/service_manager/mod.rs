//! The service manager that has started this program, where one has: systemd on Linux.
//!
//! It is told when the program is ready, that it still works, and that it stops; it may pass sockets that listen already,
//! and may read what the program writes to stderr. All of it comes with the environment (`NOTIFY_SOCKET`,
//! `WATCHDOG_USEC`, `LISTEN_FDS`, `LISTEN_FDNAMES`, `JOURNAL_STREAM`; see sd_notify(3), sd_listen_fds(3) and
//! systemd.exec(5)). Without a manager nothing here does anything.

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

/// What the service manager is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// The start is over.
    Ready,
    /// It works: to be told again within the [`watchdog`]'s limit.
    Alive,
    /// It was asked to stop, and does.
    Stopping,
}

/// A socket that was passed to this process.
#[derive(Debug)]
pub struct InheritedListener {
    /// What the manager calls it (`FileDescriptorName=`).
    pub name: String,
    /// The socket.
    pub listener: TcpListener,
}

/// Tells the service manager. A manager that cannot be told is only logged: it finds out by itself.
pub fn notify(state: ServiceState) {
    if let Err(error) = system::notify(state) {
        tracing::warn!(%error, ?state, "the service manager cannot be told");
    }
}

/// Within what time the manager wants to be told that the program works, if it does.
pub fn watchdog() -> Option<Duration> {
    system::watchdog()
}

/// The sockets that were passed, the first time that this is asked; none later.
pub fn take_listeners() -> Vec<InheritedListener> {
    system::take_listeners()
}

/// Whether the manager's journal reads what is written to stderr. It has its own times and priorities.
pub fn reads_stderr() -> bool {
    system::reads_stderr()
}
