//! Windows: the registry values of the user's "Internet Settings", as the system's own dialog writes them; the settings of
//! dial-up and VPN connections through WinInet; and a notification of WinInet after a change.
//! <https://learn.microsoft.com/windows/win32/wininet/setting-and-retrieving-internet-options>

use std::io;

use windows_registry::Key;
use windows_sys::Win32::Networking::WinInet::{
    INTERNET_OPTION_REFRESH, INTERNET_OPTION_SETTINGS_CHANGED, InternetSetOptionW,
};

use super::internet_settings::{ValueType, number, value_type};
use super::{Desktop, connection};
use crate::os::registry::{existing, optional};

const KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";

pub(super) fn is_present(desktop: Desktop) -> bool {
    desktop == Desktop::Windows && key_of_user().is_ok()
}

/// The network, which has no name, and the connections whose settings can be read.
pub(super) fn scopes(_desktop: Desktop) -> io::Result<Vec<String>> {
    let connections = connection::names().into_iter().filter(|name| connection::read(name).is_ok());
    Ok(std::iter::once(String::new()).chain(connections).collect())
}

pub(super) fn read(_desktop: Desktop, key: &str) -> io::Result<Option<String>> {
    if let Some((value, name)) = key.split_once(' ') {
        return connection::read(name)?.get(value);
    }
    let settings = key_of_user()?;
    match value_type(key) {
        ValueType::Number => optional(settings.get_u32(key).map(|number| number.to_string())),
        ValueType::Text => optional(settings.get_string(key)),
    }
}

pub(super) fn write(_desktop: Desktop, key: &str, value: Option<&str>) -> io::Result<()> {
    if let Some((name_of_value, name)) = key.split_once(' ') {
        let mut proxy = connection::read(name)?;
        proxy.set(name_of_value, value)?;
        return connection::write(name, &proxy);
    }
    let settings = key_of_user()?;
    let Some(value) = value else { return optional(settings.remove_value(key)).map(drop) };
    match value_type(key) {
        ValueType::Number => settings.set_u32(key, number(value)?)?,
        ValueType::Text => settings.set_string(key, value)?,
    }
    Ok(())
}

pub(super) fn announce(_desktop: Desktop) {
    for option in [INTERNET_OPTION_SETTINGS_CHANGED, INTERNET_OPTION_REFRESH] {
        #[expect(unsafe_code, reason = "the only way to notify WinInet")]
        // SAFETY: both options take neither a buffer nor a handle.
        let result = unsafe { InternetSetOptionW(std::ptr::null(), option, std::ptr::null(), 0) };
        if result == 0 {
            tracing::debug!(error = %io::Error::last_os_error(), "cannot notify running programs of the proxy");
        }
    }
}

fn key_of_user() -> io::Result<Key> {
    Ok(existing(KEY)?)
}
