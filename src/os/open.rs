//! Shows a folder in the program that this desktop has for it.

use std::io;
use std::path::Path;

/// Shows a folder. Returns when the other program was started, not when it is closed.
///
/// # Errors
/// There is no such program.
pub fn folder(folder: &Path) -> io::Result<()> {
    open::that_detached(folder)
}
