//! Whole files for this user's eyes, replaced atomically: a power cut leaves the old one or the new one,
//! never half of one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that is written and does not stand in its place yet; dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    place: PathBuf,
}

/// Writes a file beside its place (0600, as temporary files are) and waits until it is on the disk.
///
/// # Errors
/// The system's.
pub fn draft(place: &Path, bytes: &[u8]) -> io::Result<Draft> {
    let mut file = NamedTempFile::new_in(folder(place)?)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(Draft { file, place: place.into() })
}

/// Writes a file whole.
///
/// # Errors
/// The system's; what was there is then as it was.
pub fn write(place: &Path, bytes: &[u8]) -> io::Result<()> {
    draft(place, bytes)?.put_in_place()
}

impl Draft {
    /// Puts it in its place, over what is there.
    ///
    /// # Errors
    /// The system's.
    pub fn put_in_place(self) -> io::Result<()> {
        self.file.persist(&self.place)?;
        sync_folder(folder(&self.place)?)
    }
}

/// Moves a broken file out of the way, under a name that nothing has yet; the name.
///
/// # Errors
/// The system's.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let time = jiff::Zoned::now().strftime("%Y%m%dT%H%M%S").to_string();
    let names = (0..).map(|nth| if nth == 0 { format!(".bad-{time}") } else { format!(".bad-{time}-{nth}") });
    let free = names.map(|suffix| with_suffix(path, &suffix)).find(|kept| !kept.exists());
    let kept = free.expect("numbers do not end");
    fs::rename(path, &kept)?;
    Ok(kept)
}

/// A path with more behind its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// A name alone lies in the folder that one works in.
fn folder(place: &Path) -> io::Result<&Path> {
    let folder = place.parent().ok_or(ErrorKind::InvalidInput)?;
    Ok(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows does not open folders, and needs no such thing.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
