//! The paths of all files and folders.
//!
//! They follow the conventions of the system (XDG on Linux, `Library` on macOS, `AppData` on
//! Windows), or are all under one folder named by the user: portable use, tests, a second engine.
//! [`Paths::find`] only computes them; [`Paths::create`] creates the folders, with access for this
//! user alone. No file is read or written here.
//!
//! The path of a Unix socket is limited to about 100 bytes. Where the runtime folder's path is too
//! long, a folder with a short name is used instead, in the system's folder for temporary files.
//! Anybody may write there, so it is used only if it is a real folder that belongs to this user.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use sha2::{Digest, Sha256};

use super::system_error;
use crate::model::{Cause, Fault, FaultCode, FileOperation, display_as_fault};

/// Longest path of a socket: 108 bytes on Linux and 104 on macOS, with the final zero.
#[cfg(unix)]
const MAX_SOCKET_PATH: usize = 103;

/// Why the paths cannot be used.
#[derive(Debug)]
pub enum PathsError {
    /// The user has no home folder.
    NoHome,
    /// The absolute path of the named folder is unknown.
    Home {
        /// The folder.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A folder cannot be created.
    Create {
        /// The folder.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Other users have access to the runtime folder: one of them could pose as the engine.
    NotOurs(PathBuf),
}

display_as_fault!(PathsError);

impl From<&PathsError> for Fault {
    fn from(error: &PathsError) -> Self {
        let folder = |doing, folder: &Path, source| Cause::File {
            doing,
            file: folder.display().to_string(),
            why: system_error::of(source),
        };
        let cause = match error {
            PathsError::NoHome => Cause::NoHome,
            PathsError::Home { folder: path, source } => folder(FileOperation::Use, path, source),
            PathsError::Create { folder: path, source } => folder(FileOperation::Create, path, source),
            PathsError::NotOurs(path) => Cause::NotPrivate(path.display().to_string()),
        };
        Self::of(FaultCode::File, cause)
    }
}

/// The paths of all files and folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    runtime: PathBuf,
    logs: PathBuf,
}

impl Paths {
    /// Computes the paths: all under `home` if it is given, otherwise by the system's conventions.
    ///
    /// # Errors
    /// [`PathsError::NoHome`] or [`PathsError::Home`].
    pub fn find(home: Option<&Path>) -> Result<Self, PathsError> {
        match home {
            Some(home) => Self::under(home),
            None => Self::of_user(),
        }
    }

    fn under(home: &Path) -> Result<Self, PathsError> {
        let full = |source| PathsError::Home { folder: home.into(), source };
        let home = std::path::absolute(home).map_err(full)?;
        let runtime = fitting(home.join("run"));
        Ok(Self { config: home.clone(), data: home.clone(), runtime, logs: home.join("logs") })
    }

    fn of_user() -> Result<Self, PathsError> {
        let folders = ProjectDirs::from("", "", "sluice").ok_or(PathsError::NoHome)?;
        let data = folders.data_local_dir().to_owned();
        let logs = folders.state_dir().unwrap_or(&data).join("logs");
        let runtime = session_folder().map_or_else(|| data.join("run"), |folder| folder.join("sluice"));
        Ok(Self { config: folders.config_dir().to_owned(), data, runtime: fitting(runtime), logs })
    }

    /// Creates missing folders, with access for this user only, and checks the runtime folder.
    ///
    /// # Errors
    /// A folder cannot be created, or others have access to the runtime folder.
    pub fn create(&self) -> Result<(), PathsError> {
        for folder in [&self.config, &self.data, &self.logs, &self.runtime] {
            create_private(folder).map_err(|source| PathsError::Create { folder: folder.clone(), source })?;
        }
        self.check_runtime()
    }

    /// Checks that no other user has access to the runtime folder. It may be missing.
    ///
    /// # Errors
    /// [`PathsError::NotOurs`].
    pub fn check_runtime(&self) -> Result<(), PathsError> {
        if is_ours(&self.runtime) { Ok(()) } else { Err(PathsError::NotOurs(self.runtime.clone())) }
    }

    /// The settings.
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The nodes.
    pub fn nodes(&self) -> PathBuf {
        self.config.join("nodes.json")
    }

    /// The subscriptions.
    pub fn subscriptions(&self) -> PathBuf {
        self.config.join("subscriptions.json")
    }

    /// The user's own rules.
    pub fn rules(&self) -> PathBuf {
        self.config.join("rules.txt")
    }

    /// The access control list (ACL) edited in the settings.
    pub fn acl(&self) -> PathBuf {
        self.config.join("acl.txt")
    }

    /// The fetched rule list.
    pub fn list(&self) -> PathBuf {
        self.data.join("list.txt")
    }

    /// The newest release that is known.
    pub fn release(&self) -> PathBuf {
        self.data.join("release.txt")
    }

    /// The state before the last restored backup.
    pub fn undo(&self) -> PathBuf {
        self.data.join("undo.json")
    }

    /// The desktop's proxy settings before ours.
    pub fn proxy_lease(&self) -> PathBuf {
        self.data.join("proxy-lease.json")
    }

    /// What is learned about sites.
    pub fn sites(&self) -> PathBuf {
        self.data.join("sites.json")
    }

    /// Traffic per node and day.
    pub fn traffic(&self) -> PathBuf {
        self.data.join("traffic.json")
    }

