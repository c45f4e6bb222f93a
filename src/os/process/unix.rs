//! Unix: process groups, and on Linux the parent-death signal.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdout, Command};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::ChildLifetime;
#[cfg(target_os = "linux")]
use super::linux::kill_with_parent;

pub(super) fn isolate(command: &mut Command, lifetime: ChildLifetime) {
    match lifetime {
        ChildLifetime::Bound => {
            command.process_group(0);
            kill_with_parent(command);
        }
        ChildLifetime::Grouped => kill_with_parent(command),
        ChildLifetime::Awaited | ChildLifetime::Independent => {
            command.process_group(0);
        }
    }
}

#[expect(unsafe_code, reason = "pre_exec is the only way to run code between fork and exec")]
pub(super) fn spawn_orphan(mut command: Command) -> io::Result<Option<ChildStdout>> {
    let fork_again = || {
        // SAFETY: there is one thread between fork and exec, and both processes make only async-signal-safe calls after
        // this one: `_exit` here, and what the standard library does before exec there.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => Ok(()),
            // SAFETY: as above; the process ends without running anything.
            _grandchild => unsafe { libc::_exit(0) },
        }
    };
    // SAFETY: see above; `fork_again` neither allocates nor locks.
    unsafe { command.pre_exec(fork_again) };
    let mut parent = command.spawn()?;
    parent.wait()?;
    Ok(parent.stdout.take())
}

#[cfg(not(target_os = "linux"))]
fn kill_with_parent(_command: &mut Command) {}

/// The leader of a process group.
#[derive(Debug)]
pub(super) struct Group(Option<Pid>);

impl Group {
    pub(super) fn of_leader(pid: u32) -> Self {
        Self(i32::try_from(pid).ok().and_then(Pid::from_raw))
    }

    pub(super) fn terminate(&self) {
        // It may have exited already.
        let _exited = self.0.map(|leader| kill_process(leader, Signal::TERM));
    }

    pub(super) fn kill(&self) {
        // All of them may have exited already.
        let _exited = self.0.map(|leader| kill_process_group(leader, Signal::KILL));
    }
}
