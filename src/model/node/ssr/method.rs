//! The names of the ciphers.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{UnsupportedName, plain_name};
use crate::model::node::safe_name;

/// A stream cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[expect(missing_docs, reason = "each variant is its name")]
pub enum Method {
    None,
    Aes128Cfb,
    Aes192Cfb,
    Aes256Cfb,
    Aes128Cfb8,
    Aes192Cfb8,
    Aes256Cfb8,
    Aes128Ctr,
    Aes192Ctr,
    Aes256Ctr,
    Camellia128Cfb,
    Camellia192Cfb,
    Camellia256Cfb,
    Chacha20,
    Chacha20Ietf,
    Xchacha20,
    Salsa20,
    Rc4,
    Rc4Md5,
    Rc4Md5Iv6,
}

impl Method {
    /// All ciphers.
    pub const ALL: [Self; 20] = [
        Self::None,
        Self::Aes128Cfb,
        Self::Aes192Cfb,
        Self::Aes256Cfb,
        Self::Aes128Cfb8,
        Self::Aes192Cfb8,
        Self::Aes256Cfb8,
        Self::Aes128Ctr,
        Self::Aes192Ctr,
        Self::Aes256Ctr,
        Self::Camellia128Cfb,
        Self::Camellia192Cfb,
        Self::Camellia256Cfb,
        Self::Chacha20,
        Self::Chacha20Ietf,
        Self::Xchacha20,
        Self::Salsa20,
        Self::Rc4,
        Self::Rc4Md5,
        Self::Rc4Md5Iv6,
    ];

    /// The name in links.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Aes128Cfb => "aes-128-cfb",
            Self::Aes192Cfb => "aes-192-cfb",
            Self::Aes256Cfb => "aes-256-cfb",
            Self::Aes128Cfb8 => "aes-128-cfb8",
            Self::Aes192Cfb8 => "aes-192-cfb8",
            Self::Aes256Cfb8 => "aes-256-cfb8",
            Self::Aes128Ctr => "aes-128-ctr",
            Self::Aes192Ctr => "aes-192-ctr",
            Self::Aes256Ctr => "aes-256-ctr",
            Self::Camellia128Cfb => "camellia-128-cfb",
            Self::Camellia192Cfb => "camellia-192-cfb",
            Self::Camellia256Cfb => "camellia-256-cfb",
            Self::Chacha20 => "chacha20",
            Self::Chacha20Ietf => "chacha20-ietf",
            Self::Xchacha20 => "xchacha20",
            Self::Salsa20 => "salsa20",
            Self::Rc4 => "rc4",
            Self::Rc4Md5 => "rc4-md5",
            Self::Rc4Md5Iv6 => "rc4-md5-6",
        }
    }
}

impl FromStr for Method {
    type Err = UnsupportedName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = plain_name(name);
        let known = Self::ALL.into_iter().find(|it| it.name() == wanted);
        known.ok_or_else(|| UnsupportedName::Method(safe_name::safe_name(&wanted, &super::METHODS)))
    }
}

spelled!(Method);
