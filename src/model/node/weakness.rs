//! Weak encryption of nodes, which user interfaces mark as legacy. Such a node works like any other.
//!
//! The rule: data must be encrypted with an unbroken cipher and authenticated with a key. In Shadowsocks the AEAD
//! ciphers (with and without `2022-`) do both, the older stream ciphers do not authenticate. ShadowsocksR has only
//! stream ciphers; there the protocol decides, and those that sign each frame with a key pass. A SIP003 plugin is not
//! considered, since its effect depends on its options. SOCKS5 has no encryption of its own and mostly runs on the same
//! computer or in a tunnel: it is not rated.

use serde::{Deserialize, Serialize};

use super::cipher;
use super::ssr::{Method, Protocol, Ssr};
use crate::locale::messages;
use crate::model::node::Kind;

messages! {
    /// Why a node counts as legacy, the most severe reason first.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Weakness {
        /// Nothing is encrypted: anyone on the path can read the traffic.
        Plaintext = "weakness-plaintext",
        /// The cipher is broken, such as RC4.
        BrokenCipher = "weakness-broken-cipher",
        /// A stream cipher without authentication: an attacker on the path can change data and redirect it.
        NoIntegrity = "weakness-no-integrity",
        /// Frames have a checksum without a key, which an attacker on the path can recompute.
        ChecksumOnly = "weakness-checksum-only",
    }
}

impl Kind {
    /// Why a node of this kind is marked as legacy; `None` if it is not.
    pub fn weakness(&self) -> Option<Weakness> {
        match self {
            Self::Ss { method, .. } => of_cipher(method),
            Self::Ssr(ssr) => of_ssr(ssr),
            Self::Socks5 { .. } => None,
        }
    }
}

fn of_cipher(method: &str) -> Option<Weakness> {
    match method {
        "none" => Some(Weakness::Plaintext),
        "table" | "rc4" | "rc4-md5" => Some(Weakness::BrokenCipher),
        stream if !cipher::is_aead(stream) => Some(Weakness::NoIntegrity),
        _aead => None,
    }
}

fn of_ssr(ssr: &Ssr) -> Option<Weakness> {
    let signed = match ssr.protocol {
        Protocol::Origin | Protocol::VerifyDeflate => Some(Weakness::NoIntegrity),
        Protocol::AuthSha1V4 => Some(Weakness::ChecksumOnly),
        Protocol::AuthAes128Md5 | Protocol::AuthAes128Sha1 | Protocol::AuthChainA | Protocol::AuthChainB => None,
    };
    let ciphered = match ssr.method {
        // These protocols encrypt by themselves, with RC4.
        Method::None if matches!(ssr.protocol, Protocol::AuthChainA | Protocol::AuthChainB) => {
            Some(Weakness::BrokenCipher)
        }
        Method::None => Some(Weakness::Plaintext),
        Method::Rc4 | Method::Rc4Md5 | Method::Rc4Md5Iv6 => Some(Weakness::BrokenCipher),
        Method::Aes128Cfb | Method::Aes192Cfb | Method::Aes256Cfb => None,
        Method::Aes128Cfb8 | Method::Aes192Cfb8 | Method::Aes256Cfb8 => None,
        Method::Aes128Ctr | Method::Aes192Ctr | Method::Aes256Ctr => None,
        Method::Camellia128Cfb | Method::Camellia192Cfb | Method::Camellia256Cfb => None,
        Method::Chacha20 | Method::Chacha20Ietf | Method::Xchacha20 | Method::Salsa20 => None,
    };
    ciphered.or(signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::node::ssr::Obfs;

    #[test]
    fn shadowsocks_without_aead_is_legacy() {
        let of = |method: &str| Kind::Ss { method: method.into(), password: "pw".into(), plugin: None }.weakness();
        assert_eq!(of("none"), Some(Weakness::Plaintext));
        assert_eq!(of("rc4-md5"), Some(Weakness::BrokenCipher));
        assert_eq!(of("aes-256-cfb"), Some(Weakness::NoIntegrity));
        assert_eq!(of("chacha20-ietf"), Some(Weakness::NoIntegrity));
        for method in ["aes-256-gcm", "chacha20-ietf-poly1305", "2022-blake3-aes-256-gcm", "sm4-ccm", "aes-128-gcm-siv"]
        {
            assert_eq!(of(method), None, "{method}");
        }
    }

    #[test]
    fn shadowsocksr_is_legacy_without_cipher_or_signature() {
        let of = |method, protocol| {
            let (obfs, obfs_param) = (Obfs::Plain, String::new());
            Kind::Ssr(Ssr { method, password: "pw".into(), protocol, protocol_param: "".into(), obfs, obfs_param })
                .weakness()
        };
        assert_eq!(of(Method::None, Protocol::Origin), Some(Weakness::Plaintext));
        assert_eq!(of(Method::None, Protocol::AuthAes128Md5), Some(Weakness::Plaintext));
        assert_eq!(of(Method::None, Protocol::AuthChainA), Some(Weakness::BrokenCipher));
        assert_eq!(of(Method::Rc4Md5, Protocol::AuthAes128Md5), Some(Weakness::BrokenCipher));
        assert_eq!(of(Method::Aes256Cfb, Protocol::VerifyDeflate), Some(Weakness::NoIntegrity));
        assert_eq!(of(Method::Aes256Cfb, Protocol::AuthSha1V4), Some(Weakness::ChecksumOnly));
        assert_eq!(of(Method::Aes256Cfb, Protocol::AuthAes128Sha1), None);
        assert_eq!(of(Method::Chacha20Ietf, Protocol::AuthChainB), None);
    }
}
