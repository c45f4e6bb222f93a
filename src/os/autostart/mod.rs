//! Whether a program starts with the user's session.
//!
//! The system holds that, not our settings: it is read back each time, since people change it in
//! their desktop's own settings too. On Linux it is an XDG autostart entry, written here, because
//! the crate that serves the other systems quotes no path, looks in `~/.config` only, and takes an
//! entry that the desktop has turned off for one that is on.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

use std::io;
use std::path::PathBuf;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::others as system;

/// The program that is to start, and how.
#[derive(Clone, Debug)]
pub struct Autostart {
    /// Its path.
    pub program: PathBuf,
    /// What it is started with.
    pub arguments: Vec<String>,
}

/// Whether it starts with the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    On,
    /// It does not.
    Off,
}

impl Autostart {
    /// The tray, which is `program`, as the session is to start it; with its files in `home`, where given.
    ///
    /// # Errors
    /// The folder has no full path.
    pub fn of_tray(program: PathBuf, home: Option<PathBuf>) -> io::Result<Self> {
        let mut arguments = vec!["--at-login".to_owned()];
        if let Some(home) = home {
            arguments.extend(["--home".to_owned(), std::path::absolute(home)?.to_string_lossy().into_owned()]);
        }
        Ok(Self { program, arguments })
    }

    /// Whether it starts with the session.
    ///
    /// # Errors
    /// Those of the system.
    pub fn state(&self) -> io::Result<State> {
        system::state(self)
    }

    /// Has it start or not; returns what the system says afterwards.
    ///
    /// # Errors
    /// Those of the system.
    pub fn set(&self, wanted: State) -> io::Result<State> {
        match wanted {
            State::On => system::enable(self)?,
            State::Off => system::disable(self)?,
        }
        self.state()
    }

    /// Where an entry is on and names another place, because the program has moved, corrects it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn repair(&self) -> io::Result<State> {
        let state = self.state()?;
        if state == State::On && !system::is_current(self)? {
            system::enable(self)?;
        }
        Ok(state)
    }
}
