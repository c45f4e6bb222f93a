//! The user's folders: where files are saved by default, and where other programs keep theirs.

use std::path::PathBuf;

use directories::{BaseDirs, UserDirs};

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

/// The folders in which the user's programs keep their files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFolders {
    /// The home folder.
    pub home: PathBuf,
    /// For settings: `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
    pub config: PathBuf,
    /// For data: `~/.local/share`, `~/Library/Application Support`, `%APPDATA%`.
    pub data: PathBuf,
}

impl UserFolders {
    /// The folders of this user; empty if unknown.
    pub fn find() -> Self {
        let folders = |dirs: BaseDirs| Self {
            home: dirs.home_dir().to_owned(),
            config: dirs.config_dir().to_owned(),
            data: dirs.data_dir().to_owned(),
        };
        BaseDirs::new().map(folders).unwrap_or_default()
    }
}

/// The folder of the system's fonts; Windows only.
pub fn fonts() -> Option<PathBuf> {
    let windows = if cfg!(windows) { std::env::var_os("WINDIR") } else { None };
    windows.map(|windows| PathBuf::from(windows).join("Fonts"))
}
