//! The real `sluice` program in its own folder: started, used through its command line, and stopped.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde::de::DeserializeOwned;
use sluice::control::{Client, ClientError};
use sluice::model::snapshot::{MemberView, NodeView};
use sluice::model::{self, Event, EventKind, Node, Reply, Settings, Snapshot, link};
use sluice::os::paths::Paths;

use crate::counterparts::{Origin, eventually};

/// How long anything on loopback may take on a slow machine, unless a test says otherwise.
pub const LIMIT: Duration = Duration::from_secs(30);

/// The files, environment and program that an engine starts with.
pub struct Setup {
    home: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
    program: Vec<String>,
    before: Option<&'static str>,
    stdin: Option<File>,
}

impl Setup {
    /// A new folder, with settings that use a page of `origin` for health checks and listen on any
    /// free port.
    pub fn new(origin: &Origin, change: impl FnOnce(&mut Settings)) -> Self {
        let setup = Self::empty();
        let mut settings = Settings::default();
        settings.gateway.listen = "127.0.0.1:0".parse().unwrap();
        settings.health.urls = vec![origin.url("/204")];
        settings.health.direct_urls = vec![origin.url("/204")];
        settings.health.transfer_bytes = 0;
        change(&mut settings);
        setup.write("settings.json", &serde_json::to_vec(&settings).unwrap());
        setup
    }

