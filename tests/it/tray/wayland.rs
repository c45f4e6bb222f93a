//! QR codes on the screens of a real Wayland desktop: `sway` with headless outputs, and the portal (`xdg-desktop-portal`
//! with the backend for wlroots), through which alone the screen can be captured.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::desktop::{Process, started};
use crate::counterparts::{Origin, V4, eventually, find, missing};
use crate::engine::{CliOutput, Engine, LIMIT};
use crate::qr_codes::ImageTools;

/// Where Debian installs the programs that are started by D-Bus.
const LIBEXEC: &str = "/usr/libexec";

/// A bus without service activation, so that only what is started here runs.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"#;

/// A Wayland desktop with two screens, each of which shows a picture.
struct Wayland {
    home: tempfile::TempDir,
    bus: String,
    processes: Vec<Process>,
}

impl Wayland {
    /// Starts it without the portal; `None` if a program for it is missing.
    fn start(pictures: [&Path; 2]) -> Option<Self> {
        let portals = ["xdg-desktop-portal", "xdg-desktop-portal-wlr", "xdg-desktop-portal-gtk"];
        let is_lacking = ["sway", "swaybg", "grim", "pipewire", "dbus-daemon", "unshare"].into_iter().any(missing)
            || portals.into_iter().any(|name| missing(&format!("{LIBEXEC}/{name}")));
        if is_lacking || !can_run_as_another_user() {
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        std::fs::DirBuilder::new().mode(0o700).create(home.path().join("runtime")).unwrap();
        std::fs::write(home.path().join("bus.conf"), BUS).unwrap();
        let screen = |(nth, picture): (usize, &Path)| {
            format!(
                "output HEADLESS-{nth} resolution 800x600 position {},0\noutput HEADLESS-{nth} bg {} center #808080\n",
                800 * (nth - 1),
                picture.display()
            )
        };
        let screens: String = (1..).zip(pictures).map(screen).collect();
        std::fs::write(home.path().join("sway.conf"), screens).unwrap();
        let config = format!("--config-file={}", home.path().join("bus.conf").display());
        let (daemon, bus) = started(Command::new("dbus-daemon").args([&config, "--nofork", "--print-address"]));
        let mut desktop = Self { home, bus, processes: vec![daemon] };
        desktop.run(&mut compositor(&desktop.home.path().join("sway.conf")));
        let is_up = || desktop.display().is_some();
        assert!(eventually(LIMIT, is_up), "sway does not start");
        Some(desktop)
    }

    /// The name of its socket, once it is there.
    fn display(&self) -> Option<String> {
        let files = std::fs::read_dir(self.home.path().join("runtime")).unwrap();
        let mut names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.find(|name| name.starts_with("wayland-") && !name.ends_with(".lock"))
    }

    fn run(&mut self, command: &mut Command) {
        let command = self.inside(command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.processes.push(Process(command.spawn().unwrap()));
    }

    /// Adds this desktop's environment to a command.
    fn inside<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let home = self.home.path();
        command.envs([("HOME", home), ("XDG_CONFIG_HOME", home), ("XDG_RUNTIME_DIR", &home.join("runtime"))]);
        command.envs(self.display().map(|name| ("WAYLAND_DISPLAY", name)));
        command.envs([
            ("DBUS_SESSION_BUS_ADDRESS", &*self.bus),
            ("XDG_CURRENT_DESKTOP", "sway"),
            ("NO_AT_BRIDGE", "1"),
        ]);
        command.env("LC_ALL", "C.UTF-8").env_remove("DISPLAY").env_remove("SLUICE_HOME")
    }

    /// Starts the portal, after its backends, since it looks for them only once.
    fn open_portal(&mut self) {
        self.run(&mut Command::new("pipewire"));
        assert!(eventually(LIMIT, || self.home.path().join("runtime/pipewire-0").exists()), "pipewire does not start");
        for (program, name) in [
            ("xdg-permission-store", "org.freedesktop.impl.portal.PermissionStore"),
            ("xdg-desktop-portal-wlr", "org.freedesktop.impl.portal.desktop.wlr"),
            // Without a backend that can show dialogs, the portal offers no screenshots.
            ("xdg-desktop-portal-gtk", "org.freedesktop.impl.portal.desktop.gtk"),
            ("xdg-desktop-portal", "org.freedesktop.portal.Desktop"),
        ] {
            self.run(&mut Command::new(format!("{LIBEXEC}/{program}")));
            assert!(eventually(LIMIT, || self.has(name)), "{program} does not start");
        }
    }

    fn has(&self, name: &str) -> bool {
        let bus = zbus::blocking::connection::Builder::address(&*self.bus).unwrap().build().unwrap();
        let names = zbus::blocking::fdo::DBusProxy::new(&bus).unwrap().list_names().unwrap();
        names.iter().any(|known| known.as_str() == name)
    }

    fn scan(&self, engine: &Engine) -> CliOutput {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command.arg("--home").arg(engine.home()).args(["scan", "--screen"]).stdin(Stdio::null());
        let output = self.inside(&mut command).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        CliOutput { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Whether the compositor can run. A container may forbid user namespaces to its root; since no package changes that, the
/// test is skipped even with `CI=true`.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn can_run_as_another_user() -> bool {
    let can = !rustix::process::geteuid().is_root()
        || as_another_user().arg("true").output().is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("\n*** SKIP: sway does not run as root, and this root may not run it as another user ***\n");
    }
    can
}

fn as_another_user() -> Command {
    let mut command = Command::new(find("unshare").unwrap());
    command.args(["--user", "--map-user=1000", "--map-group=1000"]);
    command
}

/// The compositor. It does not run as root, so root runs it as another user.
fn compositor(config: &Path) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = as_another_user();
        command.arg("sway");
        command
    } else {
        Command::new("sway")
    };
    command.arg("--config").arg(config);
    command.envs([("WLR_BACKENDS", "headless"), ("WLR_RENDERER", "pixman"), ("WLR_LIBINPUT_NO_DEVICES", "1")]);
    command.env("WLR_HEADLESS_OUTPUTS", "2").env_remove("WAYLAND_DISPLAY");
    command
}

#[test]
fn codes_on_wayland_screens_are_imported() {
    let Some(tools) = ImageTools::find() else { return };
    let one = tools.code("socks5://one.example:1080#one", 4);
    let two =
        tools.convert("two.png", &[tools.code("socks5://two.example.org:1080#two", 3).to_str().unwrap(), "-negate"]);
    let Some(mut desktop) = Wayland::start([&one, &two]) else { return };
    let engine = Engine::start(&Origin::start(V4));

    let without_portal = desktop.scan(&engine);
    assert_eq!((without_portal.code, without_portal.stderr.lines().count()), (Some(1), 1), "{without_portal:?}");
    assert!(without_portal.stderr.contains("cannot capture the screen"), "{without_portal:?}");

    desktop.open_portal();
    let mut last = None;
    let are_seen = || {
        last = Some(desktop.scan(&engine));
        let mut names: Vec<_> = engine.nodes().into_iter().map(|node| node.name).collect();
        names.sort();
        names == ["one", "two"]
    };
    assert!(eventually(LIMIT, are_seen), "{last:?}");
    // The backend writes every screenshot to this file.
    let is_gone = || !Path::new("/tmp/out.png").exists();
    assert!(eventually(LIMIT, is_gone), "the screenshot that the backend left behind is removed");
}
