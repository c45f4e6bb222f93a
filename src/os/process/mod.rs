//! Child processes: starting them so that none outlives this process unintentionally, and ending them.
//!
//! Every child is created by [`child`]: it opens no console window (Windows), and Ctrl-C in a terminal does not reach it.
//! When this process ends, the kernel kills its children on Linux (parent-death signal), the job object of
//! [`bind_children`] does on Windows. On other systems a child is killed when its handle is dropped, and a member exits
//! when its stdin closes.
//!
//! **On Linux the signal is sent when the *thread* that spawned the child ends**, not only its process. Children with
//! [`ChildLifetime::Bound`] must therefore be spawned from the main thread or a runtime's workers, never from
//! `spawn_blocking` or another short-lived thread.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::OsStr;
use std::io;
use std::process::{ChildStdout, Command, ExitStatus};

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;
use crate::model::Exit;

/// How long a child may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildLifetime {
    /// Until this process ends, however it ends. It leads a [`ProcessGroup`].
    Bound,
    /// As [`ChildLifetime::Bound`], but in the process group of this process, and killed with that group.
    Grouped,
    /// This process waits for it. It leads a [`ProcessGroup`].
    Awaited,
    /// It outlives this process.
    Independent,
}

/// The command that starts a program as a child with this lifetime.
pub fn child(program: impl AsRef<OsStr>, lifetime: ChildLifetime) -> Command {
    let mut command = Command::new(program);
    system::isolate(&mut command, lifetime);
    command
}

/// Starts a child that does not stay a child: its parent becomes the system's first process, or on Linux the nearest
/// ancestor that adopts orphans, as systemd does. On Windows nothing depends on the parent.
///
/// # Errors
/// The program cannot be executed.
pub fn spawn_orphan(command: Command) -> io::Result<Option<ChildStdout>> {
    system::spawn_orphan(command)
}

/// Has the child inherit this socket, under the number that it has here. It stays closed to all other children.
#[cfg(target_os = "linux")]
pub fn inherit(command: &mut Command, socket: std::os::fd::OwnedFd) {
    linux::inherit(command, socket);
}

/// Takes a Unix socket for messages that this process has inherited; its own children will not. To be called once for
/// a number, before anything else is opened.
///
/// # Errors
/// There is no such socket under this number.
#[cfg(target_os = "linux")]
pub fn inherited_socket(number: i32) -> io::Result<std::os::fd::OwnedFd> {
    linux::inherited_socket(number)
}

/// A child that leads a process group, and its descendants.
#[derive(Debug)]
pub struct ProcessGroup(system::Group);

impl ProcessGroup {
    /// The group of a child that was started as its leader and has not been waited for yet.
    pub fn of_leader(pid: u32) -> Self {
        Self(system::Group::of_leader(pid))
    }

    /// Asks the leader to exit (SIGTERM). Windows knows no such request to a program without a window:
    /// there the group is killed.
    pub fn terminate(&self) {
        self.0.terminate();
    }

    /// Kills the whole group.
    pub fn kill(&self) {
        self.0.kill();
    }
}

/// Binds all descendants to this process, except children that are [`ChildLifetime::Independent`]: they are killed when it
/// ends. Must be called once, before the first child is started. Windows only; on Linux each child is bound by a signal.
pub fn bind_children() {
    #[cfg(windows)]
    windows::bind_children();
}

/// Whether a process is running. One that has exited, and for which its parent has not waited yet, is not.
pub fn is_running(pid: u32) -> bool {
    let pid = Pid::from_u32(pid);
    let Ok(mut system) = System::new() else { return false };
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    system.process(pid).is_some_and(|process| process.status() != ProcessStatus::Zombie)
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

/// Kills this process when its parent ends. Linux only.
///
/// # Errors
/// The system refuses, or the parent has already exited.
pub fn kill_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    linux::signal_with_parent(rustix::process::Signal::KILL)?;
    Ok(())
}

/// Sends SIGTERM to this process when its parent ends, so that it can clean up. Linux only.
///
/// # Errors
/// The system refuses, or the parent has already exited.
pub fn terminate_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    linux::signal_with_parent(rustix::process::Signal::TERM)?;
    Ok(())
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
/// a child has started. Linux only.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::debug!(%error, "orphaned descendants are not adopted");
    }
}

/// Kills all children of this process, then those that it has adopted, and so on. To be called last: nobody
/// else may wait for a child. Linux only.
pub fn kill_children() {
    #[cfg(target_os = "linux")]
    linux::kill_children();
}
