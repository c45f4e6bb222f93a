//! The values of the Windows proxy settings, and their conversion to and from text. Those of the network are registry
//! values. A dial-up or VPN connection has its own, which are given the same names here: the key is then
//! `VALUE CONNECTION`.

use std::io;

/// Type of a registry value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    /// `REG_DWORD`
    Number,
    /// `REG_SZ`
    Text,
}

/// The type of a value.
pub(super) fn value_type(key: &str) -> ValueType {
    if key == "ProxyEnable" { ValueType::Number } else { ValueType::Text }
}

/// Parses a number.
///
/// # Errors
/// Not a number.
pub(super) fn number(text: &str) -> io::Result<u32> {
    text.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("not a number: {text}")))
}

/// `PROXY_TYPE_PROXY` of WinInet.
const PROXY: u32 = 2;

/// `PROXY_TYPE_AUTO_PROXY_URL` of WinInet.
const SCRIPT: u32 = 4;

/// The proxy of a dial-up or VPN connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ConnectionProxy {
    /// Which of the others apply: `PROXY_TYPE_…` of WinInet.
    pub(super) flags: u32,
    /// The address of the proxy.
    pub(super) server: Option<String>,
    /// Hosts that bypass it.
    pub(super) bypass: Option<String>,
    /// The URL of the script.
    pub(super) script: Option<String>,
}

impl ConnectionProxy {
    /// A value, under its name in the registry.
    ///
    /// # Errors
    /// There is no value of that name.
    pub(super) fn get(&self, value: &str) -> io::Result<Option<String>> {
        match value {
            "ProxyEnable" => Ok(Some(u32::from(self.flags & PROXY != 0).to_string())),
            "ProxyServer" => Ok(self.server.clone()),
            "ProxyOverride" => Ok(self.bypass.clone()),
            "AutoConfigURL" => Ok(self.script.clone().filter(|_| self.flags & SCRIPT != 0)),
            _ => Err(unknown(value)),
        }
    }

    /// Changes a value. A script that is turned off keeps its URL, as in the system's own dialog.
    ///
    /// # Errors
    /// There is no value of that name, or it is no number.
    pub(super) fn set(&mut self, value: &str, text: Option<&str>) -> io::Result<()> {
        let owned = || text.map(str::to_owned);
        match value {
            "ProxyEnable" => {
                let is_on = number(text.unwrap_or("0"))? != 0;
                self.flags = if is_on { self.flags | PROXY } else { self.flags & !PROXY };
            }
            "ProxyServer" => self.server = owned(),
            "ProxyOverride" => self.bypass = owned(),
            "AutoConfigURL" if text.is_some() => {
                self.script = owned();
                self.flags |= SCRIPT;
            }
            "AutoConfigURL" => self.flags &= !SCRIPT,
            _ => return Err(unknown(value)),
        }
        Ok(())
    }
}

fn unknown(value: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("unknown setting of Windows: {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_the_same_values_as_the_network() {
        let mut proxy = ConnectionProxy { flags: 1 | 8, ..ConnectionProxy::default() };
        let before = proxy.clone();
        assert_eq!(proxy.get("ProxyEnable").unwrap().as_deref(), Some("0"));
        for (value, text) in [("ProxyServer", "127.0.0.1:1080"), ("ProxyOverride", "<local>"), ("ProxyEnable", "1")] {
            proxy.set(value, Some(text)).unwrap();
            assert_eq!(proxy.get(value).unwrap().as_deref(), Some(text));
        }
        assert_eq!(proxy.flags, 1 | 2 | 8, "what is detected by itself is not touched");
        proxy.set("AutoConfigURL", Some("http://127.0.0.1:1080/proxy.pac")).unwrap();
        assert_eq!(proxy.get("AutoConfigURL").unwrap().as_deref(), Some("http://127.0.0.1:1080/proxy.pac"));
        proxy.set("AutoConfigURL", None).unwrap();
        assert_eq!(proxy.get("AutoConfigURL").unwrap(), None);
        for (value, text) in [("ProxyEnable", Some("0")), ("ProxyServer", None), ("ProxyOverride", None)] {
            proxy.set(value, text).unwrap();
        }
        assert_eq!((proxy.flags, &proxy.server, &proxy.bypass), (before.flags, &None, &None));
        assert!(proxy.get("Other").is_err() && proxy.set("Other", None).is_err());
    }

    #[test]
    fn the_switch_is_a_number_and_everything_else_a_text() {
        assert_eq!(value_type("ProxyEnable"), ValueType::Number);
        for key in ["ProxyServer", "ProxyOverride", "AutoConfigURL"] {
            assert_eq!(value_type(key), ValueType::Text);
        }
        assert_eq!(number("1").unwrap(), 1);
        assert!(number("on").unwrap_err().to_string().contains("on"));
    }
}
