//! The XDG autostart entry (freedesktop.org, Desktop Application Autostart Specification).

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use directories::BaseDirs;

use super::{Autostart, AutostartState};
use crate::model::SystemError;
use crate::os::{atomic_file, desktop_entry};

pub(super) fn state(autostart: &Autostart) -> io::Result<AutostartState> {
    let _same_for_all = autostart;
    let text = read(&file()?)?;
    let is_off = |line: &str| matches!(line.trim(), "Hidden=true" | "X-GNOME-Autostart-enabled=false");
    Ok(if text.is_some_and(|text| !text.lines().any(is_off)) { AutostartState::On } else { AutostartState::Off })
}

pub(super) fn enable(autostart: &Autostart) -> io::Result<()> {
    write(&file()?, &entry(autostart))
}

pub(super) fn disable(_autostart: &Autostart) -> io::Result<()> {
    match fs::remove_file(file()?) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) fn is_current(autostart: &Autostart) -> io::Result<bool> {
    let exec = exec(autostart);
    Ok(read(&file()?)?.is_some_and(|text| text.lines().any(|line| line == exec)))
}

fn file() -> io::Result<PathBuf> {
    let folders = BaseDirs::new().ok_or_else(|| io::Error::new(ErrorKind::NotFound, SystemError::NoHome))?;
    Ok(folders.config_dir().join("autostart").join("sluice.desktop"))
}

fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the entry atomically: a session that starts at the same time reads the old or the new one.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().expect("the file lies in the folder autostart");
    fs::create_dir_all(folder)?;
    atomic_file::write(file, text.as_bytes())
}

fn entry(autostart: &Autostart) -> String {
    // The `Comment` lines of the installed entry, in all its languages.
    let comments: String =
        desktop_entry::INSTALLED.split_inclusive('\n').filter(|line| line.starts_with("Comment")).collect();
    format!(
        "[Desktop Entry]\nType=Application\nName=Sluice\n{comments}{}\nTerminal=false\nStartupNotify=false\n",
        exec(autostart)
    )
}

fn exec(autostart: &Autostart) -> String {
    format!("Exec={}", desktop_entry::command(&autostart.program, &autostart.arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_is_quoted() {
        let arguments = vec!["--home".into(), r#"/a "b" $c 100% \d"#.into()];
        let autostart = Autostart { program: "/opt/my programs/sluice-tray".into(), arguments };
        let expected = r#"Exec="/opt/my programs/sluice-tray" --home "/a \\"b\\" \\$c 100%% \\\\d""#;
        assert_eq!(exec(&autostart), expected);
        assert!(entry(&autostart).contains(&format!("\n{expected}\n")));
    }
}
