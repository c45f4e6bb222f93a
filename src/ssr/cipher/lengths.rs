//! The lengths of a cipher's key and IV.

use crate::model::ssr::Method;

impl Method {
    /// Length of the key in bytes. `none` has one too: protocol and obfuscation use it.
    pub const fn key_len(self) -> usize {
        match self {
            Self::None | Self::Rc4 | Self::Rc4Md5 | Self::Rc4Md5Iv6 => 16,
            Self::Aes128Cfb | Self::Aes128Cfb8 | Self::Aes128Ctr | Self::Camellia128Cfb => 16,
            Self::Aes192Cfb | Self::Aes192Cfb8 | Self::Aes192Ctr | Self::Camellia192Cfb => 24,
            Self::Aes256Cfb | Self::Aes256Cfb8 | Self::Aes256Ctr | Self::Camellia256Cfb => 32,
            Self::Chacha20 | Self::Chacha20Ietf | Self::Xchacha20 | Self::Salsa20 => 32,
        }
    }

    /// Length of the IV in front of the ciphertext, in bytes.
    pub const fn iv_len(self) -> usize {
        match self {
            Self::None | Self::Rc4 => 0,
            Self::Rc4Md5Iv6 => 6,
            Self::Chacha20 | Self::Salsa20 => 8,
            Self::Chacha20Ietf => 12,
            Self::Xchacha20 => 24,
            Self::Aes128Cfb | Self::Aes192Cfb | Self::Aes256Cfb => 16,
            Self::Aes128Cfb8 | Self::Aes192Cfb8 | Self::Aes256Cfb8 => 16,
            Self::Aes128Ctr | Self::Aes192Ctr | Self::Aes256Ctr => 16,
            Self::Camellia128Cfb | Self::Camellia192Cfb | Self::Camellia256Cfb | Self::Rc4Md5 => 16,
        }
    }
}
