//! QR codes on the screens of a real Wayland desktop: `sway` without a screen of its own, and the desktop's portal
//! (`xdg-desktop-portal` with the backend for wlroots), the only way to see what is shown there.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::desktop::{Process, started};
use crate::counterparts::{Origin, V4, eventually, find, missing};
use crate::engine::{CliOutput, Engine, LIMIT};
use crate::qr_codes::ImageTools;

/// Where Debian keeps the programs that only a bus starts.
const LIBEXEC: &str = "/usr/libexec";

/// A bus that starts nothing by itself: what runs is what is started here.
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
    /// Starts it, without a portal; none where a program for it is missing.
    fn start(pictures: [&Path; 2]) -> Option<Self> {
        let portals = ["xdg-desktop-portal", "xdg-desktop-portal-wlr", "xdg-desktop-portal-gtk"];
        let is_lacking = ["sway", "swaybg", "grim", "pipewire", "dbus-daemon", "unshare"].into_iter().any(missing)
            || portals.into_iter().any(|name| missing(&format!("{LIBEXEC}/{name}")));
        if is_lacking || !can_be_somebody_else() {
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

    /// A program in this desktop.
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

    /// Starts the portal: its backends first, since it looks for them once.
    fn open_portal(&mut self) {
        self.run(&mut Command::new("pipewire"));
        assert!(eventually(LIMIT, || self.home.path().join("runtime/pipewire-0").exists()), "pipewire does not start");
        for (program, name) in [
            ("xdg-permission-store", "org.freedesktop.impl.portal.PermissionStore"),
            ("xdg-desktop-portal-wlr", "org.freedesktop.impl.portal.desktop.wlr"),
            // The portal offers no screenshot without one that can ask; this one is not asked.
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

/// Whether the compositor will run. A container may forbid its root to be somebody else: no program that could be installed
/// changes that, so that it is a reason to skip everywhere.
#[expect(clippy::print_stderr, reason = "a test that shows nothing says so")]
fn can_be_somebody_else() -> bool {
    let can = !rustix::process::geteuid().is_root()
        || somebody_else().arg("true").output().is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("\n*** SKIP: this root may not be somebody else, and sway does not run as root ***\n");
    }
    can
}

fn somebody_else() -> Command {
    let mut command = Command::new(find("unshare").unwrap());
    command.args(["--user", "--map-user=1000", "--map-group=1000"]);
    command
}

/// The compositor. It does not run as root, which here is somebody else then.
fn compositor(config: &Path) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = somebody_else();
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
fn codes_on_the_screens_of_wayland_become_nodes() {
    let Some(tools) = ImageTools::find() else { return };
    let one = tools.code("socks5://one.example:1080#one", 4);
    let two =
        tools.convert("two.png", &[tools.code("socks5://two.example.org:1080#two", 3).to_str().unwrap(), "-negate"]);
    let Some(mut desktop) = Wayland::start([&one, &two]) else { return };
    let engine = Engine::start(&Origin::start(V4));

    let nobody = desktop.scan(&engine);
    assert_eq!((nobody.code, nobody.stderr.lines().count()), (Some(1), 1), "{nobody:?}");
    assert!(nobody.stderr.contains("cannot capture the screen"), "{nobody:?}");

    desktop.open_portal();
    let mut last = None;
    let are_seen = || {
        last = Some(desktop.scan(&engine));
        let mut names: Vec<_> = engine.nodes().into_iter().map(|node| node.name).collect();
        names.sort();
        names == ["one", "two"]
    };
    assert!(eventually(LIMIT, are_seen), "{last:?}");
    // Where the backend puts its picture, whoever asks.
    let is_gone = || !Path::new("/tmp/out.png").exists();
    assert!(eventually(LIMIT, is_gone), "the picture that the desktop left behind is removed");
}
