//! Opens a folder in the desktop's file manager.

use std::io;
use std::path::Path;

/// Opens a folder. Returns when the file manager was started.
///
/// # Errors
/// There is no file manager.
pub fn folder(folder: &Path) -> io::Result<()> {
    open::that_detached(folder)
}
