//! Linux: the parent-death signal (prctl(2)), and the adopted children, which are listed in `/proc`.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

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
