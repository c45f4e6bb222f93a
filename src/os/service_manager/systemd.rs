//! systemd. The variables stay in the environment: those for sockets and the watchdog name the process that they are for,
//! and the manager takes messages from that process alone, so member processes cannot mistake them for theirs.

use std::env;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;
use socket2::{Socket, Type};

use super::{InheritedListener, ServiceState};

pub(super) fn notify(state: ServiceState) -> io::Result<()> {
    let state = match state {
        ServiceState::Ready => NotifyState::Ready,
        ServiceState::Alive => NotifyState::Watchdog,
        ServiceState::Stopping => NotifyState::Stopping,
    };
    sd_notify::notify(&[state])
}

pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero())
}

pub(super) fn take_listeners() -> Vec<InheritedListener> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Vec::new();
    }
    let passed = match sd_notify::listen_fds_with_names() {
        Ok(passed) => passed,
        Err(error) => {
            tracing::warn!(%error, "the sockets that the service manager passed cannot be used");
            return Vec::new();
        }
    };
    passed.filter_map(|(descriptor, name)| listener(own(descriptor), name)).collect()
}

#[expect(unsafe_code, reason = "a number from the environment becomes a descriptor that closes itself")]
fn own(descriptor: i32) -> OwnedFd {
    // SAFETY: systemd has opened it for this process, which `listen_fds_with_names` has checked by LISTEN_PID and by
    // setting its close-on-exec flag; nothing else here knows it, and it is taken once.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}

/// A passed descriptor as what it should be: a TCP socket that listens.
fn listener(descriptor: OwnedFd, name: String) -> Option<InheritedListener> {
    let socket = Socket::from(descriptor);
    let is_tcp = socket.local_addr().is_ok_and(|addr| addr.as_socket().is_some())
        && socket.r#type().is_ok_and(|kind| kind == Type::STREAM);
    if is_tcp && socket.is_listener().unwrap_or_default() {
        return Some(InheritedListener { name, listener: socket.into() });
    }
    tracing::warn!(name, "a socket that the service manager passed does not listen for TCP connections");
    None
}

/// `JOURNAL_STREAM` is the device and the inode of the journal's socket: whoever is started with it and writes stderr
/// elsewhere does not write to the journal.
pub(super) fn reads_stderr() -> bool {
    let Ok(journal) = env::var("JOURNAL_STREAM") else { return false };
    let stderr = rustix::fs::fstat(io::stderr()).map(|stat| format!("{}:{}", stat.st_dev, stat.st_ino));
    stderr.is_ok_and(|stderr| stderr == journal)
}
