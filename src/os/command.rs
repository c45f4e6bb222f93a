//! Short-lived programs of the system (`gsettings`, `kwriteconfig`, `xdg-mime`, …), run with a time
//! limit and bounded output.
//!
//! Such a program may hang: a stopped session bus is enough. At the limit it is killed, with its
//! whole process group. Every call blocks for up to the limit.

use std::io::{self, ErrorKind, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::process::ProcessGroup;
use crate::model::SystemError;

/// Time limit for a program that usually takes milliseconds.
pub const LIMIT: Duration = Duration::from_secs(5);

/// Bytes of output that are kept; the rest is discarded.
const MAX_OUTPUT: usize = 64 * 1024;

/// How long to wait for the output of a program that has exited: another process may hold the pipe open.
const OUTPUT_LIMIT: Duration = Duration::from_millis(500);

/// Polling interval for the exit of a running program.
const POLL: Duration = Duration::from_millis(5);

/// The result of a program that has exited.
#[derive(Debug)]
pub struct CommandOutput {
    /// Its exit status.
    pub status: ExitStatus,
    /// Standard output, as text.
    pub stdout: String,
    /// Standard error, as text.
    pub stderr: String,
}

/// Runs a program, a child that is [awaited](super::process::ChildLifetime::Awaited), without input until it exits, for [`LIMIT`] at most.
///
/// # Errors
/// It cannot be started, or did not exit in time ([`ErrorKind::TimedOut`]).
pub fn run(command: Command) -> io::Result<CommandOutput> {
    run_within(command, LIMIT)
}

fn run_within(mut command: Command, limit: Duration) -> io::Result<CommandOutput> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let group = ProcessGroup::of_leader(child.id());
    let stdout = OutputReader::start(child.stdout.take().expect("stdout is piped"));
    let stderr = OutputReader::start(child.stderr.take().expect("stderr is piped"));
    match wait(&mut child, limit)? {
        Some(status) => Ok(CommandOutput { status, stdout: stdout.text(), stderr: stderr.text() }),
        None => {
            group.kill();
            kill(&mut child);
            let program = command.get_program().to_string_lossy().into_owned();
            Err(io::Error::new(ErrorKind::TimedOut, SystemError::HungProgram { program, seconds: limit.as_secs() }))
        }
    }
}

/// Waits until a child exits; `None` if it does not within the limit.
///
/// # Errors
/// Those of the system.
pub fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= deadline => return Ok(None),
            None => thread::sleep(POLL),
        }
    }
}

/// Kills a child.
pub fn kill(child: &mut Child) {
    // It may have exited meanwhile; either way it is reaped here.
    let _exited = child.kill().and_then(|()| child.wait());
}

/// The output of a program, read by a thread of its own.
struct OutputReader {
    kept: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl OutputReader {
    fn start(mut pipe: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (sender, ended) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            // Output beyond the limit is read and discarded: the program would block on a full pipe.
            while let Ok(length @ 1..) = pipe.read(&mut chunk) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MAX_OUTPUT.saturating_sub(kept.len());
                kept.extend(&chunk[..length.min(room)]);
            }
            // The receiver may have been dropped.
            let _late = sender.send(());
        });
        Self { kept, ended }
    }

    fn text(&self) -> String {
        let _ended_or_late = self.ended.recv_timeout(OUTPUT_LIMIT);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::process::{ChildLifetime, child};
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = child("sh", ChildLifetime::Awaited);
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_are_returned() {
        let output = run(shell("printf 'a\\377b\\n'; echo wrong >&2; exit 3")).unwrap();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("a\u{fffd}b\n", "wrong\n"));
        assert_eq!(output.status.code(), Some(3));
    }

    #[test]
    fn endless_output_is_truncated() {
        let output = run(shell("yes | head -c 1000000")).unwrap();
        assert_eq!((output.stdout.len(), output.status.success()), (MAX_OUTPUT, true));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_hanging_program_is_killed_with_its_descendants() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
        let started = Instant::now();
        let error = run_within(shell(&script), Duration::from_millis(500)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(started.elapsed() < Duration::from_secs(5));
        let pid: u32 = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        let is_running =
            || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        while is_running() {
            assert!(Instant::now() < deadline, "the program's child is still running");
            thread::sleep(POLL);
        }
    }

    #[test]
    fn a_background_process_that_keeps_the_pipe_open_is_not_waited_for() {
        let started = Instant::now();
        let output = run(shell("echo done; sleep 3 &")).unwrap();
        assert_eq!(output.stdout, "done\n");
        assert!(output.status.success() && started.elapsed() < Duration::from_secs(3));
    }
}
