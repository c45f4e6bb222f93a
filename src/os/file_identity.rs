//! Which file a path leads to: another one may have taken its place under the same name.

use std::fs::Metadata;

/// The identity of a file, on Unix its device and inode. On Windows, where it is known only for an open file, all are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity(#[cfg(unix)] (u64, u64));

impl FileIdentity {
    /// Of a file that was looked up.
    #[cfg(unix)]
    pub fn of(file: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        Self((file.dev(), file.ino()))
    }

    /// Of a file that was looked up.
    #[cfg(not(unix))]
    pub fn of(_file: &Metadata) -> Self {
        Self()
    }
}
