//! What must be known about a server, and what is weak in it.

use thiserror::Error;

use super::cipher::{Method, Strength};
use super::obfs::Obfs;
use super::protocol::Protocol;
use crate::model::Secret;

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
    /// Why this combination should be marked as legacy, the gravest reason first; none where frames are both
    /// encrypted by an unbroken cipher and checked with a key.
    pub fn legacy(&self) -> Option<Weakness> {
        let seal = self.protocol.seal();
        match (self.method.strength(), seal) {
            (Strength::None, Seal::Nothing | Seal::Checksum | Seal::Keyed) => Some(Weakness::Plaintext),
            (Strength::None, Seal::KeyedRc4) | (Strength::Broken, _) => Some(Weakness::BrokenCipher),
            (Strength::Sound, Seal::Nothing) => Some(Weakness::NoIntegrity),
            (Strength::Sound, Seal::Checksum) => Some(Weakness::ChecksumOnly),
            (Strength::Sound, Seal::Keyed | Seal::KeyedRc4) => None,
        }
    }
}

/// What a protocol adds to each frame against a change on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// Nothing.
    Nothing,
    /// A checksum without a key.
    Checksum,
    /// A digest with a key.
    Keyed,
    /// A digest with a key, and RC4 over the payload.
    KeyedRc4,
}

/// Why a server counts as legacy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Nothing is encrypted: everyone on the way can read along.
    Plaintext,
    /// Only RC4 encrypts, which is broken.
    BrokenCipher,
    /// A stream cipher alone: whoever is on the way can change data, and so have it sent elsewhere.
    NoIntegrity,
    /// Frames carry a checksum without a key, which whoever is on the way can put right after a change.
    ChecksumOnly,
}

/// A word in a link that this room cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnsupportedName {
    /// No such cipher here.
    #[error("unsupported ShadowsocksR method {0:?}")]
    Method(String),
    /// No such protocol here.
    #[error("unsupported ShadowsocksR protocol {0:?}")]
    Protocol(String),
    /// No such obfs here.
    #[error("unsupported ShadowsocksR obfs {0:?}")]
    Obfs(String),
}

/// Lower case, without the suffix that only a server's own configuration needs.
pub(crate) fn plain_name(name: &str) -> String {
    let name = name.trim().to_lowercase();
    name.strip_suffix("_compatible").map(str::to_owned).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(method: Method, protocol: Protocol) -> Config {
        Config {
            host: "ssr.example".to_owned(),
            port: 8388,
            method,
            password: "correct horse".into(),
            protocol,
            protocol_param: "7:battery staple".into(),
            obfs: Obfs::Plain,
            obfs_param: String::new(),
        }
    }

    #[test]
    fn names_are_read_leniently() {
        assert_eq!("AES-256-CFB".parse(), Ok(Method::Aes256Cfb));
        assert_eq!("auth_sha1_v4_compatible".parse(), Ok(Protocol::AuthSha1V4));
        assert_eq!("".parse(), Ok(Protocol::Origin));
        assert_eq!("".parse(), Ok(Obfs::Plain));
        assert_eq!("TLS1.2_ticket_auth_compatible".parse(), Ok(Obfs::TlsTicketAuth));
    }

    #[test]
    fn names_survive_a_round_trip() {
        Method::ALL.into_iter().for_each(|it| assert_eq!(it.name().parse(), Ok(it)));
        Protocol::ALL.into_iter().for_each(|it| assert_eq!(it.name().parse(), Ok(it)));
        Obfs::ALL.into_iter().for_each(|it| assert_eq!(it.name().parse(), Ok(it)));
    }

    #[test]
    fn an_unknown_word_is_named() {
        let refused = "auth_chain_f".parse::<Protocol>().unwrap_err();
        assert_eq!(refused.to_string(), "unsupported ShadowsocksR protocol \"auth_chain_f\"");
        let refused = "table".parse::<Method>().unwrap_err();
        assert_eq!(refused.to_string(), "unsupported ShadowsocksR method \"table\"");
        let refused = "http_mix".parse::<Obfs>().unwrap_err();
        assert_eq!(refused.to_string(), "unsupported ShadowsocksR obfs \"http_mix\"");
    }

    #[test]
    fn weak_combinations_are_told_apart() {
        let of = |method, protocol| config(method, protocol).legacy();
        assert_eq!(of(Method::None, Protocol::Origin), Some(Weakness::Plaintext));
        assert_eq!(of(Method::None, Protocol::AuthAes128Md5), Some(Weakness::Plaintext));
        assert_eq!(of(Method::None, Protocol::AuthChainA), Some(Weakness::BrokenCipher));
        assert_eq!(of(Method::Rc4Md5, Protocol::AuthAes128Md5), Some(Weakness::BrokenCipher));
        assert_eq!(of(Method::Aes256Cfb, Protocol::VerifyDeflate), Some(Weakness::NoIntegrity));
        assert_eq!(of(Method::Aes256Cfb, Protocol::AuthSha1V4), Some(Weakness::ChecksumOnly));
        assert_eq!(of(Method::Aes256Cfb, Protocol::AuthAes128Sha1), None);
        assert_eq!(of(Method::Chacha20Ietf, Protocol::AuthChainB), None);
    }

    #[test]
    fn no_password_is_printed() {
        let printed = format!("{:?}", config(Method::Rc4, Protocol::Origin));
        assert!(!printed.contains("correct horse") && !printed.contains("battery staple"), "{printed}");
    }
}
