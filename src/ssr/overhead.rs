//! The number of bytes that protocols and obfuscation methods add.

use crate::model::ssr::{Obfs, Protocol};

impl Protocol {
    /// Bytes per frame, as both ends count them.
    pub const fn overhead(self) -> u16 {
        match self {
            Self::Origin | Self::VerifyDeflate => 0,
            Self::AuthSha1V4 => 7,
            Self::AuthAes128Md5 | Self::AuthAes128Sha1 => 9,
            Self::AuthChainA | Self::AuthChainB => 4,
        }
    }
}

impl Obfs {
    /// Bytes per packet, as both ends count them.
    pub const fn overhead(self) -> u16 {
        match self {
            Self::Plain | Self::HttpSimple | Self::HttpPost | Self::RandomHead => 0,
            Self::TlsTicketAuth | Self::TlsTicketFastauth => 5,
        }
    }
}
