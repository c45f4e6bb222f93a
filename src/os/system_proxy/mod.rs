//! The desktop's own proxy settings, as named values that are read and written one at a time.
//!
//! What a value means and which are wanted is not known here; see the room `proxy`. A desktop whose
//! settings this system does not have is not there.

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

/// Whose settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Desktop {
    /// GNOME and its relatives: `gsettings`. A value is a GVariant in text form.
    Gnome,
    /// KDE Plasma 5 and 6: `kwriteconfig`. A value is the text in the file, none where there is no entry.
    Kde,
    /// Windows: the registry. A value is a text or a number in text form, none where there is none.
    Windows,
    /// macOS: `networksetup`. A value is described in `networksetup.rs`; there always is one.
    MacOs,
}

impl Desktop {
    /// Those whose settings can be read here.
    pub fn present() -> Vec<Self> {
        let all = [Self::Gnome, Self::Kde, Self::Windows, Self::MacOs];
        all.into_iter().filter(|desktop| system::is_present(*desktop)).collect()
    }

    /// What each setting is there for once: the network services of macOS. Elsewhere one without a name.
    ///
    /// # Errors
    /// The desktop's program fails; what it says.
    pub fn scopes(self) -> io::Result<Vec<String>> {
        system::scopes(self)
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// The desktop's program fails; what it says.
    pub fn read(self, key: &str) -> io::Result<Option<String>> {
        system::read(self, key)
    }

    /// Gives a setting a value.
    ///
    /// # Errors
    /// The desktop's program fails; what it says.
    pub fn write(self, key: &str, value: Option<&str>) -> io::Result<()> {
        system::write(self, key, value)
    }

    /// Has running programs look again, where they would not by themselves.
    pub fn announce(self) {
        system::announce(self);
    }
}
