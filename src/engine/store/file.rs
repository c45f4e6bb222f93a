//! Atomic replacement of files: after a power failure a file has its old or its new content.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::os::atomic_file;

/// The text of a file; `None` if it does not exist.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        // Invalid UTF-8 is reported by the parser.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The path of the previous version.
pub(super) fn last_good(path: &Path) -> PathBuf {
    atomic_file::with_suffix(path, ".last")
}

/// Replaces the content of a file: the text is written and synced to a temporary file (mode 0600), which is renamed.
/// The previous content is kept as the last good version.
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let next = atomic_file::prepare(path, text)?;
    keep_last(path)?;
    next.commit()
}

/// Undoes a [`replace`].
pub(super) fn revert(path: &Path) -> io::Result<()> {
    match fs::rename(last_good(path), path) {
        Err(error) if error.kind() == ErrorKind::NotFound => fs::remove_file(path),
        result => result,
    }
}

/// Links the current file under its second name first, so that it exists at any time.
fn keep_last(path: &Path) -> io::Result<()> {
    let last = last_good(path);
    for removed in [fs::remove_file(&last), fs::hard_link(path, &last)] {
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
