//! The settings of each desktop for a desired proxy. Pure.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::os::system_proxy::Desktop;

/// Hosts and networks that always bypass the proxy, in the syntax of GNOME, KDE and macOS.
const BYPASS: [&str; 8] =
    ["localhost", "127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "*.local"];

/// The desired proxy setting of the desktop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesiredProxy {
    /// All traffic goes to the gateway, at this local address.
    Global(SocketAddr),
    /// The PAC script at this URL decides.
    Script(String),
}

/// Purpose of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SettingRole {
    /// Chooses which of the others apply.
    Switch,
    /// Address of the proxy.
    #[serde(rename = "place")]
    Address,
    /// Hosts that bypass the proxy.
    Exceptions,
}

/// One setting and its desired value.
pub(super) struct DesiredSetting {
    pub(super) role: SettingRole,
    pub(super) key: &'static str,
    pub(super) value: Value,
}

/// A desired value.
pub(super) enum Value {
    /// This text.
    Text(String),
    /// No entry.
    Nothing,
    /// GNOME's bypass list: the user's own entries, followed by ours.
    GnomeList,
    /// The same for macOS.
    MacList,
    /// The current value on macOS, but turned off.
    Off,
}

/// The settings of a desktop for a desired proxy, the switch last.
pub(super) fn desired_settings(desired: &DesiredProxy, desktop: Desktop) -> Vec<DesiredSetting> {
    match (desktop, desired) {
        (Desktop::Gnome, DesiredProxy::Global(addr)) => gnome(*addr),
        (Desktop::Gnome, DesiredProxy::Script(url)) => vec![
            address("org.gnome.system.proxy autoconfig-url", format!("'{url}'")),
            switch("org.gnome.system.proxy mode", "'auto'"),
        ],
        (Desktop::Kde, DesiredProxy::Global(addr)) => kde(*addr),
        (Desktop::Kde, DesiredProxy::Script(url)) => {
            vec![address("Proxy Config Script", url), switch("ProxyType", "2")]
        }
        (Desktop::Windows, DesiredProxy::Global(addr)) => vec![
            // One address for all protocols.
            address("ProxyServer", addr.to_string()),
            DesiredSetting {
                role: SettingRole::Exceptions,
                key: "ProxyOverride",
                value: Value::Text(windows_exceptions()),
            },
            // A script would take precedence.
            DesiredSetting { role: SettingRole::Switch, key: "AutoConfigURL", value: Value::Nothing },
            switch("ProxyEnable", "1"),
        ],
        (Desktop::Windows, DesiredProxy::Script(url)) => {
            vec![address("AutoConfigURL", url), switch("ProxyEnable", "0")]
        }
        (Desktop::MacOs, DesiredProxy::Global(addr)) => mac(*addr),
        (Desktop::MacOs, DesiredProxy::Script(url)) => vec![switch("autoproxyurl", format!("on {url}"))],
    }
}

fn gnome(addr: SocketAddr) -> Vec<DesiredSetting> {
    let (host, port) = (format!("'{}'", addr.ip()), addr.port().to_string());
    vec![
        address("org.gnome.system.proxy.http host", &host),
        address("org.gnome.system.proxy.http port", &port),
        address("org.gnome.system.proxy.https host", &host),
        address("org.gnome.system.proxy.https port", &port),
        address("org.gnome.system.proxy.ftp host", &host),
        address("org.gnome.system.proxy.ftp port", &port),
        address("org.gnome.system.proxy.socks host", &host),
        address("org.gnome.system.proxy.socks port", &port),
        DesiredSetting {
            role: SettingRole::Exceptions,
            key: "org.gnome.system.proxy ignore-hosts",
            value: Value::GnomeList,
        },
        switch("org.gnome.system.proxy mode", "'manual'"),
    ]
}

fn kde(addr: SocketAddr) -> Vec<DesiredSetting> {
    let host = if addr.is_ipv6() { format!("[{}]", addr.ip()) } else { addr.ip().to_string() };
    let proxy = |scheme| format!("{scheme}://{host} {}", addr.port());
    vec![
        address("httpProxy", proxy("http")),
        address("httpsProxy", proxy("http")),
        address("ftpProxy", proxy("http")),
        address("socksProxy", proxy("socks")),
        DesiredSetting { role: SettingRole::Exceptions, key: "NoProxyFor", value: Value::Text(BYPASS.join(",")) },
        switch("ProxyType", "1"),
    ]
}

