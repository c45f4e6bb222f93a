//! A child process that ends with this one, and its output.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::task::JoinSet;

use crate::model::Exit;
use crate::os::process::{die_with_parent, exit};

/// Time limit for a program to exit after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// A running child. Dropping it kills it.
pub(in crate::pool) struct ChildProcess {
    child: Child,
    pid: u32,
    // Our own program exits when this closes.
    stdin: Option<ChildStdin>,
    // Reads stderr, so that a program never blocks on a full pipe.
    output: JoinSet<()>,
}

impl ChildProcess {
    /// Starts a program that ends with this process; the caller sets its stdin and stdout.
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        command.stderr(Stdio::piped()).kill_on_drop(true);
        // Ctrl-C goes to the whole process group of a terminal; members have to live until they are drained.
        #[cfg(unix)]
        command.process_group(0);
        die_with_parent(&mut command);
        let mut child = command.spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("the program ended at once"))?;
        let mut output = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            output.spawn(log_output(stderr, pid));
        }
        Ok(Self { child, pid, stdin: None, output })
    }

    /// Its process id.
    pub(in crate::pool) fn pid(&self) -> u32 {
        self.pid
    }

    /// The child, to take its pipes from.
    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Keeps the child's stdin open until it is stopped.
    pub(super) fn hold(&mut self, stdin: ChildStdin) {
        self.stdin = Some(stdin);
    }

    /// Waits until it exits; returns how.
    pub(in crate::pool) async fn ended(&mut self) -> Exit {
        exit(self.child.wait().await)
    }

    /// Ends it: by closing its stdin where it waits for that, otherwise by a signal, and by force after
    /// the time limit.
    pub(in crate::pool) async fn stop(mut self) {
        if self.stdin.take().is_none() {
            crate::os::process::ask_to_end(self.pid);
        }
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err()
            && let Err(error) = self.child.kill().await
        {
            tracing::warn!(pid = self.pid, %error, "a member's process cannot be killed");
        }
        self.output.abort_all();
    }
}

async fn log_output(stderr: ChildStderr, pid: u32) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::debug!(pid, line, "output of a member");
    }
}
