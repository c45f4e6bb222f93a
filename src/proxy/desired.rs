//! What each desktop is to have in its settings, value by value. Rules only.

use std::net::SocketAddr;

use super::plan::{Part, Want};
use crate::os::system_proxy::Desktop;

/// Hosts and networks that are never asked through a proxy, as GNOME, KDE and macOS write them.
const NEAR: [&str; 8] =
    ["localhost", "127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "*.local"];

/// One value that is wanted.
pub(super) struct Wanted {
    pub(super) part: Part,
    pub(super) key: &'static str,
    pub(super) value: Value,
}

/// What a value is to be.
pub(super) enum Value {
    /// This.
    Text(String),
    /// Not there at all.
    Nothing,
    /// GNOME's list of what goes past the proxy: the user's own with ours behind it.
    GnomeList,
    /// macOS's, likewise.
    MacList,
    /// macOS's setting as it is, but turned off.
    Off,
}

/// The settings of a desktop that say what is wanted, the switch last.
pub(super) fn wanted(want: &Want, desktop: Desktop) -> Vec<Wanted> {
    match (desktop, want) {
        (Desktop::Gnome, Want::Global(addr)) => gnome(*addr),
        (Desktop::Gnome, Want::Script(url)) => vec![
            place("org.gnome.system.proxy autoconfig-url", format!("'{url}'")),
            switch("org.gnome.system.proxy mode", "'auto'"),
        ],
        (Desktop::Kde, Want::Global(addr)) => kde(*addr),
        (Desktop::Kde, Want::Script(url)) => vec![place("Proxy Config Script", url), switch("ProxyType", "2")],
        (Desktop::Windows, Want::Global(addr)) => vec![
            // One place for all protocols.
            place("ProxyServer", addr.to_string()),
            Wanted { part: Part::Exceptions, key: "ProxyOverride", value: Value::Text(windows_exceptions()) },
            // A script would go before.
            Wanted { part: Part::Switch, key: "AutoConfigURL", value: Value::Nothing },
            switch("ProxyEnable", "1"),
        ],
        (Desktop::Windows, Want::Script(url)) => vec![place("AutoConfigURL", url), switch("ProxyEnable", "0")],
        (Desktop::MacOs, Want::Global(addr)) => mac(*addr),
        (Desktop::MacOs, Want::Script(url)) => vec![switch("autoproxyurl", format!("on {url}"))],
    }
}

fn gnome(addr: SocketAddr) -> Vec<Wanted> {
    let (host, port) = (format!("'{}'", addr.ip()), addr.port().to_string());
    vec![
        place("org.gnome.system.proxy.http host", &host),
        place("org.gnome.system.proxy.http port", &port),
        place("org.gnome.system.proxy.https host", &host),
        place("org.gnome.system.proxy.https port", &port),
        place("org.gnome.system.proxy.ftp host", &host),
        place("org.gnome.system.proxy.ftp port", &port),
        place("org.gnome.system.proxy.socks host", &host),
        place("org.gnome.system.proxy.socks port", &port),
        Wanted { part: Part::Exceptions, key: "org.gnome.system.proxy ignore-hosts", value: Value::GnomeList },
        switch("org.gnome.system.proxy mode", "'manual'"),
    ]
}

fn kde(addr: SocketAddr) -> Vec<Wanted> {
    let host = if addr.is_ipv6() { format!("[{}]", addr.ip()) } else { addr.ip().to_string() };
    let proxy = |scheme| format!("{scheme}://{host} {}", addr.port());
    vec![
        place("httpProxy", proxy("http")),
        place("httpsProxy", proxy("http")),
        place("ftpProxy", proxy("http")),
        place("socksProxy", proxy("socks")),
        Wanted { part: Part::Exceptions, key: "NoProxyFor", value: Value::Text(NEAR.join(",")) },
        switch("ProxyType", "1"),
    ]
}

/// Each is place and switch in one.
fn mac(addr: SocketAddr) -> Vec<Wanted> {
    let proxy = format!("on {} {}", addr.ip(), addr.port());
    vec![
        Wanted { part: Part::Exceptions, key: "proxybypassdomains", value: Value::MacList },
        switch("webproxy", &proxy),
        switch("securewebproxy", &proxy),
        switch("socksfirewallproxy", &proxy),
        // A script would go before.
        Wanted { part: Part::Switch, key: "autoproxyurl", value: Value::Off },
    ]
}

fn place(key: &'static str, value: impl Into<String>) -> Wanted {
    Wanted { part: Part::Place, key, value: Value::Text(value.into()) }
}

fn switch(key: &'static str, value: impl Into<String>) -> Wanted {
    Wanted { part: Part::Switch, key, value: Value::Text(value.into()) }
}

impl Value {
    /// The value where it was this before.
    pub(super) fn beside(self, before: Option<&str>) -> Option<String> {
        let before = before.unwrap_or_default();
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing => None,
            Self::GnomeList => Some(gnome_exceptions(before)),
            Self::MacList => {
                let missing = NEAR.into_iter().filter(|host| before.split(' ').all(|own| own != *host));
                Some(before.split_whitespace().chain(missing).collect::<Vec<_>>().join(" "))
            }
            Self::Off => Some(format!("off {}", before.split_once(' ').map_or("", |(_, rest)| rest))),
        }
    }
}

