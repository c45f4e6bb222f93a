//! Opens a folder in the desktop's file manager, or a page in its browser.

use std::io;
use std::path::Path;

/// Opens a folder. Returns when the file manager was started.
///
/// # Errors
/// There is no file manager.
pub fn folder(folder: &Path) -> io::Result<()> {
    open::that_detached(folder)
}

/// Opens a page. Returns when the browser was started.
///
/// # Errors
/// There is no browser.
pub fn page(address: &str) -> io::Result<()> {
    open::that_detached(address)
}
