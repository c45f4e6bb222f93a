//! Child processes that do not outlive their parent.
//!
//! On Linux the kernel enforces this (the parent-death signal), however the parent ends. Elsewhere a
//! child is killed when its handle is dropped, and a member exits when its stdin closes.
//!
//! **The signal is sent when the *thread* that spawned the child ends**, not only its process. So
//! children are spawned from the main thread or a runtime's workers, never from `spawn_blocking` or
//! another short-lived thread.

use std::io;
use std::process::ExitStatus;

use tokio::process::Command;

use crate::model::Exit;

/// Has the child killed when this process ends, however it ends (Linux), or when its handle is
/// dropped (everywhere).
pub fn die_with_parent(command: &mut Command) {
    command.kill_on_drop(true);
    #[cfg(target_os = "linux")]
    linux::die_with_parent(command);
}

/// How a process exited.
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

/// Has this process killed when its parent ends. Does nothing on systems other than Linux.
///
/// # Errors
/// The system refuses, or the parent has already exited.
pub fn end_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    linux::end_with_parent()?;
    Ok(())
}

/// Asks a process to exit (SIGTERM). Does nothing on Windows, where the caller kills it later.
pub fn ask_to_end(pid: u32) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have exited already.
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
            // The parent may have exited before the kernel was asked: then there is no signal.
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
