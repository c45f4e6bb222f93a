//! The names of the protocols.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{UnsupportedName, plain_name};
use crate::model::node::safe_name;

/// How plaintext is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Protocol {
    /// Not at all.
    Origin,
    /// Each piece compressed, with zlib's checksum.
    VerifyDeflate,
    /// A signed first frame, then frames with checksums.
    AuthSha1V4,
    /// All frames signed with HMAC-MD5.
    AuthAes128Md5,
    /// All frames signed with HMAC-SHA1.
    AuthAes128Sha1,
    /// Chained signed frames, payload encrypted with RC4, random lengths.
    AuthChainA,
    /// The same with lengths from a distribution that is specific to the server.
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

    /// Whether the server answers the client's first frame at once, regardless of its target. If it closes the
    /// connection without an answer, it has rejected the frame.
    pub const fn acknowledges(self) -> bool {
        match self {
            Self::Origin | Self::VerifyDeflate => false,
            Self::AuthSha1V4 | Self::AuthAes128Md5 | Self::AuthAes128Sha1 => true,
            Self::AuthChainA | Self::AuthChainB => true,
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
        let known = Self::ALL.into_iter().find(|it| it.name() == wanted);
        known.ok_or_else(|| UnsupportedName::Protocol(safe_name::safe_name(&wanted, &super::PROTOCOLS)))
    }
}

spelled!(Protocol);
