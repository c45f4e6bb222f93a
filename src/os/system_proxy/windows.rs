//! Windows: the values of "Internet Settings" in the user's part of the registry, where the system's
//! own dialog keeps them, and WinInet told of the change.
//! <https://learn.microsoft.com/windows/win32/wininet/setting-and-retrieving-internet-options>

use std::io;

use windows_registry::{CURRENT_USER, Key};
use windows_sys::Win32::Networking::WinInet::{
    INTERNET_OPTION_REFRESH, INTERNET_OPTION_SETTINGS_CHANGED, InternetSetOptionW,
};

use super::Desktop;
use super::internet_settings::{ValueType, number, value_type};

const KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";

/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`: there is no value of that name.
const NO_VALUE: u32 = 0x8007_0002;

pub(super) fn is_present(desktop: Desktop) -> bool {
    desktop == Desktop::Windows && key_of_user().is_ok()
}

pub(super) fn scopes(_desktop: Desktop) -> io::Result<Vec<String>> {
    Ok(vec![String::new()])
}

pub(super) fn read(_desktop: Desktop, key: &str) -> io::Result<Option<String>> {
    let settings = key_of_user()?;
    match value_type(key) {
        ValueType::Number => present(settings.get_u32(key).map(|number| number.to_string())),
        ValueType::Text => present(settings.get_string(key)),
    }
}

pub(super) fn write(_desktop: Desktop, key: &str, value: Option<&str>) -> io::Result<()> {
    let settings = key_of_user()?;
    let Some(value) = value else { return present(settings.remove_value(key)).map(drop) };
    match value_type(key) {
        ValueType::Number => settings.set_u32(key, number(value)?)?,
        ValueType::Text => settings.set_string(key, value)?,
    }
    Ok(())
}

pub(super) fn announce(_desktop: Desktop) {
    for option in [INTERNET_OPTION_SETTINGS_CHANGED, INTERNET_OPTION_REFRESH] {
        #[expect(unsafe_code, reason = "the only way to notify WinInet")]
        // SAFETY: both options take no buffer and no handle, and say so by null and 0.
        let told = unsafe { InternetSetOptionW(std::ptr::null(), option, std::ptr::null(), 0) };
        if told == 0 {
            tracing::debug!(error = %io::Error::last_os_error(), "running programs could not be notified of the proxy");
        }
    }
}

fn key_of_user() -> io::Result<Key> {
    Ok(CURRENT_USER.options().read().write().open(KEY)?)
}

/// The value, none where there is none.
fn present<T>(result: windows_registry::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code().0 as u32 == NO_VALUE => Ok(None),
        Err(error) => Err(error.into()),
    }
}
