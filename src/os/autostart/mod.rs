//! Starting the program at login.
//!
//! The system keeps the state, not our settings: it is read back each time, since users also change it in their desktop's
//! settings. On Linux it is an XDG autostart entry and on Windows a registry value. Both are written here, since the crate
//! that is used for macOS does not quote paths, reads `~/.config` only, takes a disabled entry for an enabled one, and
//! prefers the registry key of all users if it can write it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::io;
use std::path::PathBuf;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(target_os = "macos")]
use self::macos as system;
#[cfg(windows)]
use self::windows as system;

/// The program to start at login.
#[derive(Clone, Debug)]
pub struct Autostart {
    /// Its path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// Whether the program starts at login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutostartState {
    /// Yes.
    On,
    /// No.
    Off,
}

impl Autostart {
    /// The entry for the tray, whose program is `program`, with its files in `home` if given.
    ///
    /// # Errors
    /// The folder cannot be made absolute.
    pub fn of_tray(program: PathBuf, home: Option<PathBuf>) -> io::Result<Self> {
        let mut arguments = vec!["--at-login".to_owned()];
        if let Some(home) = home {
            arguments.extend(["--home".to_owned(), std::path::absolute(home)?.to_string_lossy().into_owned()]);
        }
        Ok(Self { program, arguments })
    }

    /// Reads the state.
    ///
    /// # Errors
    /// Those of the system.
    pub fn state(&self) -> io::Result<AutostartState> {
        system::state(self)
    }

    /// Changes the state; returns what is read back.
    ///
    /// # Errors
    /// Those of the system.
    pub fn set(&self, wanted: AutostartState) -> io::Result<AutostartState> {
        match wanted {
            AutostartState::On => system::enable(self)?,
            AutostartState::Off => system::disable(self)?,
        }
        self.state()
    }

    /// Rewrites an enabled entry that names another path, after the program has moved.
    ///
    /// # Errors
    /// Those of the system.
    pub fn repair(&self) -> io::Result<AutostartState> {
        let state = self.state()?;
        if state == AutostartState::On && !system::is_current(self)? {
            system::enable(self)?;
        }
        Ok(state)
    }
}
