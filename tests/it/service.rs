//! The engine as a service of systemd: what it tells it and when, a port that is passed to it, lines for the journal, and
//! the unit that is installed. The manager is a datagram socket here.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::counterparts::{Origin, SocksServer, V4, eventually, free_port, missing};
use crate::engine::{LIMIT, Setup};
use crate::source::root;

/// Receives what services tell; at each message it asks whether the port answers.
struct Manager {
    folder: tempfile::TempDir,
    told: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Manager {
    fn start(port: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        let told = Arc::<Mutex<Vec<_>>>::default();
        let noted = told.clone();
        std::thread::spawn(move || {
            let mut message = [0; 512];
            while let Ok(length) = socket.recv(&mut message) {
                let text = String::from_utf8_lossy(&message[..length]).trim_end().to_owned();
                noted.lock().unwrap().push((text, greets(port)));
            }
        });
        Self { folder, told }
    }

    fn socket(&self) -> String {
        self.folder.path().join("notify").to_str().unwrap().to_owned()
    }

    fn count(&self, message: &str) -> usize {
        self.told.lock().unwrap().iter().filter(|(text, _)| text == message).count()
    }

    #[track_caller]
    fn wait_for(&self, message: &str, times: usize) {
        let is_told = || self.count(message) >= times;
        assert!(eventually(LIMIT, is_told), "{times} times {message}: {:?}", self.told.lock().unwrap());
    }
}

/// Whether the port answers a SOCKS5 greeting.
fn greets(port: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(port) else { return false };
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut answer = [0; 2];
    stream.write_all(b"\x05\x01\x00").is_ok() && stream.read_exact(&mut answer).is_ok() && answer == [5, 0]
}

#[test]
fn ready_is_told_when_the_port_answers_and_stopping_when_it_stops() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let port = SocketAddr::new(V4, free_port(V4));
    let manager = Manager::start(port);
    let setup = Setup::new(&origin, |settings| settings.gateway.listen = port);
    let engine = setup.with_variable("NOTIFY_SOCKET", manager.socket()).start();
    manager.wait_for("READY=1", 1);
    assert!(!greets(port), "nothing is wanted of the port yet");

    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    let engine = engine.restarted(|_| {});
    manager.wait_for("STOPPING=1", 1);
    manager.wait_for("READY=1", 2);
    let told = manager.told.lock().unwrap().clone();
    assert_eq!(told.last(), Some(&("READY=1".to_owned(), true)), "the port answers when it is told: {told:?}");

    // Where the port cannot be opened it is not ready, until it can.
    let mut squatter = None;
    let engine = engine.restarted(|_| squatter = Some(TcpListener::bind(port).unwrap()));
    assert!(!engine.status().gateway.listening);
    assert_eq!(manager.count("READY=1"), 2);
    drop(squatter);
    engine.run_ok(&["connect", "Tokyo"]);
    manager.wait_for("READY=1", 3);
    assert_eq!(manager.count("WATCHDOG=1"), 0, "nobody has asked for it");
}

#[test]
fn the_watchdog_hears_of_the_event_loop() {
    let origin = Origin::start(V4);
    let manager = Manager::start(SocketAddr::new(V4, free_port(V4)));
    let setup = Setup::new(&origin, |_| {}).with_variable("NOTIFY_SOCKET", manager.socket());
    let _engine = setup.with_variable("WATCHDOG_USEC", "300000").start();
    manager.wait_for("WATCHDOG=1", 3);
    let told: Vec<_> = manager.told.lock().unwrap().iter().map(|(text, _)| text.clone()).collect();
    assert_eq!(told[0], "READY=1");
}

#[test]
fn a_passed_port_is_used_and_stays_open_while_the_engine_is_away() {
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

    // The port that the manager holds is not in the way.
    engine.run_ok(&["disconnect"]);
    engine.run_ok(&["connect", "Tokyo"]);
    assert!(greets(port));

    engine.kill();
    let mut waiting = TcpStream::connect(port).expect("systemd holds the port");
    waiting.write_all(b"\x05\x01\x00").unwrap();
    let _engine = engine.start_again(|_| {});
    waiting.set_read_timeout(Some(LIMIT)).unwrap();
    let mut answer = [0; 2];
    waiting.read_exact(&mut answer).expect("who has waited is answered");
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
    assert!(eventually(LIMIT, is_in_file), "the log file is as ever: {}", engine.log());
}

#[test]
fn a_stderr_that_is_not_the_journals_has_times() {
    let origin = Origin::start(V4);
    let engine = Setup::new(&origin, |_| {}).with_variable("JOURNAL_STREAM", "1:1").start();
    let stderr = std::fs::read_to_string(engine.home().join("stderr")).unwrap();
    assert!(stderr.starts_with("20"), "{stderr}");
}

/// Runs `systemd-analyze`; what it says.
fn analyze(words: &[&str], files: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sluice"), folder.path().join("sluice")).unwrap();
    let mut command = Command::new("systemd-analyze");
    command.args(words).env("XDG_RUNTIME_DIR", folder.path());
    for name in files {
        let unit = std::fs::read_to_string(root().join("installer/systemd").join(name)).unwrap();
        let unit = unit.replace("/usr/bin/sluice", folder.path().join("sluice").to_str().unwrap());
        std::fs::write(folder.path().join(name), unit).unwrap();
        command.arg(folder.path().join(name));
    }
    let ran = command.output().unwrap();
    let text = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    assert!(ran.status.success(), "{words:?}: {text}");
    text
}

#[test]
fn the_units_are_valid_and_give_little_away() {
    if missing("systemd-analyze") {
        return;
    }
    let said = analyze(&["verify", "--user", "--man=no"], &["sluice.service", "sluice.socket"]);
    assert_eq!(said, "");
    let said = analyze(&["security", "--offline=yes", "--threshold=30", "--no-pager"], &["sluice.service"]);
    assert!(said.contains("Overall exposure level"), "{said}");
}
