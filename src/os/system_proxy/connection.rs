//! Windows: the proxy of one dial-up or VPN connection. Each has its own, beside that of the network; they are
//! kept in a form that only WinInet reads and writes.
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

/// Connections that are looked at: nobody has more.
const MOST: usize = 64;

/// The texts, in the order in which they are asked for.
const TEXTS: [u32; 3] =
    [INTERNET_PER_CONN_PROXY_SERVER, INTERNET_PER_CONN_PROXY_BYPASS, INTERNET_PER_CONN_AUTOCONFIG_URL];

/// The names of the connections.
#[expect(unsafe_code, reason = "a call of the system")]
pub(super) fn names() -> Vec<String> {
    let size = size_of::<RASENTRYNAMEW>() as u32;
    let mut entries = vec![RASENTRYNAMEW { dwSize: size, ..RASENTRYNAMEW::default() }; MOST];
    let (mut bytes, mut count) = (size * MOST as u32, 0);
    // SAFETY: the buffer has as many bytes as is said, and each entry says its size, as the call wants it.
    let result =
        unsafe { RasEnumEntriesW(ptr::null(), ptr::null(), entries.as_mut_ptr(), &raw mut bytes, &raw mut count) };
    if result != 0 {
        tracing::debug!(result, "the connections of this computer cannot be listed");
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
#[expect(unsafe_code, reason = "a call of the system, and the texts that it allocates")]
pub(super) fn read(connection: &str) -> io::Result<ConnectionProxy> {
    let name = name(connection)?;
    let mut options = [INTERNET_PER_CONN_FLAGS, TEXTS[0], TEXTS[1], TEXTS[2]]
        .map(|option| INTERNET_PER_CONN_OPTIONW { dwOption: option, ..INTERNET_PER_CONN_OPTIONW::default() });
    let mut list = list(&name, &mut options);
    let mut length = list.dwSize;
    // SAFETY: the list, its options and the name live through the call, and have the sizes that they say.
    done(unsafe {
        let list = (&raw mut list).cast();
        InternetQueryOptionW(ptr::null(), INTERNET_OPTION_PER_CONNECTION_OPTION, list, &raw mut length)
    })?;
    // SAFETY: the first is a number; the others are texts, null or allocated for the caller.
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
#[expect(unsafe_code, reason = "a call of the system")]
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
    // SAFETY: the list, its options, their texts and the name live through the call, and have the sizes that they say.
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
/// The text is null, or terminated and allocated by WinInet for the caller.
#[expect(unsafe_code, reason = "a text that the system has allocated")]
unsafe fn text(text: *mut u16) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as above; it is freed once, after its last use.
    unsafe {
        let copy = U16CStr::from_ptr_str(text).to_string_lossy();
        GlobalFree(text.cast());
        Some(copy).filter(|text| !text.is_empty())
    }
}

fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
