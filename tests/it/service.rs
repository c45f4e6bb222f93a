//! The engine as a systemd service: its notifications, socket activation, journal output, and the installed units. A
//! datagram socket plays the service manager.

use std::fs::File;
use std::io::{IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::counterparts::{Origin, SocksServer, V4, eventually, free_port, missing};
use crate::engine::{Engine, LIMIT, Setup};
use crate::source::root;

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    /// The process that sent it.
    sender: u32,
    text: String,
    /// Whether the port was open when it arrived.
    port_open: bool,
}

/// Receives a service's notifications.
struct Manager {
    folder: tempfile::TempDir,
    messages: Arc<Mutex<Vec<Message>>>,
}

impl Manager {
    fn start(port: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        let messages = Arc::<Mutex<Vec<_>>>::default();
        let received = messages.clone();
        set_socket_passcred(&socket, true).unwrap();
        std::thread::spawn(move || {
            while let Some((sender, text)) = receive(&socket) {
                received.lock().unwrap().push(Message { sender, text, port_open: greets(port) });
            }
        });
        Self { folder, messages }
    }

    fn socket(&self) -> String {
        self.folder.path().join("notify").to_str().unwrap().to_owned()
    }

    fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }

    fn count(&self, message: &str) -> usize {
        self.messages().iter().filter(|received| received.text == message).count()
    }

    #[track_caller]
    fn wait_for(&self, message: &str, times: usize) {
        let is_received = || self.count(message) >= times;
        assert!(eventually(LIMIT, is_received), "{times} times {message}: {:?}", self.messages());
    }
}

/// The next notification with its sender, which the kernel names.
fn receive(socket: &UnixDatagram) -> Option<(u32, String)> {
    let (mut bytes, mut space) = ([0; 512], [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))]);
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [IoSliceMut::new(&mut bytes)], &mut control, RecvFlags::empty()).ok()?;
    let sender = control.drain().find_map(|message| {
        let RecvAncillaryMessage::ScmCredentials(sender) = message else { return None };
        Some(sender.pid.as_raw_nonzero().get().try_into().unwrap())
    });
    Some((sender?, String::from_utf8_lossy(&bytes[..received.bytes]).trim_end().to_owned()))
}

/// Whether the port answers a SOCKS5 greeting.
fn greets(port: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(port) else { return false };
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut answer = [0; 2];
    stream.write_all(b"\x05\x01\x00").is_ok() && stream.read_exact(&mut answer).is_ok() && answer == [5, 0]
}

#[test]
fn the_manager_is_notified_when_the_port_is_open_and_when_the_engine_stops() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let port = SocketAddr::new(V4, free_port(V4));
    let manager = Manager::start(port);
    let setup = Setup::new(&origin, |settings| settings.gateway.listen = port);
    let engine = setup.with_variable("NOTIFY_SOCKET", manager.socket()).start();
    manager.wait_for("READY=1", 1);
    assert!(!greets(port), "the proxy is off, so the port is closed");

    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    let engine = engine.restarted(|_| {});
    manager.wait_for("STOPPING=1", 1);
    manager.wait_for("READY=1", 2);
    let messages = manager.messages();
    let last = messages.last().unwrap();
    assert_eq!((&*last.text, last.port_open), ("READY=1", true), "the port is open at the notification: {messages:?}");

    // The engine is not ready while the port is in use.
    let mut squatter = None;
    let engine = engine.restarted(|_| squatter = Some(TcpListener::bind(port).unwrap()));
    assert!(!engine.status().gateway.listening);
    assert_eq!(manager.count("READY=1"), 2);
    drop(squatter);
    engine.run_ok(&["connect", "Tokyo"]);
    manager.wait_for("READY=1", 3);
    assert_eq!(manager.count("WATCHDOG=1"), 0, "no watchdog is configured");
}

