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

/// Kills a process group, given the process id of its leader. Does nothing on Windows.
pub fn kill_group(leader: u32) {
    #[cfg(unix)]
    if let Some(leader) = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw) {
        // All of it may have exited already.
        let _gone = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _unused = leader;
}

/// Keeps the memory of this process, which may hold passwords, out of core dumps and away from other
/// programs of the user (Linux: `PR_SET_DUMPABLE`, prctl(2)). Children inherit the limit of core dumps.
pub fn protect_memory() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::debug!(%error, "core dumps cannot be turned off");
        }
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::debug!(%error, "the memory stays readable for other programs of the user");
        }
    }
}

/// Makes orphaned descendants children of this process, so that [`kill_children`] reaches daemons that
/// a child has started. Does nothing on systems other than Linux.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::debug!(%error, "orphaned descendants are not adopted");
    }
}

/// Kills all children of this process, then those that it has adopted, and so on. To be called last: nobody
/// else may wait for a child. Does nothing on systems other than Linux.
pub fn kill_children() {
    #[cfg(target_os = "linux")]
    linux::kill_children();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use rustix::process::{Pid, Signal, WaitOptions, getppid, kill_process, set_parent_process_death_signal, waitpid};
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

    /// A child that starts another one faster than it is killed is given up after so many rounds.
    const MAX_ROUNDS: usize = 100;

    pub(super) fn kill_children() {
        for _ in 0..MAX_ROUNDS {
            let children = children();
            if children.is_empty() {
                return;
            }
            for child in children {
                // It may have exited already.
                let _gone = kill_process(child, Signal::KILL);
                let _reaped = waitpid(Some(child), WaitOptions::empty());
            }
        }
    }

    /// See proc_pid_task_children(5).
    fn children() -> Vec<Pid> {
        let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let lists = threads.map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap_or_default());
        let pids = |list: String| list.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect();
        lists.flat_map(|list| -> Vec<Pid> { pids(list) }).collect()
    }

    pub(super) fn end_with_parent() -> io::Result<()> {
        let parent = getppid();
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }
}
