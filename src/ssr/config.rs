//! The configuration of a server.

use crate::model::Secret;
use crate::model::ssr::{Method, Obfs, Protocol, Ssr};

/// A ShadowsocksR server, as described by a link or a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Host name or address of the server. Obfuscation uses it if `obfs_param` has no host.
    pub host: String,
    /// Port of the server, which the HTTP obfuscation uses.
    pub port: u16,
    /// The stream cipher.
    pub method: Method,
    /// The password.
    pub password: Secret,
    /// The protocol.
    pub protocol: Protocol,
    /// `uid:password` of one user of a shared server, or empty.
    pub protocol_param: Secret,
    /// The obfuscation method.
    pub obfs: Obfs,
    /// Host names to pretend, separated by commas; for HTTP also `#` and headers. May be empty.
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
