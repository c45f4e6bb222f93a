//! The desktop's proxy setting, with GNOME's and KDE's own programs on a bus and in a home of their
//! own: set, given back, and given back after every way in which the program can end.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sluice::model::settings::Mode;
use sluice::model::{EventKind, Settings};

use crate::counterparts::{Origin, V4, eventually, find, missing};
use crate::engine::{Engine, LIMIT, Setup};

/// What giving back may take after the program was killed: two seconds, and a machine that does other
/// things meanwhile.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });

/// One node, which nobody has to reach.
const NODES: &[u8] = br#"{"version":1,"nodes":[{"name":"a","host":"127.0.0.1","port":1,"kind":"socks5"}]}"#;

/// A session of its own, with settings that a user might have.
struct Session {
    home: tempfile::TempDir,
    bus: Child,
    address: String,
}

/// The programs without which there is nothing to show.
fn lacks_programs() -> bool {
    ["dbus-daemon", "gsettings", "kreadconfig5", "kwriteconfig5"].iter().any(|program| missing(program))
}

impl Session {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        // dconf keeps files of one name in both places.
        std::fs::DirBuilder::new().mode(0o700).create(home.path().join("runtime")).unwrap();
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .envs(Self::places(home.path()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let session = Self { home, bus, address: address.trim().into() };
        session.gsettings("set org.gnome.system.proxy mode", "'auto'");
        session.gsettings("set org.gnome.system.proxy autoconfig-url", "'http://corp.example/it\\'s.pac'");
        session.gsettings("set org.gnome.system.proxy ignore-hosts", "['localhost', 'corp.example']");
        session.gsettings("set org.gnome.system.proxy.http host", "'proxy.corp.example'");
        session.gsettings("set org.gnome.system.proxy.http port", "3128");
        session.kde("httpProxy", "http://proxy.corp.example 3128");
        session.kde("NoProxyFor", "corp.example");
        session
    }

    fn places(home: &Path) -> Vec<(&'static str, String)> {
        let (runtime, home) = (home.join("runtime").display().to_string(), home.display().to_string());
        let names = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"];
        let own = [("XDG_RUNTIME_DIR", runtime), ("GSETTINGS_BACKEND", "dconf".into())];
        names.into_iter().map(|name| (name, home.clone())).chain(own).collect()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = Self::places(self.home.path());
        variables.push(("DBUS_SESSION_BUS_ADDRESS", self.address.clone()));
        variables
    }

    fn run(&self, program: &str, words: &[&str]) -> String {
        let ran = Command::new(find(program).unwrap()).args(words).envs(self.variables()).output().unwrap();
        assert!(ran.status.success(), "{program} {words:?}: {ran:?}");
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    }

    fn gsettings(&self, words: &str, value: &str) -> String {
        let words: Vec<_> = words.split(' ').chain((!value.is_empty()).then_some(value)).collect();
        self.run("gsettings", &words)
    }

    fn kde(&self, key: &str, value: &str) {
        self.run("kwriteconfig5", &["--file", "kioslaverc", "--group", "Proxy Settings", "--key", key, value]);
    }

    fn kde_file(&self) -> String {
        std::fs::read_to_string(self.home.path().join("kioslaverc")).unwrap_or_default()
    }

    /// Every proxy setting of both desktops.
    fn all(&self) -> (Vec<String>, Vec<String>) {
        let lines = |text: String| {
            let mut lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
            lines.sort();
            lines
        };
        (lines(self.gsettings("list-recursively org.gnome.system.proxy", "")), lines(self.kde_file()))
    }

    fn mode(&self) -> String {
        self.gsettings("get org.gnome.system.proxy mode", "")
    }

    /// An engine in this session, on, in a mode.
    fn engine(&self, origin: &Origin, mode: Mode) -> Engine {
        self.setup(origin, mode).start()
    }

    fn setup(&self, origin: &Origin, mode: Mode) -> Setup {
        let setup = Setup::new(origin, |settings| on(settings, mode));
        setup.write("nodes.json", NODES);
        self.variables().into_iter().fold(setup, |setup, (name, value)| setup.with_variable(name, value))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.bus.kill().ok();
        self.bus.wait().ok();
    }
}

fn on(settings: &mut Settings, mode: Mode) {
    settings.active = true;
    settings.cluster.on = true;
    settings.mode = mode;
}

fn was_told(engine: &Engine, fits: impl Fn(&EventKind) -> bool) -> bool {
    engine.count_events(fits) > 0
}

#[test]
fn each_mode_is_set_and_what_was_before_comes_back() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let engine = session.engine(&origin, Mode::Manual);
    assert_eq!(session.all(), before, "the mode `manual` leaves the desktop alone");
    let gateway = engine.gateway();

