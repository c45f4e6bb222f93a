//! Whether links of ours that are opened in a browser (`ss://`, `ssr://`) come to this program.
//!
//! The desktop holds that, not our settings. On Linux it is a desktop entry of this user with the scheme
//! handlers, chosen through `xdg-mime`; on Windows and macOS it belongs to the installed package.

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

/// The program that opens links, and how.
#[derive(Clone, Debug)]
pub struct LinkHandler {
    /// Its path.
    pub program: PathBuf,
    /// What it is started with, before the link.
    pub arguments: Vec<String>,
}

impl LinkHandler {
    /// Has links come here.
    ///
    /// # Errors
    /// Those of the system, or a program of the desktop is missing.
    pub fn register(&self) -> io::Result<()> {
        system::register(self)
    }

    /// Has them not come here any more.
    ///
    /// # Errors
    /// Those of the system.
    pub fn unregister(&self) -> io::Result<()> {
        system::unregister(self)
    }
}
