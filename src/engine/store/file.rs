//! Whole files, replaced atomically: a power cut leaves the old one or the new one, never half.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::os::atomic_file;

/// The text of a file; none if there is no such file.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        // What is no text is broken, which its parser will say.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the version before the current one is kept.
pub(super) fn last_good(path: &Path) -> PathBuf {
    atomic_file::with_suffix(path, ".last")
}

/// Puts `text` in the place of a file: written and synced beside it (0600, as temporary files are),
/// then renamed over it. What was there becomes the last good version.
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let next = atomic_file::prepare(path, text)?;
    keep_last(path)?;
    next.commit()
}

/// Undoes a [`replace`].
pub(super) fn take_back(path: &Path) -> io::Result<()> {
    match fs::rename(last_good(path), path) {
        Err(error) if error.kind() == ErrorKind::NotFound => fs::remove_file(path),
        result => result,
    }
}

/// Gives the current file its second name first, so that there is no moment without it.
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