    /// Lock of the engine: one per set of files.
    pub fn lock(&self) -> PathBuf {
        self.data.join("engine.lock")
    }

    /// Lock of the tray: one per set of files.
    pub fn tray_lock(&self) -> PathBuf {
        self.data.join("tray.lock")
    }

    /// Lock of the window: one per set of files.
    pub fn window_lock(&self) -> PathBuf {
        self.data.join("window.lock")
    }

    /// The folders of this user, each with its placeholder in diagnostics.
    pub fn folders(&self) -> Vec<(PathBuf, &'static str)> {
        let own = [(&self.config, "CONFIG"), (&self.data, "DATA"), (&self.runtime, "RUNTIME"), (&self.logs, "LOGS")];
        let home = directories::BaseDirs::new().map(|folders| (folders.home_dir().to_owned(), "HOME"));
        own.into_iter().map(|(folder, word)| (folder.clone(), word)).chain(home).collect()
    }

    /// Folder for sockets and other files of one run.
    pub fn runtime(&self) -> &Path {
        &self.runtime
    }

    /// The log files.
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// The control socket, in the runtime folder.
    #[cfg(unix)]
    pub fn socket(&self) -> PathBuf {
        self.runtime.join("control.sock")
    }

    /// The control pipe, named after the runtime folder: pipes have a namespace of their own.
    #[cfg(windows)]
    pub fn socket(&self) -> PathBuf {
        PathBuf::from(format!(r"\\.\pipe\sluice-{}", short_hash(self.runtime.as_os_str())))
    }
}

/// The folder, or one with a short name if the path of a socket in it would be too long.
#[cfg(unix)]
fn fitting(runtime: PathBuf) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;

    let fits = |folder: &Path| folder.join("control.sock").as_os_str().as_bytes().len() <= MAX_SOCKET_PATH;
    if fits(&runtime) {
        return runtime;
    }
    let name = format!("sluice-{}", short_hash(runtime.as_os_str()));
    let places = [session_folder(), Some(std::env::temp_dir())].into_iter().flatten();
    let short = places.map(|place| place.join(&name)).find(|folder| fits(folder));
    short.unwrap_or_else(|| Path::new("/tmp").join(name))
}

#[cfg(windows)]
fn fitting(runtime: PathBuf) -> PathBuf {
    runtime
}

fn short_hash(text: &OsStr) -> String {
    let digest = Sha256::digest(text.as_encoded_bytes());
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The user's runtime folder. `su` and `cron` do not set the variable, hence the default: without it
/// they would not find the engine of the desktop session.
#[cfg(target_os = "linux")]
fn session_folder() -> Option<PathBuf> {
    let by_login = || PathBuf::from(format!("/run/user/{}", rustix::process::geteuid().as_raw()));
    let named = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    named.or_else(|| Some(by_login())).filter(|folder| folder.is_dir() && is_ours(folder))
}

#[cfg(not(target_os = "linux"))]
fn session_folder() -> Option<PathBuf> {
    None
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(windows)]
fn create_private(folder: &Path) -> io::Result<()> {
    // Other users have no access to a user's profile.
    std::fs::create_dir_all(folder)
}

/// Whether a folder is missing, or a real folder of this user that others cannot enter.
#[cfg(unix)]
fn is_ours(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    match std::fs::symlink_metadata(folder) {
        Ok(found) => found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[cfg(windows)]
fn is_ours(_folder: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn with_a_named_home_all_paths_are_in_it() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::find(Some(home.path())).unwrap();
        let all = [paths.settings(), paths.nodes(), paths.traffic(), paths.lock(), paths.socket()];
        assert!(all.iter().all(|path| path.starts_with(home.path())), "{all:?}");
        assert!(paths.logs().starts_with(home.path()));
    }

    #[test]
    fn folders_are_accessible_to_this_user_only() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::find(Some(&home.path().join("a/b"))).unwrap();
        paths.create().unwrap();
        paths.create().unwrap();
        for folder in [&home.path().join("a/b"), paths.runtime(), paths.logs()] {
            assert_eq!(std::fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700, "{folder:?}");
        }
    }

    #[test]
    fn a_deep_home_gets_a_short_runtime_folder() {
        let deep = |end: &str| Paths::find(Some(&Path::new("/tmp").join("d".repeat(120)).join(end))).unwrap();
        let short = deep("one");
        assert!(short.socket().as_os_str().len() <= MAX_SOCKET_PATH, "{:?}", short.socket());
        assert_eq!(short.runtime(), deep("one").runtime());
        assert_ne!(short.runtime(), deep("two").runtime());
        assert!(short.settings().starts_with(Path::new("/tmp").join("d".repeat(120))));
    }

    #[test]
    fn a_runtime_folder_of_another_user_is_rejected() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::find(Some(home.path())).unwrap();
        paths.check_runtime().unwrap();
        std::fs::create_dir(paths.runtime()).unwrap();
        std::fs::set_permissions(paths.runtime(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(paths.check_runtime(), Err(PathsError::NotOurs(_))));

        std::fs::remove_dir(paths.runtime()).unwrap();
        symlink("/tmp", paths.runtime()).unwrap();
        assert!(matches!(paths.check_runtime(), Err(PathsError::NotOurs(_))));
    }
}
