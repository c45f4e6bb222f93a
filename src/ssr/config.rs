//! What must be known about a server.

use crate::model::Secret;
use crate::model::ssr::{Method, Obfs, Protocol, Ssr};

/// One ShadowsocksR server as a link or a form gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Name or address of the server. Obfs shows it where `obfs_param` names no host.
    pub host: String,
    /// Port of the server. The HTTP obfs shows it.
    pub port: u16,
    /// The stream cipher.
    pub method: Method,
    /// The password.
    pub password: Secret,
    /// The protocol.
    pub protocol: Protocol,
    /// `uid:password` of one user of a server that several share, else empty.
    pub protocol_param: Secret,
    /// The obfs.
    pub obfs: Obfs,
    /// Hosts to show, divided by commas; for HTTP also `#` and headers. May be empty.
    pub obfs_param: String,
}

impl Config {
    /// The server at `host` and `port` that `ssr` describes.
    pub fn new(host: &str, port: u16, ssr: &Ssr) -> Self {
        let Ssr { method, password, protocol, protocol_param, obfs, obfs_param } = ssr.clone();
        Self { host: host.to_owned(), port, method, password, protocol, protocol_param, obfs, obfs_param }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_printed() {
        let ssr = Ssr {
            method: Method::Aes256Cfb,
            password: "correct horse".into(),
            protocol: Protocol::AuthAes128Md5,
            protocol_param: "7:battery staple".into(),
            obfs: Obfs::Plain,
            obfs_param: String::new(),
        };
        let printed = format!("{:?}", Config::new("ssr.example", 8388, &ssr));
        assert!(!printed.contains("correct horse") && !printed.contains("battery staple"), "{printed}");
    }
}