    engine.done(&["mode", "pac"]);
    let script = session.gsettings("get org.gnome.system.proxy autoconfig-url", "");
    assert!(script.starts_with(&format!("'http://{gateway}/proxy.pac?")), "{script}");
    assert_eq!(session.mode(), "'auto'");
    assert!(session.kde_file().contains(&format!("Proxy Config Script=http://{gateway}/proxy.pac?")));

    engine.done(&["mode", "global"]);
    assert_eq!(session.mode(), "'manual'");
    for kind in ["http", "https", "ftp", "socks"] {
        assert_eq!(session.gsettings(&format!("get org.gnome.system.proxy.{kind} host"), ""), "'127.0.0.1'");
        assert_eq!(
            session.gsettings(&format!("get org.gnome.system.proxy.{kind} port"), ""),
            gateway.port().to_string()
        );
    }
    let exceptions = session.gsettings("get org.gnome.system.proxy ignore-hosts", "");
    assert!(exceptions.starts_with("['localhost', 'corp.example', '127.0.0.0/8'"), "{exceptions}");
    assert_eq!(session.gsettings("get org.gnome.system.proxy autoconfig-url", ""), r#""http://corp.example/it's.pac""#);
    let file = session.kde_file();
    assert!(
        file.contains("ProxyType=1") && file.contains(&format!("socksProxy=socks://127.0.0.1 {}", gateway.port())),
        "{file}"
    );

    engine.done(&["mode", "manual"]);
    assert_eq!(session.all(), before);

    engine.done(&["mode", "global"]);
    engine.done(&["disconnect"]);
    assert_eq!(session.all(), before, "nothing leads to a port that is closed");
    engine.done(&["cluster", "on"]);
    assert_eq!(session.mode(), "'manual'");
    let mut engine = engine;
    engine.terminate();
    assert!(eventually(LIMIT, || engine.ended().is_some()));
    assert_eq!(session.all(), before);
    assert!(!engine.home().join("proxy-lease.json").exists());
}

#[test]
fn a_killed_program_leaves_the_desktop_as_it_was() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let mut engine = session.engine(&origin, Mode::Global);
    assert!(eventually(LIMIT, || session.mode() == "'manual'"));
    engine.kill();
    assert!(eventually(SOON, || session.all() == before), "{:#?}", session.all());
}

/// In the place of a desktop's program: runs it, but kills who called it at its `at`th write.
fn trap(folder: &Path, program: &str, is_write: &str) {
    let real = find(program).unwrap();
    let script = format!(
        "#!/bin/sh\ncd {folder}\ncase \"$1\" in {is_write}) echo x >> writes\n\
         if [ \"$(wc -l < writes)\" -eq \"$(cat at)\" ]; then kill -9 $PPID; exit 1; fi;; esac\nexec {real} \"$@\"\n",
        folder = folder.display(),
        real = real.display(),
    );
    let path = folder.join(program);
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn trapped(at: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("at"), at.to_string()).unwrap();
    trap(folder.path(), "gsettings", "set|reset");
    trap(folder.path(), "kwriteconfig5", "*");
    let writes = folder.path().join("writes");
    (folder, writes)
}

