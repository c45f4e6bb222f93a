//! Unix: process groups, and on Linux the parent-death signal.

use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::ChildLifetime;
#[cfg(target_os = "linux")]
use super::linux::die_with_parent;

pub(super) fn set_apart(command: &mut Command, lifetime: ChildLifetime) {
    match lifetime {
        ChildLifetime::Bound => {
            command.process_group(0);
            die_with_parent(command);
        }
        ChildLifetime::Grouped => die_with_parent(command),
        ChildLifetime::Awaited | ChildLifetime::Independent => {
            command.process_group(0);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_command: &mut Command) {}

/// The leader of a process group.
#[derive(Debug)]
pub(super) struct Group(Option<Pid>);

impl Group {
    pub(super) fn led_by(pid: u32) -> Self {
        Self(i32::try_from(pid).ok().and_then(Pid::from_raw))
    }

    pub(super) fn ask_to_end(&self) {
        // It may have exited already.
        let _ended = self.0.map(|leader| kill_process(leader, Signal::TERM));
    }

    pub(super) fn kill(&self) {
        // All of it may have exited already.
        let _gone = self.0.map(|leader| kill_process_group(leader, Signal::KILL));
    }
}
