//! Handles of Windows.

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::HANDLE;

/// A handle that a call of the system has returned, or its error.
///
/// # Safety
/// The handle is null, or open and nobody else's.
#[expect(unsafe_code, reason = "a raw handle becomes an owned one")]
pub(super) unsafe fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as above.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
