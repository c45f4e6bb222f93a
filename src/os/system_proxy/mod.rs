//! The desktop's own proxy settings, as named values that are read and written one at a time.
//!
//! What a value means, and which one is wanted, is decided in the room `proxy`.

#[cfg(windows)]
mod connection;
#[cfg(any(windows, test))]
mod internet_settings;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(any(target_os = "macos", test))]
mod networksetup;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod others;
#[cfg(windows)]
mod windows;

use std::io;

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(target_os = "macos")]
use self::macos as system;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
use self::others as system;
#[cfg(windows)]
use self::windows as system;

/// A desktop with proxy settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Desktop {
    /// GNOME and its relatives: `gsettings`. A value is a GVariant in text form.
    Gnome,
    /// KDE Plasma 5 and 6: `kwriteconfig`. A value is the text in the file, none without an entry.
    Kde,
    /// Windows: the registry. A value is a text, or a number in text form.
    Windows,
    /// macOS: `networksetup`. Values are described in `networksetup.rs`; there always is one.
    MacOs,
}

impl Desktop {
    /// The desktops whose settings can be read here.
    pub fn present() -> Vec<Self> {
        let all = [Self::Gnome, Self::Kde, Self::Windows, Self::MacOs];
        all.into_iter().filter(|desktop| system::is_present(*desktop)).collect()
    }

    /// The scopes, each with its own settings: the network services of macOS; on Windows one without a name, and the
    /// dial-up and VPN connections; elsewhere one without a name.
    ///
    /// # Errors
    /// The desktop's program failed; its message.
    pub fn scopes(self) -> io::Result<Vec<String>> {
        system::scopes(self)
    }

    /// Reads a setting.
    ///
    /// # Errors
    /// The desktop's program failed; its message.
    pub fn read(self, key: &str) -> io::Result<Option<String>> {
        system::read(self, key)
    }

    /// Writes a setting.
    ///
    /// # Errors
    /// The desktop's program failed; its message.
    pub fn write(self, key: &str, value: Option<&str>) -> io::Result<()> {
        system::write(self, key, value)
    }

    /// Notifies running programs, where the desktop does not do so itself.
    pub fn announce(self) {
        system::announce(self);
    }
}