    /// A new, empty folder.
    pub fn empty() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
            program: words(&[&PROGRAM, "serve"]),
            before: None,
            stdin: None,
        }
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.home.path().join(name), bytes).unwrap();
    }

    /// With an environment variable.
    pub fn with_variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// With `--listen` on all addresses.
    pub fn listening_on_all(mut self) -> Self {
        self.program = words(&[&PROGRAM, "serve", "--listen", "0.0.0.0:0"]);
        self
    }

    /// In the tray instead of `sluice serve`, as a desktop session starts it.
    #[cfg(all(target_os = "linux", feature = "desktop"))]
    pub fn in_tray(self) -> Self {
        self.with_program(&[&TRAY, "--at-login"])
    }

    /// With another program and its arguments instead of `sluice serve`.
    #[cfg(all(target_os = "linux", feature = "desktop"))]
    pub fn with_program(mut self, program: &[&str]) -> Self {
        self.program = words(program);
        self
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// With a shell command that runs first, such as `ulimit -n 64`.
    #[cfg(unix)]
    pub fn after_shell_command(mut self, command: &'static str) -> Self {
        self.before = Some(command);
        self
    }

    /// With something on standard input.
    #[cfg(target_os = "linux")]
    pub fn with_stdin(mut self, stdin: File) -> Self {
        self.stdin = Some(stdin);
        self
    }

    /// Starts the engine; returns when its settings have been applied.
    pub fn start(self) -> Engine {
        let child = self.spawn();
        let engine = Engine { child, setup: self };
        engine.wait_until_applied();
        engine
    }

    /// Starts the engine; returns as soon as it answers `status`, which it does while it is still starting.
    pub fn start_busy(self) -> Engine {
        let child = self.spawn();
        let engine = Engine { child, setup: self };
        assert!(eventually(LIMIT, || engine.run(&["status"]).code == Some(0)), "the engine answers in time");
        engine
    }

    /// Starts the program without waiting for anything.
    pub fn spawn(&self) -> Child {
        self.spawn_with(&[], "stderr")
    }

    /// Starts the program with more arguments; its standard error goes to this file of the folder.
    fn spawn_with(&self, more: &[&str], stderr: &str) -> Child {
        let [program, verb @ ..] = &*self.program else { panic!("a setup has a program") };
        let mut command = self.command(program);
        let stderr = File::create(self.home.path().join(stderr)).unwrap();
        let stdin = self.stdin.as_ref().map(|stdin| stdin.try_clone().unwrap());
        command.args(verb).args(more).stdin(stdin.map_or_else(Stdio::null, Stdio::from)).stderr(stderr);
        command.stdout(Stdio::null()).spawn().expect("the program can be executed")
    }

    /// A program of Sluice with these files and this environment.
    fn command(&self, program: &str) -> Command {
        let mut command = match self.before {
            None => Command::new(program),
            Some(first) => {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(format!("{first}; exec \"$@\"")).arg("sh").arg(program);
                shell
            }
        };
        command.arg("--home").arg(self.home.path()).env_remove("SLUICE_HOME").env_remove("SLUICE_LOG");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The command line.
static PROGRAM: LazyLock<String> = LazyLock::new(|| under_test("sluice", env!("CARGO_BIN_EXE_sluice")));

/// The tray.
#[cfg(all(target_os = "linux", feature = "desktop"))]
pub static TRAY: LazyLock<String> = LazyLock::new(|| under_test("sluice-tray", env!("CARGO_BIN_EXE_sluice-tray")));

/// A program under test: the one in the folder that `SLUICE_PROGRAMS` names, such as one of a release build, or else what
/// cargo has built.
fn under_test(name: &str, built: &str) -> String {
    let folder = std::env::var("SLUICE_PROGRAMS");
    folder.map_or_else(|_| built.to_owned(), |folder| format!("{folder}/{name}"))
}

/// How a command of the command line ended.
#[derive(Debug)]
pub struct CliOutput {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A running engine; killed on drop.
pub struct Engine {
    child: Child,
    setup: Setup,
}

impl Engine {
    /// An engine in a new folder, which checks members with a page of `origin`.
    pub fn start(origin: &Origin) -> Self {
        Setup::new(origin, |_| {}).start()
    }

    /// An engine with these nodes in a cluster; returns when all of them serve.
    pub fn cluster_of(origin: &Origin, nodes: &[Node], strategy: &str) -> Self {
        let engine = Self::start(origin);
        engine.import(nodes);
        engine.cluster_on(nodes.len(), strategy);
        engine
    }

    /// Waits until its settings have been applied: unlike `status`, `events` is answered after the work in progress.
    fn wait_until_applied(&self) {
        assert!(eventually(LIMIT, || self.run(&["events"]).code == Some(0)), "the engine answers in time");
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        self.setup.home.path()
    }

    /// Its process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Runs a command.
    pub fn run(&self, args: &[&str]) -> CliOutput {
        self.run_with(args, "")
    }

    /// Runs a command with this standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> CliOutput {
        let mut command = Command::new(&*PROGRAM);
        command.arg("--home").arg(self.home()).args(args).env_remove("SLUICE_HOME").env("LC_ALL", "C.UTF-8");
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        if let Err(error) = child.stdin.take().unwrap().write_all(input.as_bytes()) {
            // Most commands do not read it, and may have exited by now.
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        CliOutput { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Runs a command that must succeed; its standard output.
    #[track_caller]
    pub fn run_ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.code, Some(0), "{args:?}: {}", output.stderr);
        output.stdout
    }

    /// Runs a command that must fail with exit code 1; its one line on standard error.
    #[track_caller]
    pub fn run_err(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!((output.code, output.stderr.lines().count()), (Some(1), 1), "{args:?}: {output:?}");
        output.stderr
    }

    /// Runs a command with `--json`; its parsed output.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self, args: &[&str]) -> T {
        serde_json::from_str(&self.run_ok(&[args, &["--json"]].concat())).unwrap()
    }

    /// Sends a command over the control socket, as the window does.
    pub async fn call(&self, command: model::Command) -> Result<Reply, ClientError> {
        let paths = Paths::find(Some(self.home())).unwrap();
        Client::connect(&paths).await?.call(command).await
    }

    /// The current snapshot.
    #[track_caller]
    pub fn status(&self) -> Snapshot {
        self.json(&["status"])
    }

    /// All events so far.
    #[track_caller]
    pub fn events(&self) -> Vec<Event> {
        self.json(&["events"])
    }

    /// How many events match.
    pub fn count_events(&self, fits: impl Fn(&EventKind) -> bool) -> usize {
        self.events().iter().filter(|event| fits(&event.kind)).count()
    }

    /// All nodes.
    pub fn nodes(&self) -> Vec<NodeView> {
        self.json(&["nodes"])
    }

    /// Adds nodes.
    #[track_caller]
    pub fn import(&self, nodes: &[Node]) {
        let links: String = nodes.iter().map(|node| link::print(node) + "\n").collect();
        let output = self.run_with(&["import", "-"], &links);
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        assert_eq!(output.stderr, "");
    }

    /// Turns load balancing on; returns when this many members serve.
    #[track_caller]
    pub fn cluster_on(&self, size: usize, strategy: &str) {
        self.run_ok(&["cluster", "on", "--size", &size.to_string(), "--strategy", strategy]);
        self.wait_for_members(size);
    }

    /// Waits until there are this many members, and all of them serve and have passed a check.
    #[track_caller]
    pub fn wait_for_members(&self, count: usize) {
        self.wait_for(&format!("{count} members serve"), |status| {
            let serving = |member: &&MemberView| member.state.is_serving() && member.latency_ms.is_some();
            status.members.len() == count && status.members.iter().filter(serving).count() == count
        });
    }

    /// Waits until the status meets a condition, and returns it.
    #[track_caller]
    pub fn wait_for(&self, what: &str, mut is_so: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        let mut last = None;
        let is_met = eventually(LIMIT, || {
            let status = self.status();
            let result = is_so(&status);
            last = Some(status);
            result
        });
        assert!(is_met, "not within {LIMIT:?}: {what}: {last:#?}");
        last.expect("the condition is evaluated at least once")
    }

    /// The gateway's address.
    #[track_caller]
    pub fn gateway(&self) -> SocketAddr {
        let gateway = self.status().gateway;
        assert!(gateway.listening, "the gateway does not listen");
        gateway.addr.parse().unwrap()
    }

    /// The number of connections of each member so far, in the order of the members.
    pub fn totals(&self) -> Vec<u64> {
        self.status().members.iter().map(|member| member.total).collect()
    }

    /// Sends SIGTERM.
    #[cfg(unix)]
    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Sends SIGKILL and waits for its end.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid().try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Its exit status, if it has exited.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Stops it with SIGTERM and starts another one on the same files after `change`.
    #[cfg(unix)]
    pub fn restarted(mut self, change: impl FnOnce(&Path)) -> Self {
        self.terminate();
        assert!(self.child.wait().unwrap().success());
        self.start_again(change)
    }

    /// Starts another one on the same files after `change`; this one must have exited.
    pub fn start_again(mut self, change: impl FnOnce(&Path)) -> Self {
        change(self.home());
        self.child = self.setup.spawn();
        self.wait_until_applied();
        self
    }

    /// Starts a new process that takes over; returns the old one.
    #[cfg(unix)]
    #[track_caller]
    pub fn take_over(&mut self) -> OldEngine {
        let new = self.start_taking_over();
        let old = OldEngine(std::mem::replace(&mut self.child, new));
        let has_taken_over = || {
            let pid = std::fs::read_to_string(self.home().join("engine.pid")).unwrap_or_default();
            pid == self.pid().to_string() && self.run(&["events"]).code == Some(0)
        };
        let is_done = eventually(LIMIT, has_taken_over);
        let stderr = std::fs::read_to_string(self.home().join("stderr.new")).unwrap_or_default();
        assert!(is_done, "it takes over in time: {stderr}");
        old
    }

    /// Starts a process that takes over.
    #[cfg(unix)]
    pub fn start_taking_over(&self) -> Child {
        self.setup.spawn_with(&["--take-over"], "stderr.new")
    }

    /// The command for another program of Sluice in the same folder and environment.
    #[cfg(all(target_os = "linux", feature = "desktop"))]
    pub fn command(&self, program: &str) -> Command {
        self.setup.command(program)
    }

    /// Starts a second process on the same folder.
    pub fn start_second(&self) -> Child {
        self.setup.spawn()
    }

    /// Its log so far, including its standard error.
    pub fn log(&self) -> String {
        let mut files = vec![self.home().join("stderr")];
        files.extend(files_in(&self.home().join("logs")));
        files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()).collect()
    }
}

/// An engine from which another one has taken over; killed on drop.
#[cfg(unix)]
pub struct OldEngine(Child);

#[cfg(unix)]
impl OldEngine {
    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Waits until it has exited.
    #[track_caller]
    pub fn wait(mut self) {
        assert!(eventually(LIMIT, || !self.is_running()), "the old engine ends");
        assert!(self.0.wait().unwrap().success());
    }
}

#[cfg(unix)]
impl Drop for OldEngine {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

impl Drop for Engine {
    #[expect(clippy::print_stderr, reason = "shown if the test fails")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let stderr = std::fs::read_to_string(self.home().join("stderr")).unwrap_or_default();
            let tail: Vec<_> = stderr.lines().rev().take(40).collect();
            eprintln!("--- the engine's last 40 lines, newest first:\n{}\n---", tail.join("\n"));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
