//! A child process that ends with us, and what it says while it lives.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::task::JoinSet;

use crate::model::Exit;
use crate::os::process::{die_with_parent, exit};

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// A running child. Dropping it kills it.
pub(in crate::pool) struct Process {
    child: Child,
    pid: u32,
    // Our own program ends when this closes.
    stdin: Option<ChildStdin>,
    // Reads stderr, so that a chatty program never blocks on a full pipe.
    listening: JoinSet<()>,
}

impl Process {
    /// Starts a program with stdin and stdout as the caller set them, tied to this process.
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        command.stderr(Stdio::piped()).kill_on_drop(true);
        // Ctrl-C goes to a terminal's whole process group: members are to live until they are drained.
        #[cfg(unix)]
        command.process_group(0);
        die_with_parent(&mut command);
        let mut child = command.spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("the program ended at once"))?;
        let mut listening = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            listening.spawn(log(stderr, pid));
        }
        Ok(Self { child, pid, stdin: None, listening })
    }

    /// Its process id.
    pub(in crate::pool) fn pid(&self) -> u32 {
        self.pid
    }

    /// The child, to take its pipes from.
    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Keeps the child's stdin open until the child is to end.
    pub(super) fn hold(&mut self, stdin: ChildStdin) {
        self.stdin = Some(stdin);
    }

    /// Waits until it ends by itself; says how.
    pub(in crate::pool) async fn ended(&mut self) -> Exit {
        exit(self.child.wait().await)
    }

    /// Ends it: by closing its stdin where it watches that, by a signal otherwise, by force after
    /// a while.
    pub(in crate::pool) async fn stop(mut self) {
        if self.stdin.take().is_none() {
            crate::os::process::ask_to_end(self.pid);
        }
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err()
            && let Err(error) = self.child.kill().await
        {
            tracing::warn!(pid = self.pid, %error, "a member's process cannot be ended");
        }
        self.listening.abort_all();
    }
}

async fn log(stderr: ChildStderr, pid: u32) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::debug!(pid, line, "a member says");
    }
}
