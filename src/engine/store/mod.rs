//! The engine's files: read once at the start, written atomically.
//!
//! Each file is JSON with a `version`. A corrupt file is never overwritten: it is set aside as `NAME.bad-TIME`, the
//! last good version or the defaults are used instead, and an event reports it.

mod content;
mod file;
mod files;
mod migrations;

use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(super) use self::content::FileContent;
pub(super) use self::files::{FileOwner, Files, SaveEdge, StateFile};
pub(super) use self::migrations::{FileFormat, NODES, SETTINGS, SITES, SUBSCRIPTIONS, TRAFFIC};
use crate::model::event::{EventKind, FileFallback};
use crate::model::{Cause, Fault, FaultCode, FileOperation, display_as_fault};
use crate::os::{atomic_file, system_error};

/// Why a file could not be written or set aside.
#[derive(Debug)]
pub struct StoreError {
    doing: FileOperation,
    file: String,
    source: io::Error,
}

display_as_fault!(StoreError);

impl From<&StoreError> for Fault {
    fn from(error: &StoreError) -> Self {
        let (doing, file, why) = (error.doing, error.file.clone(), system_error::of(&error.source));
        Self::of(FaultCode::File, Cause::File { doing, file, why })
    }
}

/// The content of a file, and the event to report.
#[derive(Debug)]
pub(super) struct Loaded<T> {
    pub(super) value: T,
    pub(super) notice: Option<EventKind>,
}

/// Reads a file, or its replacement.
///
/// # Errors
/// The file exists and can neither be read nor set aside: it must not be written then.
pub(super) fn load<T: DeserializeOwned + Default>(
    path: &Path,
    format: &FileFormat<T>,
) -> Result<Loaded<T>, StoreError> {
    let failed = |doing, source| StoreError { doing, file: path.display().to_string(), source };
    let Some(text) = file::read(path).map_err(|error| failed(FileOperation::Read, error))? else {
        return Ok(Loaded { value: T::default(), notice: None });
    };
    let problem = match format.parse(&text) {
        Ok(value) => return Ok(Loaded { value, notice: None }),
        Err(problem) => problem,
    };
    let kept_as = atomic_file::set_aside(path).map_err(|error| failed(FileOperation::SetAside, error))?;
    let last_good = file::read(&file::last_good(path)).ok().flatten().and_then(|text| format.parse(&text).ok());
    let used = if last_good.is_some() { FileFallback::LastGood } else { FileFallback::Defaults };
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let notice = EventKind::FileSetAside { file: name(path), kept_as: name(&kept_as), why: problem, used };
    Ok(Loaded { value: last_good.unwrap_or_default(), notice: Some(notice) })
}

/// Checks that [`load`] would read this version of a file, without changing anything.
///
/// # Errors
/// The file cannot be read, or is corrupt.
pub(super) fn check<T: DeserializeOwned>(path: &Path, format: &FileFormat<T>) -> Result<(), Fault> {
    let failed = |source| StoreError { doing: FileOperation::Read, file: path.display().to_string(), source };
    let text = file::read(path).map_err(|error| Fault::from(&failed(error)))?;
    let Some(text) = text else { return Ok(()) };
    format.parse(&text).map(drop).map_err(|problem| Fault::of(FaultCode::File, problem))
}

/// Writes a file atomically with mode 0600, and keeps the previous version as the last good one.
///
/// # Errors
/// Those of the operating system; the file is then unchanged.
fn save<T: Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let failed = |source| StoreError { doing: FileOperation::Write, file: path.display().to_string(), source };
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
    text.push(b'\n');
    file::replace(path, &text).map_err(failed)
}

/// Writes a text like [`save`].
///
/// # Errors
/// Those of the operating system; the file is then unchanged.
pub(super) fn save_text(path: &Path, text: &str) -> Result<(), StoreError> {
    let failed = |source| StoreError { doing: FileOperation::Write, file: path.display().to_string(), source };
    file::replace(path, text.as_bytes()).map_err(failed)
}

/// The text of a file; `None` if it does not exist.
///
/// # Errors
/// Those of the operating system.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, StoreError> {
    file::read(path).map_err(|source| StoreError {
        doing: FileOperation::Read,
        file: path.display().to_string(),
        source,
    })
}

/// Removes a file, if it exists.
///
/// # Errors
/// Those of the operating system.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    std::fs::remove_file(path).map_err(|source| StoreError {
        doing: FileOperation::Remove,
        file: path.display().to_string(),
        source,
    })
}

/// Restores the version before the last [`save_text`], or removes the file if there was none.
///
/// # Errors
/// Those of the operating system.
pub(super) fn revert(path: &Path) -> Result<(), StoreError> {
    file::revert(path).map_err(|source| StoreError {
        doing: FileOperation::Write,
        file: path.display().to_string(),
        source,
    })
}

/// The part that all files have in common.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::Settings;

    fn load_settings(path: &Path) -> Loaded<Settings> {
        load(path, &SETTINGS).unwrap()
    }

    fn used(loaded: &Loaded<Settings>) -> FileFallback {
        match &loaded.notice {
            Some(EventKind::FileSetAside { used, .. }) => *used,
            other => panic!("no notice of a broken file: {other:?}"),
        }
    }

    #[test]
    fn a_missing_file_is_not_an_error() {
        let home = tempfile::tempdir().unwrap();
        let loaded = load_settings(&home.path().join("settings.json"));
        assert_eq!((loaded.value, loaded.notice), (Settings::default(), None));
    }

    #[test]
    fn saved_files_are_read_back_and_private() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.json");
        let settings = Settings { active: true, ..Settings::default() };
        save(&path, &settings).unwrap();
        assert_eq!(load_settings(&path).value, settings);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_corrupt_file_is_set_aside_and_the_last_good_one_used() {
        let broken = [
            "",
            "{",
            "[]",
            r#"{"version":1,"cluster":{"size":"#,
            r#"{"version":99}"#,
            r#"{"version":0}"#,
            r#"{"version":1,"cluster":{"size":0}}"#,
            r#"{"version":1,"surprise":true}"#,
            "\u{0}\u{0}\u{0}",
        ];
        for text in broken {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("settings.json");
            save(&path, &Settings { active: true, ..Settings::default() }).unwrap();
            save(&path, &Settings::default()).unwrap();
            fs::write(&path, text).unwrap();

            let loaded = load_settings(&path);
            assert_eq!(used(&loaded), FileFallback::LastGood, "{text:?}");
            assert!(loaded.value.active, "{text:?}: the version before the last save");
            let kept = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
            let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains(".bad-")).collect();
            assert_eq!(fs::read_to_string(&kept[0]).unwrap(), text);
        }
    }

    #[test]
    fn without_a_last_good_one_defaults_are_used() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.json");
        fs::write(&path, "{").unwrap();
        let loaded = load_settings(&path);
        assert_eq!((used(&loaded), loaded.value), (FileFallback::Defaults, Settings::default()));
        fs::write(&path, "{").unwrap();
        load_settings(&path);
        let kept = fs::read_dir(home.path()).unwrap().count();
        assert_eq!(kept, 2, "two broken files within a second are both kept");
    }
}
