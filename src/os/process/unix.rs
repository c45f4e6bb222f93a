//! Unix: process groups, and on Linux the parent-death signal.

use std::os::unix::process::CommandExt;
use std::process::Command;

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
