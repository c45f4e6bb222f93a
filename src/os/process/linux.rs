//! Linux: the parent-death signal (prctl(2)), and the adopted children, which are listed in `/proc`.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::sockopt::{socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketType};
use rustix::process::{Pid, Signal, WaitOptions, getppid, kill_process, set_parent_process_death_signal, waitpid};

#[expect(unsafe_code, reason = "pre_exec is the only way to run code between fork and exec")]
pub(super) fn kill_with_parent(command: &mut Command) {
    let parent = rustix::process::getpid();
    let set_signal = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // If the parent exited before the call, no signal is ever sent.
        if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: only async-signal-safe calls are allowed between fork and exec; `set_signal` makes two system calls, and
    // neither allocates nor locks.
    unsafe { command.pre_exec(set_signal) };
}

/// Rounds after which to give up on a child that starts another one faster than it is killed.
const MAX_ROUNDS: usize = 100;

pub(super) fn kill_children() {
    for _ in 0..MAX_ROUNDS {
        let children = children();
        if children.is_empty() {
            return;
        }
        for child in children {
            // It may have exited already.
            let _exited = kill_process(child, Signal::KILL);
            let _reaped = waitpid(Some(child), WaitOptions::empty());
        }
    }
}

/// The children of all threads, see proc_pid_task_children(5).
fn children() -> Vec<Pid> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let pids = |list: String| list.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect();
    lists.flat_map(|list| -> Vec<Pid> { pids(list) }).collect()
}

/// Has `signal` sent to this process when its parent ends.
pub(super) fn signal_with_parent(signal: Signal) -> io::Result<()> {
    let parent = getppid();
    set_parent_process_death_signal(Some(signal))?;
    if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
}

#[expect(unsafe_code, reason = "code between fork and exec can be given in no other way")]
pub(super) fn inherit(command: &mut Command, socket: OwnedFd) {
    let keep_open = move || Ok(fcntl_setfd(&socket, FdFlags::empty())?);
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; `keep_open` makes one plain system
    // call and neither allocates nor takes a lock. The parent's own descriptor is not changed.
    unsafe { command.pre_exec(keep_open) };
}

/// Descriptors below are the standard streams.
const FIRST_INHERITED: i32 = 3;

#[expect(unsafe_code, reason = "an inherited descriptor is known by its number alone")]
pub(super) fn inherited_socket(number: i32) -> io::Result<OwnedFd> {
    if number < FIRST_INHERITED {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: the calls below fail on a number that is no descriptor, and nothing else is done with it.
    let socket = unsafe { BorrowedFd::borrow_raw(number) };
    if socket_domain(socket)? != AddressFamily::UNIX || socket_type(socket)? != SocketType::SEQPACKET {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    fcntl_setfd(socket, FdFlags::CLOEXEC)?;
    // SAFETY: it is open, as has been seen, and this process opens no such socket with a number that it is told.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}
