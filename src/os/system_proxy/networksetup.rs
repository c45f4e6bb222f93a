//! The arguments and output of macOS's `networksetup` (networksetup(8)).
//!
//! A key is a kind of setting and a network service. A value is a text: `on HOST PORT` or
//! `off HOST PORT` for a proxy, `on URL` or `off URL` for a script, a list of hosts for the bypass
//! list. Nothing is run here.

use std::io;

/// Kind of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SettingKind {
    Proxy,
    Script,
    Exceptions,
}

/// One setting of one network service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServiceSetting<'a> {
    kind: SettingKind,
    name: &'a str,
    service: &'a str,
}

/// The enabled network services. The first line is a note; a star marks a disabled service.
pub(super) fn services(printed: &str) -> Vec<String> {
    printed.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with('*')).map(str::to_owned).collect()
}

impl<'a> ServiceSetting<'a> {
    /// Parses a key such as `webproxy Wi-Fi`.
    ///
    /// # Errors
    /// Not such a key.
    pub(super) fn parse(key: &'a str) -> io::Result<Self> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidInput, format!("unknown setting of networksetup: {key}"));
        let (name, service) = key.split_once(' ').ok_or_else(wrong)?;
        let kind = match name {
            "webproxy" | "securewebproxy" | "socksfirewallproxy" => SettingKind::Proxy,
            "autoproxyurl" => SettingKind::Script,
            "proxybypassdomains" => SettingKind::Exceptions,
            _ => return Err(wrong()),
        };
        Ok(Self { kind, name, service })
    }

    /// The arguments that query the value.
    pub(super) fn query(&self) -> Vec<String> {
        self.arguments(&format!("-get{}", self.name), &[])
    }

    /// The value in the output of the query.
    pub(super) fn value(&self, printed: &str) -> String {
        let field = |name: &str| {
            let found = printed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            found.map(str::trim).filter(|value| *value != "(null)").unwrap_or_default()
        };
        let switch = if field("Enabled") == "Yes" { "on" } else { "off" };
        match self.kind {
            SettingKind::Proxy => format!("{switch} {} {}", field("Server"), field("Port")),
            SettingKind::Script => format!("{switch} {}", field("URL")),
            // An empty list is printed as a sentence; hosts have no spaces.
            SettingKind::Exceptions => {
                let names: Vec<_> = printed.lines().map(str::trim).filter(|line| !line.contains(' ')).collect();
                names.join(" ").trim().to_owned()
            }
        }
    }

    /// The commands that set a value. Setting an address turns the proxy on, so the switch comes last.
    pub(super) fn commands(&self, value: &str) -> Vec<Vec<String>> {
        let mut words = value.split(' ');
        let mut word = || words.next().unwrap_or_default();
        match self.kind {
            SettingKind::Proxy => {
                let (switch, host, port) = (word(), word(), word());
                let port = if port.is_empty() { "0" } else { port };
                vec![
                    self.arguments(&format!("-set{}", self.name), &[host, port]),
                    self.arguments(&format!("-set{}state", self.name), &[switch]),
                ]
            }
            SettingKind::Script => {
                let (switch, url) = (word(), word());
                vec![self.arguments("-setautoproxyurl", &[url]), self.arguments("-setautoproxystate", &[switch])]
            }
            SettingKind::Exceptions => {
                let names: Vec<_> = value.split_whitespace().collect();
                let names = if names.is_empty() { vec!["Empty"] } else { names };
                vec![self.arguments("-setproxybypassdomains", &names)]
            }
        }
    }

    fn arguments(&self, order: &str, more: &[&str]) -> Vec<String> {
        [&[order, self.service], more].concat().into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> ServiceSetting<'_> {
        ServiceSetting::parse(text).unwrap()
    }

    fn commands(text: &str, value: &str) -> Vec<String> {
        key(text).commands(value).into_iter().map(|words| words.join("|")).collect()
    }

    #[test]
    fn disabled_services_are_left_out() {
        let printed = "An asterisk (*) denotes that a network service is disabled.\nWi-Fi\n*Thunderbolt Bridge\n\
                       USB 10/100/1000 LAN\n";
        assert_eq!(services(printed), ["Wi-Fi", "USB 10/100/1000 LAN"]);
        assert_eq!(services(""), [""; 0]);
    }

    #[test]
    fn output_becomes_a_value() {
        let proxy = "Enabled: Yes\nServer: proxy.corp.example\nPort: 3128\nAuthenticated Proxy Enabled: 0\n";
        assert_eq!(key("webproxy Wi-Fi").value(proxy), "on proxy.corp.example 3128");
        let none = "Enabled: No\nServer: \nPort: 0\nAuthenticated Proxy Enabled: 0\n";
        assert_eq!(key("socksfirewallproxy Wi-Fi").value(none), "off  0");
        assert_eq!(key("autoproxyurl Wi-Fi").value("URL: (null)\nEnabled: No\n"), "off ");
        assert_eq!(key("autoproxyurl Wi-Fi").value("URL: http://a/b?c:d\nEnabled: Yes\n"), "on http://a/b?c:d");
        assert_eq!(key("proxybypassdomains Wi-Fi").value("*.local\n169.254/16\n"), "*.local 169.254/16");
        let none = "There aren't any bypass domains set on Wi-Fi.\n";
        assert_eq!(key("proxybypassdomains Wi-Fi").value(none), "");
    }

    #[test]
    fn a_value_becomes_commands_with_the_switch_last() {
        assert_eq!(
            commands("webproxy USB LAN", "on 127.0.0.1 1080"),
            ["-setwebproxy|USB LAN|127.0.0.1|1080", "-setwebproxystate|USB LAN|on"]
        );
        assert_eq!(
            commands("securewebproxy Wi-Fi", "off  0"),
            ["-setsecurewebproxy|Wi-Fi||0", "-setsecurewebproxystate|Wi-Fi|off"]
        );
        assert_eq!(commands("autoproxyurl Wi-Fi", "off "), ["-setautoproxyurl|Wi-Fi|", "-setautoproxystate|Wi-Fi|off"]);
        assert_eq!(commands("proxybypassdomains Wi-Fi", ""), ["-setproxybypassdomains|Wi-Fi|Empty"]);
        assert_eq!(commands("proxybypassdomains Wi-Fi", "a b"), ["-setproxybypassdomains|Wi-Fi|a|b"]);
        assert_eq!(key("webproxy USB LAN").query(), ["-getwebproxy", "USB LAN"]);
        assert!(ServiceSetting::parse("mode").is_err() && ServiceSetting::parse("ftp Wi-Fi").is_err());
    }
}
