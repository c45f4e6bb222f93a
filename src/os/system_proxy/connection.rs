//! Windows: the proxy of a dial-up or VPN connection. Each has its own, in a format that only WinInet reads and writes.
//! <https://learn.microsoft.com/windows/win32/wininet/setting-and-retrieving-internet-options>

use std::io;
use std::ptr;

use widestring::{U16CStr, U16CString};
use windows_sys::Win32::Foundation::GlobalFree;
use windows_sys::Win32::NetworkManagement::Rras::{RASENTRYNAMEW, RasEnumEntriesW};
use windows_sys::Win32::Networking::WinInet::{
    INTERNET_OPTION_PER_CONNECTION_OPTION, INTERNET_PER_CONN_AUTOCONFIG_URL, INTERNET_PER_CONN_FLAGS,
    INTERNET_PER_CONN_OPTION_LISTW, INTERNET_PER_CONN_OPTIONW, INTERNET_PER_CONN_PROXY_BYPASS,
    INTERNET_PER_CONN_PROXY_SERVER, InternetQueryOptionW, InternetSetOptionW,
};

use super::internet_settings::ConnectionProxy;

/// Most connections that are listed.
const MAX_CONNECTIONS: usize = 64;

/// The options with a text, in the order of the query.
const TEXTS: [u32; 3] =
    [INTERNET_PER_CONN_PROXY_SERVER, INTERNET_PER_CONN_PROXY_BYPASS, INTERNET_PER_CONN_AUTOCONFIG_URL];

/// The names of the connections.
#[expect(unsafe_code, reason = "a Windows API call")]
pub(super) fn names() -> Vec<String> {
    let size = size_of::<RASENTRYNAMEW>() as u32;
    let mut entries = vec![RASENTRYNAMEW { dwSize: size, ..RASENTRYNAMEW::default() }; MAX_CONNECTIONS];
    let (mut bytes, mut count) = (size * MAX_CONNECTIONS as u32, 0);
    // SAFETY: the buffer is as long as stated, and each entry has its size set, as the call requires.
    let result =
        unsafe { RasEnumEntriesW(ptr::null(), ptr::null(), entries.as_mut_ptr(), &raw mut bytes, &raw mut count) };
    if result != 0 {
        tracing::debug!(result, "cannot list the dial-up connections");
        return Vec::new();
    }
    let name = |entry: &RASENTRYNAMEW| {
        U16CStr::from_slice_truncate(&entry.szEntryName).map(U16CStr::to_string_lossy).unwrap_or_default()
    };
    entries.iter().take(count as usize).map(name).filter(|name| !name.is_empty()).collect()
}

/// Reads the proxy of a connection.
///
/// # Errors
/// Those of the system.
#[expect(unsafe_code, reason = "a Windows API call that allocates texts")]
pub(super) fn read(connection: &str) -> io::Result<ConnectionProxy> {
    let name = name(connection)?;
    let mut options = [INTERNET_PER_CONN_FLAGS, TEXTS[0], TEXTS[1], TEXTS[2]]
        .map(|option| INTERNET_PER_CONN_OPTIONW { dwOption: option, ..INTERNET_PER_CONN_OPTIONW::default() });
    let mut list = list(&name, &mut options);
    let mut length = list.dwSize;
    // SAFETY: the list, its options and the name outlive the call and have the sizes stated.
    done(unsafe {
        let list = (&raw mut list).cast();
        InternetQueryOptionW(ptr::null(), INTERNET_OPTION_PER_CONNECTION_OPTION, list, &raw mut length)
    })?;
    // SAFETY: the first option is a number; the others are texts that are null or allocated for the caller.
    unsafe {
        let [flags, server, bypass, script] = options.map(|option| option.Value);
        Ok(ConnectionProxy {
            flags: flags.dwValue,
            server: text(server.pszValue),
            bypass: text(bypass.pszValue),
            script: text(script.pszValue),
        })
    }
}

/// Writes the proxy of a connection.
///
/// # Errors
/// Those of the system.
#[expect(unsafe_code, reason = "a Windows API call")]
pub(super) fn write(connection: &str, proxy: &ConnectionProxy) -> io::Result<()> {
    let name = name(connection)?;
    let texts = [&proxy.server, &proxy.bypass, &proxy.script];
    let mut texts = texts.map(|text| U16CString::from_str_truncate(text.as_deref().unwrap_or_default()));
    let mut options = [INTERNET_PER_CONN_OPTIONW::default(); 4];
    options[0].dwOption = INTERNET_PER_CONN_FLAGS;
    options[0].Value.dwValue = proxy.flags;
    for (option, (kind, text)) in options[1..].iter_mut().zip(TEXTS.into_iter().zip(&mut texts)) {
        option.dwOption = kind;
        option.Value.pszValue = text.as_mut_ptr();
    }
    let list = list(&name, &mut options);
    // SAFETY: the list, its options, their texts and the name outlive the call and have the sizes stated.
    done(unsafe {
        let (length, list) = (list.dwSize, (&raw const list).cast());
        InternetSetOptionW(ptr::null(), INTERNET_OPTION_PER_CONNECTION_OPTION, list, length)
    })
}

fn name(connection: &str) -> io::Result<U16CString> {
    U16CString::from_str(connection).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

fn list(name: &U16CString, options: &mut [INTERNET_PER_CONN_OPTIONW; 4]) -> INTERNET_PER_CONN_OPTION_LISTW {
    INTERNET_PER_CONN_OPTION_LISTW {
        dwSize: size_of::<INTERNET_PER_CONN_OPTION_LISTW>() as u32,
        // It is only read.
        pszConnection: name.as_ptr().cast_mut(),
        dwOptionCount: options.len() as u32,
        dwOptionError: 0,
        pOptions: options.as_mut_ptr(),
    }
}

/// # Safety
/// The text must be null, or null-terminated and allocated by WinInet for the caller.
#[expect(unsafe_code, reason = "a text that Windows allocated")]
unsafe fn text(text: *mut u16) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: see above; freed once, after its last use.
    unsafe {
        let copy = U16CStr::from_ptr_str(text).to_string_lossy();
        GlobalFree(text.cast());
        Some(copy).filter(|text| !text.is_empty())
    }
}

fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
