//! Windows handles.

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::HANDLE;

/// Takes ownership of a handle that a Windows API call returned; the call's error if it is null.
///
/// # Safety
/// The handle must be null, or open and not owned by anything else.
#[expect(unsafe_code, reason = "a raw handle becomes an owned one")]
pub(super) unsafe fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as above.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
