//! What macOS's `networksetup` is told and what it prints (networksetup(8)).
//!
//! A key is a kind of setting and the network service it belongs to. A value is a text: `on HOST PORT` or
//! `off HOST PORT` for a proxy, `on URL` or `off URL` for a script, names one behind another for what
//! goes past them. Nothing is run here.

use std::io;

/// What is set of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Proxy,
    Script,
    Exceptions,
}

/// One setting of one network service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key<'a> {
    kind: Kind,
    name: &'a str,
    service: &'a str,
}

/// The network services that are turned on. A star marks one that is not; the first line explains that.
pub(super) fn services(printed: &str) -> Vec<String> {
    printed.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with('*')).map(str::to_owned).collect()
}

impl<'a> Key<'a> {
    /// The setting that a key names: `webproxy Wi-Fi`.
    ///
    /// # Errors
    /// It names none.
    pub(super) fn parse(key: &'a str) -> io::Result<Self> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidInput, format!("no setting of networksetup: {key}"));
        let (name, service) = key.split_once(' ').ok_or_else(wrong)?;
        let kind = match name {
            "webproxy" | "securewebproxy" | "socksfirewallproxy" => Kind::Proxy,
            "autoproxyurl" => Kind::Script,
            "proxybypassdomains" => Kind::Exceptions,
            _ => return Err(wrong()),
        };
        Ok(Self { kind, name, service })
    }

    /// The words that ask for the value.
    pub(super) fn question(&self) -> Vec<String> {
        self.words(&format!("-get{}", self.name), &[])
    }

    /// The value in what is printed as the answer.
    pub(super) fn value(&self, printed: &str) -> String {
        let field = |name: &str| {
            let found = printed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            found.map(str::trim).filter(|value| *value != "(null)").unwrap_or_default()
        };
        let switch = if field("Enabled") == "Yes" { "on" } else { "off" };
        match self.kind {
            Kind::Proxy => format!("{switch} {} {}", field("Server"), field("Port")),
            Kind::Script => format!("{switch} {}", field("URL")),
            // A sentence says that there are none; names have no spaces.
            Kind::Exceptions => {
                let names: Vec<_> = printed.lines().map(str::trim).filter(|line| !line.contains(' ')).collect();
                names.join(" ").trim().to_owned()
            }
        }
    }

    /// What to run one after another so that the value is this. Entering a place turns it on, so the switch
    /// comes last.
    pub(super) fn orders(&self, value: &str) -> Vec<Vec<String>> {
        let mut words = value.split(' ');
        let mut word = || words.next().unwrap_or_default();
        match self.kind {
            Kind::Proxy => {
                let (switch, host, port) = (word(), word(), word());
                let port = if port.is_empty() { "0" } else { port };
                vec![
                    self.words(&format!("-set{}", self.name), &[host, port]),
                    self.words(&format!("-set{}state", self.name), &[switch]),
                ]
            }
            Kind::Script => {
                let (switch, url) = (word(), word());
                vec![self.words("-setautoproxyurl", &[url]), self.words("-setautoproxystate", &[switch])]
            }
            Kind::Exceptions => {
                let names: Vec<_> = value.split_whitespace().collect();
                let names = if names.is_empty() { vec!["Empty"] } else { names };
                vec![self.words("-setproxybypassdomains", &names)]
            }
        }
    }

    fn words(&self, order: &str, more: &[&str]) -> Vec<String> {
        [&[order, self.service], more].concat().into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key<'_> {
        Key::parse(text).unwrap()
    }

    fn orders(text: &str, value: &str) -> Vec<String> {
        key(text).orders(value).into_iter().map(|words| words.join("|")).collect()
    }

    #[test]
    fn services_that_are_off_are_left_out() {
        let printed = "An asterisk (*) denotes that a network service is disabled.\nWi-Fi\n*Thunderbolt Bridge\n\
                       USB 10/100/1000 LAN\n";
        assert_eq!(services(printed), ["Wi-Fi", "USB 10/100/1000 LAN"]);
        assert_eq!(services(""), [""; 0]);
    }

    #[test]
    fn what_is_printed_becomes_a_value() {
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
    fn a_value_becomes_orders_with_the_switch_last() {
        assert_eq!(
            orders("webproxy USB LAN", "on 127.0.0.1 1080"),
            ["-setwebproxy|USB LAN|127.0.0.1|1080", "-setwebproxystate|USB LAN|on"]
        );
        assert_eq!(
            orders("securewebproxy Wi-Fi", "off  0"),
            ["-setsecurewebproxy|Wi-Fi||0", "-setsecurewebproxystate|Wi-Fi|off"]
        );
        assert_eq!(orders("autoproxyurl Wi-Fi", "off "), ["-setautoproxyurl|Wi-Fi|", "-setautoproxystate|Wi-Fi|off"]);
        assert_eq!(orders("proxybypassdomains Wi-Fi", ""), ["-setproxybypassdomains|Wi-Fi|Empty"]);
        assert_eq!(orders("proxybypassdomains Wi-Fi", "a b"), ["-setproxybypassdomains|Wi-Fi|a|b"]);
        assert_eq!(key("webproxy USB LAN").question(), ["-getwebproxy", "USB LAN"]);
        assert!(Key::parse("mode").is_err() && Key::parse("ftp Wi-Fi").is_err());
    }
}
