//! The user's folders in which files are proposed to be saved.

use std::path::PathBuf;

use directories::UserDirs;

/// The home folder; empty if unknown.
pub fn home() -> PathBuf {
    UserDirs::new().map(|folders| folders.home_dir().to_owned()).unwrap_or_default()
}

/// The documents folder, or the home folder.
pub fn documents() -> PathBuf {
    UserDirs::new().and_then(|folders| folders.document_dir().map(PathBuf::from)).unwrap_or_else(home)
}

/// The pictures folder, or the home folder.
pub fn pictures() -> PathBuf {
    UserDirs::new().and_then(|folders| folders.picture_dir().map(PathBuf::from)).unwrap_or_else(home)
}
