//! A SIP003 plugin: a program between this process and the server that obfuscates the traffic.
//!
//! It is a child of the member and never outlives it (see `os::process`). It listens on a loopback port that was free a
//! moment ago; if another program takes the port first, another port is tried. When it exits, the member exits as well,
//! and the parent restarts both.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::model::{self, Failure, FailureCause, Stage};
use crate::os::output_lines::next_line;
use crate::os::process::{self, ChildLifetime};
use crate::os::system_error;

/// A plugin written in Go usually takes 50 ms; a slow disk adds to that.
const START_LIMIT: Duration = Duration::from_secs(5);
/// How long to wait for the rest of the output after an exit.
const OUTPUT_LIMIT: Duration = Duration::from_millis(200);
/// In bytes; enough to recognise an error.
const MAX_LINE: usize = 300;

/// Plugins with two program names: the one in links, and the one in distributions.
const ALIASES: &[&[&str]] = &[&["v2ray-plugin", "ss-v2ray-plugin"], &["obfs-local", "simple-obfs"]];

/// A running plugin; killed when dropped.
pub(super) struct PluginProcess {
    /// The address where it accepts connections for the server.
    pub(super) addr: SocketAddr,
    name: String,
    child: Child,
    last_line: watch::Receiver<String>,
    /// Reads its standard error; a full pipe would block it.
    reader: JoinSet<()>,
}

impl PluginProcess {
    /// Starts the plugin for the server at `host` and `port`, and waits until it accepts.
    ///
    /// # Errors
    /// Stage plugin: the program does not exist, or it exited, or did not accept connections in time.
    pub(super) async fn start(plugin: &model::Plugin, host: &str, port: u16) -> Result<Self, Failure> {
        match Self::attempt(plugin, host, port).await {
            Err(PluginStartError::PortTaken) => Self::attempt(plugin, host, port).await,
            other => other,
        }
        .map_err(|error| match error {
            PluginStartError::Failed(cause) => Failure::new(Stage::Plugin, cause),
            PluginStartError::PortTaken => Failure::new(Stage::Plugin, FailureCause::PortTaken),
        })
    }

    async fn attempt(plugin: &model::Plugin, host: &str, port: u16) -> Result<Self, PluginStartError> {
        let addr =
            free_port().map_err(|error| PluginStartError::Failed(FailureCause::NoPort(system_error::of(&error))))?;
        let mut child = spawn(plugin, host, port, addr)?;
        let stderr = child.stderr.take().expect("standard error is piped");
        let (line, last_line) = watch::channel(String::new());
        let mut reader = JoinSet::new();
        reader.spawn(read_lines(stderr, line, plugin.options.clone()));
        let mut plugin = Self { addr, name: plugin.name.clone(), child, last_line, reader };
        match timeout(START_LIMIT, plugin.accepts()).await {
            Ok(Ok(())) => Ok(plugin),
            // It exited while its port is in use, so another program has the port.
            Ok(Err(_)) if TcpListener::bind(addr).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse) => {
                Err(PluginStartError::PortTaken)
            }
            Ok(Err(status)) => Err(PluginStartError::Failed(plugin.exit_error(status).await)),
            Err(_elapsed) => Err(PluginStartError::Failed(FailureCause::NotReady(START_LIMIT.as_secs()))),
        }
    }

    /// Waits until the plugin accepts connections or has exited.
    async fn accepts(&mut self) -> Result<(), io::Result<ExitStatus>> {
        let start = Instant::now();
        loop {
            if TcpStream::connect(self.addr).await.is_ok() {
                return match self.child.try_wait() {
                    Ok(None) => Ok(()),
                    Ok(Some(status)) => Err(Ok(status)),
                    Err(error) => Err(Err(error)),
                };
            }
            // Often at first, as most plugins start fast; then less often.
            let pause = (start.elapsed() / 4).clamp(Duration::from_millis(2), Duration::from_millis(50));
            tokio::select! {
                status = self.child.wait() => return Err(status),
                () = sleep(pause) => {}
            }
        }
    }

    /// The exit status, with the plugin's last line.
    async fn exit_error(&mut self, status: io::Result<ExitStatus>) -> FailureCause {
        // A grandchild may hold the pipe open.
        timeout(OUTPUT_LIMIT, self.reader.join_next()).await.ok();
        let said = self.last_line.borrow().clone();
        FailureCause::Ended { program: self.name.clone(), exit: process::exit(status), said }
    }
}

