//! Windows: job objects and creation flags.
//! <https://learn.microsoft.com/windows/win32/procthread/job-objects>
//!
//! This process is in a job of its own and holds its only handle: however the process ends, Windows closes the handle and
//! kills everything left in the job. Children inherit the job when they are created. A group is a nested job.

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{ChildStdout, Command};
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_BREAKAWAY_OK, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation, SetInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_BREAKAWAY_FROM_JOB, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, GetCurrentProcess, OpenProcess,
    PROCESS_SET_QUOTA, PROCESS_TERMINATE,
};

use super::ChildLifetime;
use crate::os::handle::owned;

/// The job of this process, open until it ends.
static OWN_JOB: OnceLock<Job> = OnceLock::new();

/// Exit code of a process that was killed.
const KILLED: u32 = 1;

/// Ctrl-C in the console of this process does not reach a child: it has a console of its own, without a window, and a
/// process of a new group ignores Ctrl-C even if it attaches to this console.
pub(super) fn isolate(command: &mut Command, lifetime: ChildLifetime) {
    let flags = match lifetime {
        ChildLifetime::Bound | ChildLifetime::Awaited => CREATE_NEW_PROCESS_GROUP,
        ChildLifetime::Grouped => 0,
        // The job of another program may not allow a breakaway.
        ChildLifetime::Independent if OWN_JOB.get().is_some() => CREATE_NEW_PROCESS_GROUP | CREATE_BREAKAWAY_FROM_JOB,
        ChildLifetime::Independent => CREATE_NEW_PROCESS_GROUP,
    };
    command.creation_flags(CREATE_NO_WINDOW | flags);
}

pub(super) fn spawn_orphan(mut command: Command) -> io::Result<Option<ChildStdout>> {
    Ok(command.spawn()?.stdout.take())
}

pub(super) fn bind_children() {
    match own_job() {
        Ok(job) => drop(OWN_JOB.set(job)),
        Err(error) => tracing::debug!(%error, "children are not bound to this process: no job object"),
    }
}

fn own_job() -> io::Result<Job> {
    let job = Job::new()?;
    job.limit(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_BREAKAWAY_OK)?;
    #[expect(unsafe_code, reason = "a Windows API call")]
    // SAFETY: no arguments; returns a pseudo handle, which must not be closed.
    let this = unsafe { GetCurrentProcess() };
    job.assign(this)?;
    Ok(job)
}

/// A job with a child and its descendants.
#[derive(Debug)]
pub(super) struct Group(Option<Job>);

impl Group {
    pub(super) fn of_leader(pid: u32) -> Self {
        let job = Job::new().and_then(|job| {
            let child = open_process(pid)?;
            job.assign(child.as_raw_handle())?;
            Ok(job)
        });
        if let Err(error) = &job {
            // It may have exited already; otherwise only the child itself can be killed, through its handle.
            tracing::debug!(pid, %error, "a child has no job object");
        }
        Self(job.ok())
    }

    pub(super) fn terminate(&self) {
        self.kill();
    }

    pub(super) fn kill(&self) {
        if let Some(job) = &self.0 {
            job.terminate();
        }
    }
}

#[derive(Debug)]
struct Job(OwnedHandle);

#[expect(unsafe_code, reason = "Windows API calls")]
impl Job {
    fn new() -> io::Result<Self> {
        // SAFETY: null attributes and name are allowed; `owned` checks the handle and takes ownership.
        unsafe { owned(CreateJobObjectW(std::ptr::null(), std::ptr::null())) }.map(Self)
    }

    fn limit(&self, flags: u32) -> io::Result<()> {
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = flags;
        let length = size_of_val(&limits) as u32;
        // SAFETY: the pointer and the length describe a structure of the given information class.
        done(unsafe {
            let limits = (&raw const limits).cast();
            SetInformationJobObject(self.0.as_raw_handle(), JobObjectExtendedLimitInformation, limits, length)
        })
    }

    fn assign(&self, process: HANDLE) -> io::Result<()> {
        // SAFETY: both handles are open during the call.
        done(unsafe { AssignProcessToJobObject(self.0.as_raw_handle(), process) })
    }

    fn terminate(&self) {
        // SAFETY: the handle is open. The call cannot fail for missing rights: the creator of a job has them all.
        unsafe { TerminateJobObject(self.0.as_raw_handle(), KILLED) };
    }
}

#[expect(unsafe_code, reason = "a Windows API call")]
fn open_process(pid: u32) -> io::Result<OwnedHandle> {
    // SAFETY: plain numbers; `owned` checks the handle and takes ownership.
    unsafe { owned(OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, 0, pid)) }
}

fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use sysinfo::{Pid, ProcessesToUpdate, System};

    use super::super::{ProcessGroup, child, is_running};
    use super::*;

    /// The children of a process.
    fn children_of(parent: u32) -> Vec<Pid> {
        let mut system = System::new().unwrap();
        system.refresh_processes(ProcessesToUpdate::All, true);
        let is_child = |process: &&sysinfo::Process| process.parent() == Some(Pid::from_u32(parent));
        system.processes().values().filter(is_child).map(sysinfo::Process::pid).collect()
    }

    fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_so() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn killing_a_group_kills_the_leaders_descendants() {
        let mut command = child("cmd", ChildLifetime::Bound);
        let mut leader = command.args(["/c", "ping -n 600 127.0.0.1 >nul"]).spawn().unwrap();
        let group = ProcessGroup::of_leader(leader.id());
        wait_until("the shell has started its program", || !children_of(leader.id()).is_empty());
        let started = children_of(leader.id());
        group.kill();
        leader.wait().unwrap();
        wait_until("the program has ended with the shell", || !started.iter().any(|pid| is_running(pid.as_u32())));
    }
}