#[test]
fn the_watchdog_is_notified_regularly() {
    let origin = Origin::start(V4);
    let manager = Manager::start(SocketAddr::new(V4, free_port(V4)));
    let setup = Setup::new(&origin, |_| {}).with_variable("NOTIFY_SOCKET", manager.socket());
    let _engine = setup.with_variable("WATCHDOG_USEC", "300000").start();
    manager.wait_for("WATCHDOG=1", 3);
    assert_eq!(manager.messages()[0].text, "READY=1");
}

#[test]
fn a_new_engine_becomes_the_main_process() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let port = SocketAddr::new(V4, free_port(V4));
    let manager = Manager::start(port);
    let setup = Setup::new(&origin, |settings| settings.gateway.listen = port);
    let setup = setup.with_variable("NOTIFY_SOCKET", manager.socket()).with_variable("WATCHDOG_USEC", "300000");
    let mut engine = setup.start();
    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    let first = engine.pid();
    // As a service manager does, which announces its watchdog to no other process.
    let (code, stderr) = take_over_in_background(&engine, Some(manager.socket()));
    let background = Background::of(&engine);
    assert_eq!(code, Some(0), "{stderr}");
    let second = background.0.as_raw_nonzero().get().cast_unsigned();
    assert!(eventually(LIMIT, || engine.ended().is_some_and(|status| status.success())), "the old engine ends");
    manager.wait_for("READY=1", 2);
    let alive = manager.count("WATCHDOG=1");
    manager.wait_for("WATCHDOG=1", alive + 3);

    // A manager listens to the main process alone.
    let (mut main, mut notified) = (first, Vec::new());
    for Message { sender, text, port_open } in manager.messages() {
        assert_eq!(sender, main, "{text}: {:?}", manager.messages());
        if text == format!("MAINPID={second}") {
            main = second;
            assert!(port_open, "the port is never closed");
        }
        notified.push(text);
    }
    notified.dedup();
    let announced = format!("MAINPID={second}");
    assert_eq!(notified, ["READY=1", "WATCHDOG=1", &announced, "READY=1", "WATCHDOG=1"]);
}

/// An engine that is no child of the test; stopped on drop.
struct Background(Pid);

impl Background {
    fn of(engine: &Engine) -> Self {
        let holder = std::fs::read_to_string(engine.home().join("engine.pid")).unwrap();
        Self(Pid::from_raw(holder.parse().unwrap()).unwrap())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        kill_process(self.0, Signal::TERM).ok();
        assert!(eventually(LIMIT, || test_kill_process(self.0).is_err()), "it exits");
    }
}

/// Runs `serve --take-over --background`: its exit code and messages. The new engine keeps the standard error open.
fn take_over_in_background(engine: &Engine, notify: Option<String>) -> (Option<i32>, String) {
    let file = engine.home().join("stderr.new");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("--home").arg(engine.home()).args(["serve", "--take-over", "--background"]);
    command.env_remove("SLUICE_HOME").env("LC_ALL", "C.UTF-8").envs(notify.map(|socket| ("NOTIFY_SOCKET", socket)));
    let status = command.stdout(Stdio::null()).stderr(File::create(&file).unwrap()).status().unwrap();
    (status.code(), std::fs::read_to_string(file).unwrap())
}

#[test]
fn a_new_engine_goes_on_in_the_background() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let mut engine = Engine::start(&origin);
    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    let (old, port) = (engine.pid().to_string(), engine.gateway());
    let holder = || std::fs::read_to_string(engine.home().join("engine.pid")).unwrap();

    let settings = engine.home().join("settings.json");
    let good = std::fs::read(&settings).unwrap();
    std::fs::write(&settings, b"{\"version\":1,\"cluster\":{\"size\":0}}").unwrap();
    let (code, stderr) = take_over_in_background(&engine, None);
    assert_eq!((code, holder()), (Some(1), old.clone()), "{stderr}");
    assert!(stderr.contains("cluster.size"), "{stderr}");

    std::fs::write(&settings, good).unwrap();
    let (code, stderr) = take_over_in_background(&engine, None);
    let (new, _background) = (holder(), Background::of(&engine));
    assert_eq!(code, Some(0), "{stderr}");
    assert_ne!(new, old);
    assert!(greets(port));
    let parent = std::fs::read_to_string(format!("/proc/{new}/status")).unwrap();
    assert!(!parent.contains(&format!("PPid:\t{}\n", std::process::id())), "its parent is not this process");
    assert!(eventually(LIMIT, || engine.ended().is_some_and(|status| status.success())), "the old engine ends");
    assert_eq!(engine.status().gateway.addr, port.to_string());
}