/// Waits for the plugin's exit, and returns its status; pending forever if there is no plugin.
pub(super) async fn ended(plugin: Option<PluginProcess>) -> Failure {
    let Some(mut plugin) = plugin else { return std::future::pending().await };
    let status = plugin.child.wait().await;
    Failure::new(Stage::Plugin, plugin.exit_error(status).await)
}

/// Why a plugin did not start.
enum PluginStartError {
    PortTaken,
    Failed(FailureCause),
}

fn free_port() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn spawn(plugin: &model::Plugin, host: &str, port: u16, addr: SocketAddr) -> Result<Child, PluginStartError> {
    let aliases = ALIASES.iter().filter(|names| names.contains(&&*plugin.name)).flat_map(|names| names.iter().copied());
    for program in std::iter::once(&*plugin.name).chain(aliases.filter(|name| *name != plugin.name)) {
        let mut command = Command::from(process::child(program, ChildLifetime::Grouped));
        command
            .env("SS_REMOTE_HOST", host)
            .env("SS_REMOTE_PORT", port.to_string())
            .env("SS_LOCAL_HOST", addr.ip().to_string())
            .env("SS_LOCAL_PORT", addr.port().to_string())
            .env("SS_PLUGIN_OPTIONS", &plugin.options)
            // Standard output is used for the member's report to its parent.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let (program, why) = (plugin.name.clone(), system_error::of(&error));
                return Err(PluginStartError::Failed(FailureCause::NotStarted { program, why }));
            }
        }
    }
    Err(PluginStartError::Failed(FailureCause::NoProgram(plugin.name.clone())))
}

async fn read_lines(stderr: ChildStderr, last_line: watch::Sender<String>, options: String) {
    let mut output = BufReader::new(stderr);
    while let Some(line) = next_line(&mut output).await {
        let said = redacted(&line, &options);
        if !said.is_empty() {
            tracing::debug!("plugin: {said}");
            last_line.send_replace(said);
        }
    }
}

/// A plugin's line in a form that can be shown: a single line, truncated, and without the values of the plugin's
/// options, which may contain keys.
fn redacted(line: &str, options: &str) -> String {
    let values = options.split(';').filter_map(|option| option.split_once('=')).map(|(_, value)| value);
    let shown = values.filter(|value| value.len() > 3).fold(line.to_owned(), |line, value| line.replace(value, "***"));
    let printable = shown.trim().chars().filter(|letter| !letter.is_control());
    printable.take(MAX_LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(name: &str) -> model::Plugin {
        model::Plugin { name: name.into(), options: "key=sesame;fast".into() }
    }

    #[test]
    fn a_line_is_shown_without_option_values() {
        assert_eq!(redacted(" bad key \u{7}sesame\n", "key=sesame;fast"), "bad key ***");
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let Err(failure) = PluginProcess::start(&plugin("no-such-plugin"), "127.0.0.1", 1).await else {
            panic!("it runs")
        };
        assert_eq!(failure, Failure::new(Stage::Plugin, FailureCause::NoProgram("no-such-plugin".into())));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_plugin_exit_is_described() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("plugin");
        std::fs::write(&script, "#!/bin/sh\necho \"cannot use $SS_PLUGIN_OPTIONS\" >&2\nexit 3\n").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&script, executable).unwrap();
        let script = script.to_str().unwrap();
        let Err(failure) = PluginProcess::start(&plugin(script), "127.0.0.1", 1).await else { panic!("it runs") };
        assert_eq!(failure.cause.to_string(), format!("{script} exited (exit status 3): cannot use key=***;fast"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_last_line_is_kept_whatever_a_plugin_writes() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("plugin");
        let text = "#!/bin/sh\nprintf '\\377\\376\\n' >&2\nhead -c 3000000 /dev/zero | tr '\\0' x >&2\necho >&2\necho last >&2\nexit 3\n";
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let script = script.to_str().unwrap();
        let Err(failure) = PluginProcess::start(&plugin(script), "127.0.0.1", 1).await else { panic!("it runs") };
        assert_eq!(failure.cause.to_string(), format!("{script} exited (exit status 3): last"));
    }
}
