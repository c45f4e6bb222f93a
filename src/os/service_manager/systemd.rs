//! systemd. The variables stay in the environment, which is safe: those for sockets and the watchdog contain the PID that
//! they are for, and the manager accepts messages from that process only, so member processes ignore them.

use std::env;
use std::fs;
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
        ServiceState::HandedOver(pid) => {
            if env::var_os("NOTIFY_SOCKET").is_some() && !is_in_this_unit(pid)? {
                return Err(io::Error::other(
                    "the other process does not belong to the unit, which ends with this one",
                ));
            }
            NotifyState::MainPid(pid)
        }
    };
    sd_notify::notify(&[state])
}

/// Whether a process belongs to the unit of this one. systemd makes no other the main process of a user's unit.
fn is_in_this_unit(pid: u32) -> io::Result<bool> {
    Ok(fs::read(format!("/proc/{pid}/cgroup"))? == fs::read("/proc/self/cgroup")?)
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
            tracing::warn!(%error, "cannot use the sockets that the service manager passed");
            return Vec::new();
        }
    };
    passed.filter_map(|(descriptor, name)| listener(own(descriptor), name)).collect()
}

#[expect(unsafe_code, reason = "takes ownership of a descriptor from the environment")]
fn own(descriptor: i32) -> OwnedFd {
    // SAFETY: systemd opened it for this process: `listen_fds_with_names` has checked LISTEN_PID and set the close-on-exec
    // flag. Nothing else in this process uses it, and it is taken only once.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}

/// Checks that a passed descriptor is a listening TCP socket.
fn listener(descriptor: OwnedFd, name: String) -> Option<InheritedListener> {
    let socket = Socket::from(descriptor);
    let is_tcp = socket.local_addr().is_ok_and(|addr| addr.as_socket().is_some())
        && socket.r#type().is_ok_and(|kind| kind == Type::STREAM);
    if is_tcp && socket.is_listener().unwrap_or_default() {
        return Some(InheritedListener { name, listener: socket.into() });
    }
    tracing::warn!(name, "the service manager passed a socket that is not a TCP listener");
    None
}

/// `JOURNAL_STREAM` is the device and inode of the journal's socket; stderr may have been redirected since.
pub(super) fn reads_stderr() -> bool {
    let Ok(journal) = env::var("JOURNAL_STREAM") else { return false };
    let stderr = rustix::fs::fstat(io::stderr()).map(|stat| format!("{}:{}", stat.st_dev, stat.st_ino));
    stderr.is_ok_and(|stderr| stderr == journal)
}
