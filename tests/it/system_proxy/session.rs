//! A desktop session with settings that a user might have: its own bus and home, GNOME's and KDE's own programs, and
//! wrappers of them that kill the engine.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sluice::model::settings::Mode;

use super::{NODES, on};
use crate::counterparts::{Origin, find, missing};
use crate::engine::{Engine, Setup};

/// A GNOME setting that mode `global` changes.
pub const HTTP_HOST: &str = "org.gnome.system.proxy.http host";

/// A desktop session.
pub struct Session {
    home: tempfile::TempDir,
    bus: Child,
    address: String,
}

/// Whether a program that these tests need is missing.
pub fn lacks_programs() -> bool {
    ["dbus-daemon", "gsettings", "kreadconfig5", "kwriteconfig5"].iter().any(|program| missing(program))
}

impl Session {
    /// Starts it.
    pub fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        // dconf has files of the same name in both folders, so they must differ.
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

    /// Runs a program that must succeed; its output.
    pub fn run(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(find(program).unwrap()).args(args).envs(self.variables()).output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs `gsettings`; its output.
    pub fn gsettings(&self, args: &str, value: &str) -> String {
        let args: Vec<_> = args.split(' ').chain((!value.is_empty()).then_some(value)).collect();
        self.run("gsettings", &args)
    }

    /// Sets a KDE value.
    pub fn kde(&self, key: &str, value: &str) {
        self.run("kwriteconfig5", &["--file", "kioslaverc", "--group", "Proxy Settings", "--key", key, value]);
    }

    /// The content of KDE's file.
    pub fn kde_file(&self) -> String {
        std::fs::read_to_string(self.home.path().join("kioslaverc")).unwrap_or_default()
    }

    /// Every proxy setting of both desktops.
    pub fn all(&self) -> (Vec<String>, Vec<String>) {
        let lines = |text: String| {
            let mut lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
            lines.sort();
            lines
        };
        (lines(self.gsettings("list-recursively org.gnome.system.proxy", "")), lines(self.kde_file()))
    }

    /// GNOME's proxy mode.
    pub fn mode(&self) -> String {
        self.gsettings("get org.gnome.system.proxy mode", "")
    }

    /// An engine in this session, turned on, in this mode.
    pub fn engine(&self, origin: &Origin, mode: Mode) -> Engine {
        self.setup(origin, mode).start()
    }

    /// The setup of such an engine.
    pub fn setup(&self, origin: &Origin, mode: Mode) -> Setup {
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

/// Wrappers of the desktops' programs: each runs the real one, but kills the engine that called it at a chosen write.
pub struct KillingPrograms {
    folder: tempfile::TempDir,
}

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// The engine.
    Engine,
    /// The engine and the process that waits for its end, as in a power cut.
    EngineAndWatcher,
    /// The engine, just after another program has changed the proxy.
    AfterForeignChange,
}

impl KillingPrograms {
    /// Wrappers that kill nothing yet.
    pub fn new() -> Self {
        let programs = Self { folder: tempfile::tempdir().unwrap() };
        programs.arm(0, Kill::Engine);
        programs.put("gsettings", "set|reset");
        programs.put("kwriteconfig5", "*");
        programs
    }

    /// Kills at write `at`, counted from 1 from now on; 0 for never.
    pub fn arm(&self, at: usize, kill: Kill) {
        let gsettings = find("gsettings").unwrap();
        let before = match kill {
            Kill::Engine => String::new(),
            // The watcher is a child of the engine, like this script.
            Kill::EngineAndWatcher => "pkill -9 -P $PPID -f lease-watch".into(),
            Kill::AfterForeignChange => format!("{} set {HTTP_HOST} other.example", gsettings.display()),
        };
        std::fs::write(self.folder.path().join("writes"), "").unwrap();
        std::fs::write(self.folder.path().join("before"), before).unwrap();
        std::fs::write(self.folder.path().join("at"), at.to_string()).unwrap();
    }

    /// The number of writes since [`Self::arm`].
    pub fn writes(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("writes")).unwrap().lines().count()
    }

    /// A setup that uses the wrappers.
    pub fn used_by(&self, setup: Setup) -> Setup {
        setup.with_variable("PATH", format!("{}:{}", self.path().display(), std::env::var("PATH").unwrap()))
    }

    fn path(&self) -> PathBuf {
        self.folder.path().into()
    }

    fn put(&self, program: &str, is_write: &str) {
        let script = format!(
            "#!/bin/sh\ncase \"$1\" in {is_write}) echo x >> {at}/writes\n\
             if [ \"$(wc -l < {at}/writes)\" -eq \"$(cat {at}/at)\" ]; then . {at}/before; kill -9 $PPID; exit 1; fi;; esac\n\
             exec {real} \"$@\"\n",
            at = self.folder.path().display(),
            real = find(program).unwrap().display(),
        );
        executable(&self.folder.path().join(program), &script);
    }
}

fn executable(path: &Path, script: &str) {
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A folder with these programs under these names, for use as the whole `PATH`.
pub fn folder_with(programs: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (real, name) in programs {
        symlink(find(real).unwrap(), folder.path().join(name)).unwrap();
    }
    folder
}

/// A folder with a shell script, for use as the whole `PATH`.
pub fn folder_with_script(name: &str, lines: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    executable(&folder.path().join(name), &format!("#!/bin/sh\n{lines}\n"));
    folder
}
