//! A desktop for one test: a headless X server, a session bus, and optionally the notification daemon `dunst`. Each is a
//! process that is ended on drop.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, MapState, Window};
use x11rb::rust_connection::RustConnection;

use crate::counterparts::{eventually, missing};
use crate::engine::{LIMIT, Setup};

/// A desktop.
pub struct Desktop {
    /// The session bus.
    pub bus: String,
    /// The X server, as in `DISPLAY`.
    pub display: String,
    _processes: Vec<Process>,
}

/// A program, ended on drop.
pub struct Process(pub Child);

impl Desktop {
    /// Starts a desktop; `None` if a program for it is missing.
    pub fn start() -> Option<Self> {
        if ["Xvfb", "dbus-daemon", "curl"].into_iter().any(missing) {
            return None;
        }
        let (x, display) = started(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1024x768x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ]));
        let mut daemon = Command::new("dbus-daemon");
        let (daemon, bus) = started(daemon.args(["--session", "--nofork", "--nopidfile", "--print-address"]));
        Some(Self { bus, display: format!(":{display}"), _processes: vec![x, daemon] })
    }

    /// A setup in this desktop, in English, with its own configuration folder.
    pub fn with(&self, setup: Setup) -> Setup {
        let settings = setup.home().join("config").to_string_lossy().into_owned();
        setup
            .with_variable("DBUS_SESSION_BUS_ADDRESS", &*self.bus)
            .with_variable("DISPLAY", &*self.display)
            .with_variable("WAYLAND_DISPLAY", "")
            .with_variable("XDG_CONFIG_HOME", settings)
            // A file in that folder: dconf's service would write below the home in which the bus was started.
            .with_variable("GSETTINGS_BACKEND", "keyfile")
            .with_variable("LC_ALL", "C.UTF-8")
    }
}

impl Desktop {
    /// The names of all visible windows.
    pub fn windows(&self) -> Vec<String> {
        self.named_windows().1.into_iter().map(|(_window, name)| name).collect()
    }

    /// A connection to the X server, and all visible windows with their names.
    fn named_windows(&self) -> (RustConnection, Vec<(Window, String)>) {
        let (x, screen) = x11rb::connect(Some(&self.display)).unwrap();
        let root = x.setup().roots[screen].root;
        let is_shown = |window: &Window| {
            let attributes = x.get_window_attributes(*window).unwrap().reply();
            attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE)
        };
        let name = |window: Window| {
            let property = x.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 100).unwrap().reply();
            let name = property.map(|property| String::from_utf8_lossy(&property.value).into_owned());
            (window, name.unwrap_or_default())
        };
        let tree = x.query_tree(root).unwrap().reply().unwrap();
        let windows = tree.children.into_iter().filter(is_shown).map(name).collect();
        (x, windows)
    }

    /// Closes Sluice's window as a window manager does when its button is clicked.
    pub fn close_window(&self) {
        let (x, windows) = self.named_windows();
        let atom = |name: &str| x.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let (protocols, delete) = (atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW"));
        for (window, _) in windows.into_iter().filter(|(_, name)| name == "Sluice") {
            let message = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
            // Checked, and so received: when the connection is closed at once, the server may drop it.
            x.send_event(false, window, EventMask::NO_EVENT, message).unwrap().check().unwrap();
        }
    }

    /// Waits until Sluice's window is visible.
    #[track_caller]
    pub fn wait_for_window(&self) {
        assert!(eventually(LIMIT, || self.windows().iter().any(|name| name == "Sluice")), "{:?}", self.windows());
    }
}

/// Starts a program that prints one line when it is ready; the line.
pub fn started(command: &mut Command) -> (Process, String) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(!line.trim().is_empty(), "{command:?} did not start");
    (Process(child), line.trim().to_owned())
}

/// The notifications that `dunst` has shown, each as `title|text`.
pub struct Notices {
    folder: tempfile::TempDir,
    _dunst: Process,
}

impl Notices {
    /// Starts the daemon; `None` if it is not installed.
    pub fn start(desktop: &Desktop) -> Option<Self> {
        if missing("dunst") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (script, config) = (folder.path().join("note"), folder.path().join("dunstrc"));
        let shown = folder.path().join("shown");
        std::fs::write(&script, format!("#!/bin/sh\nprintf '%s|%s\\n' \"$2\" \"$3\" >> '{}'\n", shown.display()))
            .unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let rules = format!(
            "[global]\nstack_duplicates = false\nhide_duplicate_count = true\n[all]\nscript = {}\n",
            script.display()
        );
        std::fs::write(&config, rules).unwrap();
        let mut dunst = Command::new("dunst");
        dunst.arg("-conf").arg(&config).env("DISPLAY", &desktop.display).env("DBUS_SESSION_BUS_ADDRESS", &desktop.bus);
        let dunst = Process(dunst.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let notices = Self { folder, _dunst: dunst };
        let bus = zbus::blocking::connection::Builder::address(&*desktop.bus).unwrap().build().unwrap();
        let is_up = || {
            let names = zbus::blocking::fdo::DBusProxy::new(&bus).unwrap().list_names().unwrap();
            names.iter().any(|name| name.as_str() == "org.freedesktop.Notifications")
        };
        assert!(eventually(LIMIT, is_up), "dunst is on the bus");
        Some(notices)
    }

    /// Clicks on the notification that is shown.
    pub fn click(&self, desktop: &Desktop) {
        let clicked = Command::new("dunstctl").arg("action").env("DBUS_SESSION_BUS_ADDRESS", &desktop.bus).output();
        assert!(clicked.unwrap().status.success());
    }

    /// All notifications so far.
    pub fn shown(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("shown")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// A notification service that hangs: it is there, and answers nothing.
pub struct HangingNotices {
    calls: Arc<AtomicUsize>,
    _bus: zbus::blocking::Connection,
}

struct NoAnswer(Arc<AtomicUsize>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl NoAnswer {
    async fn get_capabilities(&self) -> Vec<String> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

impl HangingNotices {
    /// Starts the service.
    pub fn start(desktop: &Desktop) -> Self {
        let calls = Arc::default();
        let bus = zbus::blocking::connection::Builder::address(&*desktop.bus).unwrap();
        let bus = bus.serve_at("/org/freedesktop/Notifications", NoAnswer(Arc::clone(&calls))).unwrap();
        let bus = bus.name("org.freedesktop.Notifications").unwrap().build().unwrap();
        Self { calls, _bus: bus }
    }

    /// How often it has been called.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
