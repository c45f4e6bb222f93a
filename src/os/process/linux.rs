//! Linux: the parent-death signal (prctl(2)), and children that are adopted and found in `/proc`.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Signal, WaitOptions, getppid, kill_process, set_parent_process_death_signal, waitpid};

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

/// The signals that ask for an end and that force it.
pub(super) const ORDER: Signal = Signal::TERM;
pub(super) const FORCE: Signal = Signal::KILL;

pub(super) fn signal_with_parent(signal: Signal) -> io::Result<()> {
    let parent = getppid();
    set_parent_process_death_signal(Some(signal))?;
    if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
}
