//! The Windows registry. A missing key or value is `None` rather than an error.

use std::io;

use windows_registry::{CURRENT_USER, Key, Result};

/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`: there is no key or value of that name.
const NOT_FOUND: u32 = 0x8007_0002;

/// The value; `None` if it is missing.
pub(super) fn optional<T>(result: Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code().0 as u32 == NOT_FOUND => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Opens an existing key of the user for reading and writing.
pub(super) fn existing(path: &str) -> Result<Key> {
    CURRENT_USER.options().read().write().open(path)
}

/// A text in a key of the user; an empty name is the key's default value.
#[cfg(feature = "desktop")]
pub(super) fn text(path: &str, name: &str) -> io::Result<Option<String>> {
    optional(CURRENT_USER.open(path).and_then(|key| key.get_string(name)))
}

/// Removes a value from a key of the user, if it exists.
#[cfg(feature = "desktop")]
pub(super) fn remove(path: &str, name: &str) -> io::Result<()> {
    optional(existing(path).and_then(|key| key.remove_value(name))).map(drop)
}
