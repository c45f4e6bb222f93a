//! The names of the protocols and what follows from a name.

use std::fmt;
use std::str::FromStr;

use crate::ssr::config::{Seal, UnsupportedName, plain_name};

/// How plaintext is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Not at all.
    Origin,
    /// Each piece compressed, with the checksum of zlib.
    VerifyDeflate,
    /// A signed first frame, then checksums.
    AuthSha1V4,
    /// All frames signed by HMAC-MD5.
    AuthAes128Md5,
    /// All frames signed by HMAC-SHA1.
    AuthAes128Sha1,
    /// Signed frames that depend on each other, RC4 over the payload, random lengths.
    AuthChainA,
    /// The same with lengths that look like a server's own.
    AuthChainB,
}

impl Protocol {
    /// All protocols.
    pub const ALL: [Self; 7] = [
        Self::Origin,
        Self::VerifyDeflate,
        Self::AuthSha1V4,
        Self::AuthAes128Md5,
        Self::AuthAes128Sha1,
        Self::AuthChainA,
        Self::AuthChainB,
    ];

    /// The name in links.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::VerifyDeflate => "verify_deflate",
            Self::AuthSha1V4 => "auth_sha1_v4",
            Self::AuthAes128Md5 => "auth_aes128_md5",
            Self::AuthAes128Sha1 => "auth_aes128_sha1",
            Self::AuthChainA => "auth_chain_a",
            Self::AuthChainB => "auth_chain_b",
        }
    }

    /// Bytes that a frame adds, as both ends count them.
    pub const fn overhead(self) -> u16 {
        match self {
            Self::Origin | Self::VerifyDeflate => 0,
            Self::AuthSha1V4 => 7,
            Self::AuthAes128Md5 | Self::AuthAes128Sha1 => 9,
            Self::AuthChainA | Self::AuthChainB => 4,
        }
    }

    /// What protects a frame against a change on the way.
    pub const fn seal(self) -> Seal {
        match self {
            Self::Origin | Self::VerifyDeflate => Seal::Nothing,
            Self::AuthSha1V4 => Seal::Checksum,
            Self::AuthAes128Md5 | Self::AuthAes128Sha1 => Seal::Keyed,
            Self::AuthChainA | Self::AuthChainB => Seal::KeyedRc4,
        }
    }
}

impl FromStr for Protocol {
    type Err = UnsupportedName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = plain_name(name);
        if wanted.is_empty() {
            return Ok(Self::Origin);
        }
        Self::ALL.into_iter().find(|it| it.name() == wanted).ok_or_else(|| UnsupportedName::Protocol(name.to_owned()))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