fn with_traps(setup: Setup, folder: &Path) -> Setup {
    setup.with_variable("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()))
}

#[test]
fn wherever_setting_or_giving_back_is_cut_short_all_comes_back() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    // The script takes two writes on each desktop, and three to be given back; the four protocols take
    // sixteen each way, of which some of each kind.
    for (mode, steps) in [(Mode::Pac, vec![1, 2, 3, 4, 5, 6, 7]), (Mode::Global, vec![1, 9, 16, 17, 25, 32])] {
        let applied = if mode == Mode::Pac { 4 } else { 16 };
        for at in steps {
            let (folder, writes) = trapped(at);
            let setup = with_traps(session.setup(&origin, mode), folder.path());
            let mut child = setup.spawn();
            if at > applied {
                let count = || std::fs::read_to_string(&writes).unwrap_or_default().lines().count();
                assert!(eventually(LIMIT, || count() == applied), "{} writes", count());
                let mut asked = Command::new(env!("CARGO_BIN_EXE_sluice"));
                // It is killed before it answers.
                asked.arg("--home").arg(setup.home()).args(["mode", "manual"]).output().unwrap();
            }
            assert!(eventually(LIMIT, || child.try_wait().unwrap().is_some()), "{mode:?}: it is killed at write {at}");
            assert!(eventually(SOON, || session.all() == before), "{mode:?}, write {at}: {:#?}", session.all());
        }
    }
}

#[test]
fn what_a_power_cut_leaves_is_repaired_at_the_next_start() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let engine = session.engine(&origin, Mode::Global);
    assert!(eventually(LIMIT, || session.mode() == "'manual'"));
    // Everything ends at once.
    let watcher =
        Command::new("pkill").args(["-9", "-f", &format!("lease-watch {}", engine.home().display())]).status();
    assert!(watcher.unwrap().success());
    let mut engine = engine;
    engine.kill();
    assert_eq!(session.mode(), "'manual'");

    let lease = std::fs::read(engine.home().join("proxy-lease.json")).unwrap();
    let setup = session.setup(&origin, Mode::Manual);
    setup.write("proxy-lease.json", &lease);
    let engine = setup.start();
    assert!(eventually(LIMIT, || was_told(&engine, |kind| *kind == EventKind::ProxyRepaired)));
    assert_eq!(session.all(), before);
}

#[test]
fn what_somebody_else_has_set_meanwhile_stays() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let engine = session.engine(&origin, Mode::Global);
    assert!(eventually(LIMIT, || session.mode() == "'manual'"));
    session.gsettings("set org.gnome.system.proxy.http host", "'other.example'");
    engine.done(&["mode", "manual"]);
    assert_eq!(session.gsettings("get org.gnome.system.proxy.http host", ""), "'other.example'");
    assert_eq!(session.mode(), "'manual'", "it leads to the other proxy now");
    assert_eq!(session.gsettings("get org.gnome.system.proxy.https host", ""), "''");
    assert!(!session.kde_file().contains("127.0.0.1"), "{}", session.kde_file());
    assert_eq!(engine.count_events(|kind| *kind == EventKind::ProxyLeftAlone), 1);
}

#[test]
fn without_a_desktop_the_command_for_a_terminal_is_offered() {
    let origin = Origin::start(V4);
    let empty = tempfile::tempdir().unwrap();
    let setup = Setup::new(&origin, |settings| on(settings, Mode::Manual));
    setup.write("nodes.json", NODES);
    let engine = setup.with_variable("PATH", empty.path().display().to_string()).start();
    let said = engine.refused(&["mode", "global"]);
    assert!(said.contains(&format!("export http_proxy=http://{}", engine.gateway())), "{said}");
    assert_eq!(engine.status().mode, Mode::Manual);
}