#[test]
fn a_passed_port_is_used_and_stays_open_while_the_engine_restarts() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap();
    let setup = Setup::new(&origin, |_| {}).with_stdin(File::from(OwnedFd::from(listener)));
    let pass = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=gateway";
    let mut engine = setup.after_shell_command(pass).start();
    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    assert_eq!(engine.gateway(), port);
    assert!(greets(port));

    // The inherited port can be closed and used again.
    engine.run_ok(&["disconnect"]);
    engine.run_ok(&["connect", "Tokyo"]);
    assert!(greets(port));

    engine.kill();
    let mut waiting = TcpStream::connect(port).expect("systemd holds the port");
    waiting.write_all(b"\x05\x01\x00").unwrap();
    let _engine = engine.start_again(|_| {});
    waiting.set_read_timeout(Some(LIMIT)).unwrap();
    let mut answer = [0; 2];
    waiting.read_exact(&mut answer).expect("the waiting client is served");
    assert_eq!(answer, [5, 0]);
}

#[test]
fn the_journal_gets_priorities_and_no_times() {
    let origin = Origin::start(V4);
    let setup = Setup::new(&origin, |_| {});
    let file = setup.home().join("stderr");
    std::fs::write(&file, "").unwrap();
    let meta = std::fs::metadata(&file).unwrap();
    let engine = setup.with_variable("JOURNAL_STREAM", format!("{}:{}", meta.dev(), meta.ino())).start();
    let journal = std::fs::read_to_string(&file).unwrap();
    assert!(journal.starts_with("<6>") && journal.lines().all(|line| line.starts_with('<')), "{journal}");
    assert!(!journal.contains(" INFO "), "{journal}");
    let is_in_file = || engine.log().lines().any(|line| line.starts_with("20") && line.contains(" INFO "));
    assert!(eventually(LIMIT, is_in_file), "the log file has times and levels: {}", engine.log());
}

#[test]
fn without_a_journal_stderr_has_times() {
    let origin = Origin::start(V4);
    let engine = Setup::new(&origin, |_| {}).with_variable("JOURNAL_STREAM", "1:1").start();
    let stderr = std::fs::read_to_string(engine.home().join("stderr")).unwrap();
    assert!(stderr.starts_with("20"), "{stderr}");
}

/// Runs `systemd-analyze`; its output.
fn analyze(args: &[&str], files: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sluice"), folder.path().join("sluice")).unwrap();
    let mut command = Command::new("systemd-analyze");
    command.args(args).env("XDG_RUNTIME_DIR", folder.path());
    for name in files {
        let unit = std::fs::read_to_string(root().join("installer/systemd").join(name)).unwrap();
        let unit = unit.replace("/usr/bin/sluice", folder.path().join("sluice").to_str().unwrap());
        std::fs::write(folder.path().join(name), unit).unwrap();
        command.arg(folder.path().join(name));
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{args:?}: {text}");
    text
}

#[test]
fn the_units_are_valid_and_sandboxed() {
    if missing("systemd-analyze") {
        return;
    }
    let stdout = analyze(&["verify", "--user", "--man=no"], &["sluice.service", "sluice.socket"]);
    assert_eq!(stdout, "");
    let stdout = analyze(&["security", "--offline=yes", "--threshold=30", "--no-pager"], &["sluice.service"]);
    assert!(stdout.contains("Overall exposure level"), "{stdout}");
}