/// The user's own list with ours behind it.
fn gnome_exceptions(before: &str) -> String {
    let own = before.trim_start_matches("@as").trim().trim_start_matches('[').trim_end_matches(']').trim();
    let missing = NEAR.map(|host| format!("'{host}'")).into_iter().filter(|host| !own.contains(host.as_str()));
    let all: Vec<_> = (!own.is_empty()).then(|| own.to_owned()).into_iter().chain(missing).collect();
    format!("[{}]", all.join(", "))
}

/// Windows knows no networks, but stars. `<local>` is every name without a dot.
fn windows_exceptions() -> String {
    let sixteen = (16..32).map(|second| format!("172.{second}.*"));
    let near = ["localhost", "127.*", "[::1]", "10.*", "192.168.*", "169.254.*", "*.local"].map(str::to_owned);
    near.into_iter().chain(sixteen).chain(["<local>".to_owned()]).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(want: &Want, desktop: Desktop, before: &str) -> Vec<String> {
        let value = |wanted: Wanted| {
            let value = wanted.value.beside(Some(before).filter(|before| !before.is_empty()));
            format!("{}={}", wanted.key, value.as_deref().unwrap_or("(none)"))
        };
        wanted(want, desktop).into_iter().map(value).collect()
    }

    fn global() -> Want {
        Want::Global("127.0.0.1:1080".parse().unwrap())
    }

    #[test]
    fn the_lists_of_gnome_and_macos_keep_what_is_the_users() {
        assert!(gnome_exceptions("@as []").starts_with("['localhost', '127.0.0.0/8'"));
        assert!(gnome_exceptions("['a', '::1']").starts_with("['a', '::1', 'localhost', '127.0.0.0/8', '10.0.0.0/8'"));
        let list = Value::MacList.beside(Some("corp.example *.local")).unwrap();
        assert_eq!(
            list,
            "corp.example *.local localhost 127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16"
        );
    }

    #[test]
    fn on_windows_a_script_gives_way_to_the_proxy_and_the_proxy_to_a_script() {
        let values = shown(&global(), Desktop::Windows, "http://corp.example/a.pac");
        assert_eq!(values[0], "ProxyServer=127.0.0.1:1080");
        assert!(
            values[1].contains(";172.16.*;") && values[1].contains(";172.31.*;") && values[1].ends_with(";<local>")
        );
        assert_eq!(values[2..], ["AutoConfigURL=(none)", "ProxyEnable=1"]);
        let script = Want::Script("http://127.0.0.1:1080/proxy.pac?1".into());
        let values = shown(&script, Desktop::Windows, "");
        assert_eq!(values, ["AutoConfigURL=http://127.0.0.1:1080/proxy.pac?1", "ProxyEnable=0"]);
    }

    #[test]
    fn on_macos_a_script_is_turned_off_and_stays_where_it_is() {
        let values = shown(&global(), Desktop::MacOs, "on http://corp.example/a.pac");
        assert_eq!(values[1], "webproxy=on 127.0.0.1 1080");
        assert_eq!(values[4], "autoproxyurl=off http://corp.example/a.pac");
        assert_eq!(Value::Off.beside(Some("off ")).as_deref(), Some("off "));
    }
}
