//! `serve --take-over --background`: starts `serve --take-over` in a process of its own and waits until that serves.
//!
//! A service manager runs this for `systemctl reload`: the new process belongs to the same unit, and the old engine makes it
//! the unit's main process. It is no child of this process, which exits, but one of the service manager.

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::ChildStdout;

use crate::cli::exit::CliError;
use crate::control::Client;
use crate::os::paths::Paths;
use crate::os::process::{ChildLifetime, child, spawn_orphan};
use crate::os::single_instance::last_holder;

/// How often the lock is checked.
const POLL: Duration = Duration::from_millis(50);

/// Starts the engine. If it does not start, it has said why, and the exit code is that of a failure.
pub(in crate::cli) fn take_over_in_background(paths: &Paths) -> Result<ExitCode, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(take_over(paths))
}

async fn take_over(paths: &Paths) -> Result<ExitCode, CliError> {
    let before = last_holder(&paths.lock());
    let mut command = child(std::env::current_exe()?, ChildLifetime::Independent);
    command.args(std::env::args_os().skip(1).filter(|argument| argument != "--background"));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let stdout = spawn_orphan(command)?.map(ChildStdout::from_std).transpose()?;
    let has_taken_over = async {
        while last_holder(&paths.lock()) == before || Client::connect(paths).await.is_err() {
            tokio::time::sleep(POLL).await;
        }
    };
    // The engine prints nothing: its standard output only shows that it has ended.
    let has_ended = async {
        match stdout {
            Some(mut stdout) => _ = stdout.read_to_end(&mut Vec::new()).await,
            None => std::future::pending().await,
        }
    };
    Ok(tokio::select! {
        () = has_taken_over => ExitCode::SUCCESS,
        () = has_ended => ExitCode::FAILURE,
    })
}