/// On macOS, each setting is address and switch in one.
fn mac(addr: SocketAddr) -> Vec<DesiredSetting> {
    let proxy = format!("on {} {}", addr.ip(), addr.port());
    vec![
        DesiredSetting { role: SettingRole::Exceptions, key: "proxybypassdomains", value: Value::MacList },
        switch("webproxy", &proxy),
        switch("securewebproxy", &proxy),
        switch("socksfirewallproxy", &proxy),
        // A script would take precedence.
        DesiredSetting { role: SettingRole::Switch, key: "autoproxyurl", value: Value::Off },
    ]
}

fn address(key: &'static str, value: impl Into<String>) -> DesiredSetting {
    DesiredSetting { role: SettingRole::Address, key, value: Value::Text(value.into()) }
}

fn switch(key: &'static str, value: impl Into<String>) -> DesiredSetting {
    DesiredSetting { role: SettingRole::Switch, key, value: Value::Text(value.into()) }
}

impl Value {
    /// The value to write, given the current one.
    pub(super) fn beside(self, before: Option<&str>) -> Option<String> {
        let before = before.unwrap_or_default();
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing => None,
            Self::GnomeList => Some(gnome_exceptions(before)),
            Self::MacList => {
                let missing = BYPASS.into_iter().filter(|host| before.split(' ').all(|own| own != *host));
                Some(before.split_whitespace().chain(missing).collect::<Vec<_>>().join(" "))
            }
            Self::Off => Some(format!("off {}", before.split_once(' ').map_or("", |(_, rest)| rest))),
        }
    }
}

/// The user's own entries, followed by ours.
fn gnome_exceptions(before: &str) -> String {
    let own = before.trim_start_matches("@as").trim().trim_start_matches('[').trim_end_matches(']').trim();
    let missing = BYPASS.map(|host| format!("'{host}'")).into_iter().filter(|host| !own.contains(host.as_str()));
    let all: Vec<_> = (!own.is_empty()).then(|| own.to_owned()).into_iter().chain(missing).collect();
    format!("[{}]", all.join(", "))
}

/// Windows supports wildcards but no networks. `<local>` matches every name without a dot.
fn windows_exceptions() -> String {
    let sixteen = (16..32).map(|second| format!("172.{second}.*"));
    let near = ["localhost", "127.*", "[::1]", "10.*", "192.168.*", "169.254.*", "*.local"].map(str::to_owned);
    near.into_iter().chain(sixteen).chain(["<local>".to_owned()]).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(desired: &DesiredProxy, desktop: Desktop, before: &str) -> Vec<String> {
        let value = |wanted: DesiredSetting| {
            let value = wanted.value.beside(Some(before).filter(|before| !before.is_empty()));
            format!("{}={}", wanted.key, value.as_deref().unwrap_or("(none)"))
        };
        desired_settings(desired, desktop).into_iter().map(value).collect()
    }

    fn global() -> DesiredProxy {
        DesiredProxy::Global("127.0.0.1:1080".parse().unwrap())
    }

    #[test]
    fn bypass_lists_keep_the_users_entries() {
        assert!(gnome_exceptions("@as []").starts_with("['localhost', '127.0.0.0/8'"));
        assert!(gnome_exceptions("['a', '::1']").starts_with("['a', '::1', 'localhost', '127.0.0.0/8', '10.0.0.0/8'"));
        let list = Value::MacList.beside(Some("corp.example *.local")).unwrap();
        assert_eq!(
            list,
            "corp.example *.local localhost 127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16"
        );
    }

    #[test]
    fn on_windows_script_and_proxy_replace_each_other() {
        let values = shown(&global(), Desktop::Windows, "http://corp.example/a.pac");
        assert_eq!(values[0], "ProxyServer=127.0.0.1:1080");
        assert!(
            values[1].contains(";172.16.*;") && values[1].contains(";172.31.*;") && values[1].ends_with(";<local>")
        );
        assert_eq!(values[2..], ["AutoConfigURL=(none)", "ProxyEnable=1"]);
        let script = DesiredProxy::Script("http://127.0.0.1:1080/proxy.pac?1".into());
        let values = shown(&script, Desktop::Windows, "");
        assert_eq!(values, ["AutoConfigURL=http://127.0.0.1:1080/proxy.pac?1", "ProxyEnable=0"]);
    }

    #[test]
    fn on_macos_a_script_is_turned_off_and_kept() {
        let values = shown(&global(), Desktop::MacOs, "on http://corp.example/a.pac");
        assert_eq!(values[1], "webproxy=on 127.0.0.1 1080");
        assert_eq!(values[4], "autoproxyurl=off http://corp.example/a.pac");
        assert_eq!(Value::Off.beside(Some("off ")).as_deref(), Some("off "));
    }
}
