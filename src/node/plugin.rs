//! A SIP003 plugin: a program between this process and the server, that dresses the bytes up.
//!
//! It is a child of the member and never outlives it (see `os::process`). It listens on a loopback
//! port that was free a moment ago; if another program takes the port first, a second one is tried.
//! Once it runs, its end is the member's end: the parent restarts both.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::model::{self, Failure, Stage, Trouble};
use crate::os::{obstacle, process};

/// A plugin written in Go takes 50 ms on a good day; a slow disk has its time too.
const START_LIMIT: Duration = Duration::from_secs(5);
/// The time between an exit and the last word in the pipe.
const LAST_WORDS_LIMIT: Duration = Duration::from_millis(200);
/// Enough to recognise an error by.
const LONGEST_LINE: usize = 300;

/// Programs that go by two names: what links call them, and what distributions call them.
const ALIASES: &[&[&str]] = &[&["v2ray-plugin", "ss-v2ray-plugin"], &["obfs-local", "simple-obfs"]];

/// A running plugin; killed when dropped.
pub(super) struct Plugin {
    /// Where it takes connections for the server.
    pub(super) addr: SocketAddr,
    name: String,
    child: Child,
    last_line: watch::Receiver<String>,
    /// Reads its standard error, which would block it if nobody did.
    reader: JoinSet<()>,
}

impl Plugin {
    /// Starts the plugin for the server at `host` and `port`, and waits until it accepts.
    ///
    /// # Errors
    /// Stage plugin: no such program, or it ended, or did not accept in time.
    pub(super) async fn start(plugin: &model::Plugin, host: &str, port: u16) -> Result<Self, Failure> {
        match Self::attempt(plugin, host, port).await {
            Err(Attempt::PortTaken) => Self::attempt(plugin, host, port).await,
            other => other,
        }
        .map_err(|attempt| match attempt {
            Attempt::Failed(trouble) => Failure::known(Stage::Plugin, trouble),
            Attempt::PortTaken => Failure::known(Stage::Plugin, Trouble::PortTaken),
        })
    }

    async fn attempt(plugin: &model::Plugin, host: &str, port: u16) -> Result<Self, Attempt> {
        let addr = free_port().map_err(|error| Attempt::Failed(Trouble::NoPort(obstacle::of(&error))))?;
        let mut child = spawn(plugin, host, port, addr)?;
        let stderr = child.stderr.take().expect("standard error is piped");
        let (line, last_line) = watch::channel(String::new());
        let mut reader = JoinSet::new();
        reader.spawn(read_lines(stderr, line, plugin.options.clone()));
        let mut plugin = Self { addr, name: plugin.name.clone(), child, last_line, reader };
        match timeout(START_LIMIT, plugin.accepts()).await {
            Ok(Ok(())) => Ok(plugin),
            // It gave up although its port is in use: then not by itself.
            Ok(Err(_)) if TcpListener::bind(addr).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse) => {
                Err(Attempt::PortTaken)
            }
            Ok(Err(status)) => Err(Attempt::Failed(plugin.obituary(status).await)),
            Err(_elapsed) => Err(Attempt::Failed(Trouble::NotReady(START_LIMIT.as_secs()))),
        }
    }

    /// Waits until the plugin accepts connections, or is gone.
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
            // Often at first, as most plugins are quick; then less.
            let pause = (start.elapsed() / 4).clamp(Duration::from_millis(2), Duration::from_millis(50));
            tokio::select! {
                status = self.child.wait() => return Err(status),
                () = sleep(pause) => {}
            }
        }
    }

    /// How it ended, with what it said last.
    async fn obituary(&mut self, status: io::Result<ExitStatus>) -> Trouble {
        // A grandchild may hold the pipe open.
        timeout(LAST_WORDS_LIMIT, self.reader.join_next()).await.ok();
        let said = self.last_line.borrow().clone();
        Trouble::Ended { program: self.name.clone(), exit: process::exit(status), said }
    }
}

/// Returns when the plugin has ended, with how; never where there is none.
pub(super) async fn ended(plugin: Option<Plugin>) -> Failure {
    let Some(mut plugin) = plugin else { return std::future::pending().await };
    let status = plugin.child.wait().await;
    Failure::known(Stage::Plugin, plugin.obituary(status).await)
}

enum Attempt {
    PortTaken,
    Failed(Trouble),
}

fn free_port() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn spawn(plugin: &model::Plugin, host: &str, port: u16, addr: SocketAddr) -> Result<Child, Attempt> {
    let aliases = ALIASES.iter().filter(|names| names.contains(&&*plugin.name)).flat_map(|names| names.iter().copied());
    for program in std::iter::once(&*plugin.name).chain(aliases.filter(|name| *name != plugin.name)) {
        let mut command = Command::new(program);
        command
            .env("SS_REMOTE_HOST", host)
            .env("SS_REMOTE_PORT", port.to_string())
            .env("SS_LOCAL_HOST", addr.ip().to_string())
            .env("SS_LOCAL_PORT", addr.port().to_string())
            .env("SS_PLUGIN_OPTIONS", &plugin.options)
            // Standard output is the line to our parent.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        process::die_with_parent(&mut command);
        match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let (program, why) = (plugin.name.clone(), obstacle::of(&error));
                return Err(Attempt::Failed(Trouble::NotStarted { program, why }));
            }
        }
    }
    Err(Attempt::Failed(Trouble::NoProgram(plugin.name.clone())))
}

async fn read_lines(stderr: ChildStderr, last_line: watch::Sender<String>, options: String) {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        let said = presentable(&String::from_utf8_lossy(&line), &options);
        if !said.is_empty() {
            tracing::debug!("plugin: {said}");
            last_line.send_replace(said);
        }
        line.clear();
    }
}

/// A plugin's line as it may be shown: one line, not too long, and without the values of the
/// plugin's options, among which some plugins have keys.
fn presentable(line: &str, options: &str) -> String {
    let values = options.split(';').filter_map(|option| option.split_once('=')).map(|(_, value)| value);
    let shown = values.filter(|value| value.len() > 3).fold(line.to_owned(), |line, value| line.replace(value, "***"));
    let printable = shown.trim().chars().filter(|letter| !letter.is_control());
    printable.take(LONGEST_LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(name: &str) -> model::Plugin {
        model::Plugin { name: name.into(), options: "key=sesame;fast".into() }
    }

    #[test]
    fn a_line_is_shown_without_option_values() {
        assert_eq!(presentable(" bad key \u{7}sesame\n", "key=sesame;fast"), "bad key ***");
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let Err(failure) = Plugin::start(&plugin("no-such-plugin"), "127.0.0.1", 1).await else { panic!("it runs") };
        assert_eq!(failure, Failure::known(Stage::Plugin, Trouble::NoProgram("no-such-plugin".into())));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_plugin_that_ends_says_how() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("plugin");
        std::fs::write(&script, "#!/bin/sh\necho \"cannot use $SS_PLUGIN_OPTIONS\" >&2\nexit 3\n").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&script, executable).unwrap();
        let script = script.to_str().unwrap();
        let Err(failure) = Plugin::start(&plugin(script), "127.0.0.1", 1).await else { panic!("it runs") };
        assert_eq!(failure.detail, format!("{script} ended with exit status: 3: cannot use key=***;fast"));
    }
}
