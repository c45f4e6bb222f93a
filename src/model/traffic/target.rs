//! The destination of a connection.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The destination of a connection, as the client named it. Names are resolved by the server, not here, so that no
/// lookup leaves the tunnel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An address and a port.
    Address(SocketAddr),
    /// A host name (at most 255 bytes) and a port.
    Name(Box<str>, u16),
}

impl Target {
    /// A target from a host, with or without the brackets of an IPv6 literal, and a port. `None` if the name is empty
    /// or longer than 255 bytes, the limit of a SOCKS request.
    pub fn from_host(host: &str, port: u16) -> Option<Self> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Some(Self::Address(SocketAddr::new(ip, port)));
        }
        (!bare.is_empty() && bare.len() <= 255).then(|| Self::Name(bare.into(), port))
    }

    /// The port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Address(addr) => addr.port(),
            Self::Name(_, port) => *port,
        }
    }

    /// The host without port and brackets.
    pub fn host(&self) -> String {
        match self {
            Self::Address(addr) => addr.ip().to_string(),
            Self::Name(name, _) => name.to_string(),
        }
    }

    /// The site: the registrable domain (`www.bbc.co.uk` → `bbc.co.uk`) according to the Public Suffix List, or else
    /// the host. All hosts of a site share an exit address.
    pub fn site(&self) -> String {
        match self {
            Self::Address(addr) => addr.ip().to_string(),
            Self::Name(name, _) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                psl::domain_str(&name).map_or_else(|| name.clone(), str::to_owned)
            }
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(addr) => write!(f, "{addr}"),
            Self::Name(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_addresses_become_addresses() {
        let six = Target::from_host("[::1]", 80).unwrap();
        assert_eq!(six, Target::Address("[::1]:80".parse().unwrap()));
        assert_eq!(Target::from_host("::1", 80).unwrap(), six);
        assert_eq!(Target::from_host("a.example", 80).unwrap().to_string(), "a.example:80");
        assert_eq!(Target::from_host("", 80), None);
        assert_eq!(Target::from_host(&"x".repeat(256), 80), None);
    }

    #[test]
    fn hosts_of_one_site_share_it() {
        let site = |host| Target::from_host(host, 443).unwrap().site();
        assert_eq!(site("www.bbc.co.uk"), "bbc.co.uk");
        assert_eq!(site("News.BBC.co.uk."), "bbc.co.uk");
        assert_eq!(site("localhost"), "localhost");
        assert_eq!(site("192.0.2.7"), "192.0.2.7");
    }
}
