//! QR codes on the screen and on the clipboard of a real X session, scanned by the command line and by the tray.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::desktop::{Desktop, Notices};
use super::tray;
use crate::counterparts::{Origin, V4, eventually, missing};
use crate::engine::{CliOutput, Engine, LIMIT};
use crate::qr_codes::ImageTools;

/// A program that shows a picture in a window or holds it on the clipboard; ended on drop.
pub struct ShownPicture(Child);

impl ShownPicture {
    fn start(display: &str, program: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).env("DISPLAY", display).stdin(Stdio::null());
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// A picture on the screen.
    pub fn window(display: &str, file: &Path, place: &str) -> Self {
        Self::start(display, "display", &["-geometry", place, file.to_str().unwrap()])
    }

    /// A picture on the clipboard.
    pub fn clipboard(display: &str, file: &Path) -> Self {
        let args = ["-quiet", "-selection", "clipboard", "-t", "image/png", "-i", file.to_str().unwrap()];
        Self::start(display, "xclip", &args)
    }
}

impl Drop for ShownPicture {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn scan(engine: &Engine, desktop: &Desktop, args: &[&str]) -> CliOutput {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("--home").arg(engine.home()).arg("scan").args(args).env("LC_ALL", "C.UTF-8");
    command.env("DISPLAY", &desktop.display).env("WAYLAND_DISPLAY", "").env_remove("SLUICE_HOME");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    CliOutput { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn names(engine: &Engine) -> Vec<String> {
    let mut names: Vec<_> = engine.nodes().into_iter().map(|node| node.name).collect();
    names.sort();
    names
}

#[test]
fn codes_on_the_screen_and_the_clipboard_are_imported() {
    let (Some(desktop), Some(tools)) = (Desktop::start(), ImageTools::find()) else { return };
    if missing("display") || missing("xclip") {
        return;
    }
    let engine = Engine::start(&Origin::start(V4));
    let nothing = scan(&engine, &desktop, &["--screen"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert!(nothing.stderr.contains("no QR code"), "{nothing:?}");
    let no_picture = scan(&engine, &desktop, &["--clipboard"]);
    assert!(no_picture.stderr.contains("no picture on the clipboard"), "{no_picture:?}");

    let one = tools.code("socks5://one.example:1080#one", 4);
    let _one = ShownPicture::window(&desktop.display, &one, "+20+20");
    let two =
        tools.convert("two.png", &[tools.code("socks5://two.example.org:1080#two", 3).to_str().unwrap(), "-negate"]);
    let _two = ShownPicture::window(&desktop.display, &two, "+500+300");
    let are_seen = || {
        scan(&engine, &desktop, &["--screen"]);
        names(&engine) == ["one", "two"]
    };
    assert!(eventually(LIMIT, are_seen), "{:?}", names(&engine));

    let _copied = ShownPicture::clipboard(&desktop.display, &tools.code("socks5://three.example:1080#three", 5));
    let is_read = || scan(&engine, &desktop, &["--clipboard"]).code == Some(0);
    assert!(eventually(LIMIT, is_read));
    assert_eq!(names(&engine), ["one", "three", "two"]);
}

#[test]
fn a_click_scans_the_screen_and_reports_the_result() {
    let (Some(desktop), Some(tools)) = (Desktop::start(), ImageTools::find()) else { return };
    let Some(notices) = Notices::start(&desktop) else { return };
    if missing("display") || missing("xclip") {
        return;
    }
    let (engine, panel) = tray(&desktop, &Origin::start(V4), &[], |_| {});
    panel.click("Scan QR code on screen");
    assert!(eventually(LIMIT, || !notices.shown().is_empty()), "a notice is shown");
    assert_eq!(notices.shown(), ["Import|No QR code found on the screen"]);

    let code = tools.code("socks5://one.example:1080#one", 4);
    let _window = ShownPicture::window(&desktop.display, &code, "+20+20");
    let is_seen = || {
        panel.click("Scan QR code on screen");
        eventually(std::time::Duration::from_secs(3), || names(&engine) == ["one"])
    };
    assert!(eventually(LIMIT, is_seen), "{:?}", notices.shown());
    assert!(
        eventually(LIMIT, || notices.shown().contains(&"Import|1 node imported".to_owned())),
        "{:?}",
        notices.shown()
    );

    let _copied = ShownPicture::clipboard(&desktop.display, &tools.code("socks5://two.example:1080#two", 5));
    let is_read = || {
        panel.click("Import from clipboard");
        eventually(std::time::Duration::from_secs(3), || names(&engine) == ["one", "two"])
    };
    assert!(eventually(LIMIT, is_read), "{:?}", notices.shown());
}
