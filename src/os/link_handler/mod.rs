//! Registers this program as the handler of `ss://`, `ssr://` and `ssconf://` links.
//!
//! The registration is kept by the desktop. On Linux it is a desktop entry of this user, made the default
//! with `xdg-mime`; on Windows it is in this user's part of the registry; on macOS it belongs to the installed
//! package.

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

/// The program that opens links.
#[derive(Clone, Debug)]
pub struct LinkHandler {
    /// Its path.
    pub program: PathBuf,
    /// Its arguments before the link.
    pub arguments: Vec<String>,
}

impl LinkHandler {
    /// Makes it the handler.
    ///
    /// # Errors
    /// Those of the system, or `xdg-mime` is missing.
    pub fn register(&self) -> io::Result<()> {
        system::register(self)
    }

    /// Removes the registration.
    ///
    /// # Errors
    /// Those of the system.
    pub fn unregister(&self) -> io::Result<()> {
        system::unregister(self)
    }
}
