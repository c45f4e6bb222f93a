//! The desktop's own proxy settings, as named values that are read and written one at a time.
//!
//! What a value means and which are wanted is not known here; see the room `proxy`. A desktop whose
//! settings this system does not have is not there: on macOS and Windows none is known yet.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::io;

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::other as system;

/// Whose settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Desktop {
    /// GNOME and its relatives: `gsettings`. A value is a GVariant in text form.
    Gnome,
    /// KDE Plasma 5 and 6: `kwriteconfig`. A value is the text in the file, none where there is no entry.
    Kde,
}

impl Desktop {
    /// Those whose settings can be read here.
    pub fn present() -> Vec<Self> {
        [Self::Gnome, Self::Kde].into_iter().filter(|desktop| system::is_present(*desktop)).collect()
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
