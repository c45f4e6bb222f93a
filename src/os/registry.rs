//! The registry of Windows: what is missing there is no value, and no error.

use std::io;

use windows_registry::{CURRENT_USER, Key, Result};

/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`: there is no key or value of that name.
const NOT_FOUND: u32 = 0x8007_0002;

/// The value, none where there is none.
pub(super) fn optional<T>(result: Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code().0 as u32 == NOT_FOUND => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A key of the user, to be read and changed, which must be there.
pub(super) fn existing(path: &str) -> Result<Key> {
    CURRENT_USER.options().read().write().open(path)
}

/// A text in a key of the user; the empty name is that of the key's own value.
#[cfg(feature = "desktop")]
pub(super) fn text(path: &str, name: &str) -> io::Result<Option<String>> {
    optional(CURRENT_USER.open(path).and_then(|key| key.get_string(name)))
}

/// Removes a value of a key of the user, where it is there.
#[cfg(feature = "desktop")]
pub(super) fn remove(path: &str, name: &str) -> io::Result<()> {
    optional(existing(path).and_then(|key| key.remove_value(name))).map(drop)
}
