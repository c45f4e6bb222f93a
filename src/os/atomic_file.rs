//! Atomic writes of files with mode 0600: after a power failure a file has its old or its new content, never a part of
//! it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A temporary file that is synced to disk but not yet renamed; removed when dropped.
#[derive(Debug)]
pub struct PendingFile {
    file: NamedTempFile,
    path: PathBuf,
}

/// Writes a temporary file beside `path` (mode 0600) and syncs it.
///
/// # Errors
/// Those of the system.
pub fn prepare(path: &Path, bytes: &[u8]) -> io::Result<PendingFile> {
    let mut file = NamedTempFile::new_in(folder(path)?)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(PendingFile { file, path: path.into() })
}

/// Writes a file atomically.
///
/// # Errors
/// Those of the system; the old content is then unchanged.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    prepare(path, bytes)?.commit()
}

impl PendingFile {
    /// Replaces the file at the path.
    ///
    /// # Errors
    /// Those of the system.
    pub fn commit(self) -> io::Result<()> {
        self.file.persist(&self.path)?;
        sync_folder(folder(&self.path)?)
    }
}

/// Renames a corrupt file; returns its new name.
///
/// # Errors
/// Those of the system.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let time = jiff::Zoned::now().strftime("%Y%m%dT%H%M%S").to_string();
    let names = (0..).map(|nth| if nth == 0 { format!(".bad-{time}") } else { format!(".bad-{time}-{nth}") });
    let free = names.map(|suffix| with_suffix(path, &suffix)).find(|kept| !kept.exists());
    let kept = free.expect("numbers do not end");
    fs::rename(path, &kept)?;
    Ok(kept)
}

/// A path with a suffix.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The parent folder; a bare name is in the current folder.
fn folder(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    Ok(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot open folders, and needs no sync.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
