//! Ties between a process, its parent and its children, so that no child outlives its parent.
//!
//! On Linux the kernel itself keeps the promise (the parent-death signal), whatever way the parent
//! went. Elsewhere a child that is still known is killed when its handle is dropped, and a member
//! ends by itself when its stdin closes.
//!
//! **The signal comes when the parent's *thread* ends**, not only its process: the one that spawned
//! the child. So children are spawned from threads that live as long as the program: the main
//! thread or a runtime's workers, never from `spawn_blocking` or a short-lived thread.

use std::io;
use std::process::ExitStatus;

use tokio::process::Command;

use crate::model::Exit;

/// Has the child of `command` killed when this process ends, however it ends (Linux), or when its
/// handle is dropped (everywhere).
pub fn die_with_parent(command: &mut Command) {
    command.kill_on_drop(true);
    #[cfg(target_os = "linux")]
    linux::die_with_parent(command);
}

/// How a program that was waited for ended.
pub fn exit(status: io::Result<ExitStatus>) -> Exit {
    let status = match status {
        Ok(status) => status,
        Err(error) => return Exit::Other(error.to_string()),
    };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Exit::Signal(signal);
    }
    status.code().map_or_else(|| Exit::Other(status.to_string()), Exit::Status)
}

/// Has this process killed when its parent ends. Only Linux knows such a thing; elsewhere this
/// does nothing.
///
/// # Errors
/// The system refuses, or the parent has already gone.
pub fn end_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    linux::end_with_parent()?;
    Ok(())
}

/// Asks a process to end in good order; where the system knows no such request, does nothing, and
/// the caller's patience ends it.
pub fn ask_to_end(pid: u32) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        // A process that has ended meanwhile needs no asking.
        let _ended = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    #[cfg(not(unix))]
    let _unused = pid;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    use tokio::process::Command;

    #[expect(unsafe_code, reason = "code between fork and exec can be given in no other way")]
    pub(super) fn die_with_parent(command: &mut Command) {
        let parent = rustix::process::getpid();
        let ask = move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // The parent may have ended before the kernel was asked: then nobody would tell us.
            if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
        };
        // SAFETY: between fork and exec only async-signal-safe calls are allowed; `ask` makes two
        // plain system calls and neither allocates nor takes a lock.
        unsafe { command.pre_exec(ask) };
    }

    pub(super) fn end_with_parent() -> io::Result<()> {
        let parent = getppid();
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }
}
