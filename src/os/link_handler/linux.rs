//! A desktop entry in the user's `applications`, made the default by `xdg-mime` (xdg-utils).

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use directories::BaseDirs;

use super::LinkHandler;
use crate::model::SystemError;
use crate::os::process::{ChildLifetime, child};
use crate::os::{atomic_file, command, desktop_entry};

/// The command of the installed entry, which is replaced by that of this program.
const COMMAND: &str = "Exec=sluice-tray open %u";

const NAME: &str = "sluice.desktop";

const SCHEMES: [&str; 3] = ["x-scheme-handler/ss", "x-scheme-handler/ssr", "x-scheme-handler/ssconf"];

pub(super) fn register(handler: &LinkHandler) -> io::Result<()> {
    let file = file()?;
    fs::create_dir_all(file.parent().expect("the file lies in the folder applications"))?;
    atomic_file::write(&file, entry(handler).as_bytes())?;
    let mut chooser = child("xdg-mime", ChildLifetime::Awaited);
    chooser.arg("default").arg(NAME).args(SCHEMES);
    let missing = || io::Error::new(ErrorKind::NotFound, SystemError::MissingProgram("xdg-mime (xdg-utils)".into()));
    let chosen =
        command::run(chooser).map_err(|error| if error.kind() == ErrorKind::NotFound { missing() } else { error })?;
    if chosen.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("xdg-mime: {}", chosen.stderr.trim())))
}

pub(super) fn unregister(_handler: &LinkHandler) -> io::Result<()> {
    match fs::remove_file(file()?) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn file() -> io::Result<PathBuf> {
    let folders = BaseDirs::new().ok_or_else(|| io::Error::new(ErrorKind::NotFound, SystemError::NoHome))?;
    Ok(folders.data_dir().join("applications").join(NAME))
}

fn entry(handler: &LinkHandler) -> String {
    let command = desktop_entry::command(&handler.program, &handler.arguments);
    desktop_entry::INSTALLED.replace(COMMAND, &format!("Exec={command} %u"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_starts_this_program_with_the_link() {
        let arguments = vec!["--home".into(), "/a b".into(), "open".into()];
        let entry = entry(&LinkHandler { program: "/opt/x/sluice-tray".into(), arguments });
        assert!(entry.contains("\nExec=/opt/x/sluice-tray --home \"/a b\" open %u\n"), "{entry}");
        assert!(SCHEMES.iter().all(|scheme| entry.contains(&format!("{scheme};"))), "{entry}");
    }
}
