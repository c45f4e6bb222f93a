//! A child process that ends with this one, and its output.

use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::model::{Exit, MemberUpdate};
use crate::os::output_lines::next_line;
use crate::os::process::{ProcessGroup, exit};

/// Time limit for a program to exit after it was told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// A running child, the leader of a process group. Dropping it kills the whole group.
pub(in crate::pool) struct ChildProcess {
    child: Child,
    pid: u32,
    group: ProcessGroup,
    // Contains the stdin of our own program, which exits when it closes.
    feeder: Option<JoinSet<()>>,
    // Reads stderr, so that a program never blocks on a full pipe, and follows what it says of connections.
    listening: JoinSet<()>,
}

impl ChildProcess {
    /// Starts a child that ends with this process; the caller sets its stdin and stdout.
    pub(super) fn spawn(command: std::process::Command) -> io::Result<Self> {
        let mut command = Command::from(command);
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("the program exited at once"))?;
        let mut listening = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            listening.spawn(log_output(stderr, pid));
        }
        Ok(Self { child, pid, group: ProcessGroup::of_leader(pid), feeder: None, listening })
    }

    /// Its process id.
    pub(in crate::pool) fn pid(&self) -> u32 {
        self.pid
    }

    /// The child, for access to its pipes.
    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Keeps the child's stdin open until it is stopped, and writes a line to it whenever `own_ports` change.
    pub(super) fn feed(&mut self, stdin: ChildStdin, own_ports: watch::Receiver<Vec<SocketAddr>>) {
        self.feeder.get_or_insert_default().spawn(send_own_ports(stdin, own_ports));
    }

    /// Runs this beside the process, until the process is stopped.
    pub(super) fn listen(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.listening.spawn(task);
    }

    /// Waits until it exits; returns how.
    pub(in crate::pool) async fn ended(&mut self) -> Exit {
        exit(self.child.wait().await)
    }

    /// Stops it: our own program by closing its stdin, others by a signal; killed after the time limit.
    pub(in crate::pool) async fn stop(mut self) {
        match self.feeder.take() {
            Some(mut feeder) => feeder.shutdown().await,
            None => self.group.terminate(),
        }
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err()
            && let Err(error) = self.child.kill().await
        {
            tracing::warn!(pid = self.pid, %error, "a member's process cannot be killed");
        }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.group.kill();
    }
}

async fn send_own_ports(mut stdin: ChildStdin, mut own_ports: watch::Receiver<Vec<SocketAddr>>) {
    while own_ports.changed().await.is_ok() {
        let update = MemberUpdate { gateway: own_ports.borrow_and_update().clone() };
        let mut line = serde_json::to_vec(&update).expect("addresses are plain JSON");
        line.push(b'\n');
        if let Err(error) = stdin.write_all(&line).await {
            tracing::debug!(%error, "cannot send a member this program's ports");
            // Its exit is detected elsewhere.
            return;
        }
    }
}

async fn log_output(stderr: ChildStderr, pid: u32) {
    let mut output = BufReader::new(stderr);
    while let Some(line) = next_line(&mut output).await {
        tracing::debug!(pid, line, "output of a member");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::os::process::{ChildLifetime, child};

    fn shell(script: &str) -> ChildProcess {
        let mut command = child("sh", ChildLifetime::Bound);
        command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null());
        ChildProcess::spawn(command).expect("sh starts")
    }

    #[tokio::test]
    async fn invalid_utf8_and_endless_lines_do_not_block_a_program() {
        let script = r"printf '\377\n' >&2; head -c 1000000 /dev/zero >&2 && exit 7; exit 1";
        assert_eq!(shell(script).ended().await, Exit::Status(7));
    }

    #[tokio::test]
    async fn a_programs_children_end_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let mut process = shell(&format!("sleep 600 & echo $! > {}", file.display()));
        process.ended().await;
        drop(process);
        let pid = std::fs::read_to_string(file).unwrap();
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        let is_gone = || stat().is_empty() || stat().contains(") Z ");
        while !is_gone() {
            tokio::task::yield_now().await;
        }
    }
}
