//! The Shadowsocks ciphers: their names, aliases, and requirements for passwords.
//!
//! This floor must not depend on the crate that implements the ciphers, so the names are a table here; a test compares
//! it with the crate's own. Nothing is encrypted here and no key is derived.

use base64::Engine;

use crate::locale::messages;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The base64 variant of SIP022 keys: the standard alphabet, with or without padding.
const KEY: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// All ciphers by their canonical name, the common ones first.
pub const NAMES: [&str; 49] = [
    "chacha20-ietf-poly1305",
    "aes-256-gcm",
    "aes-128-gcm",
    "xchacha20-ietf-poly1305",
    "2022-blake3-aes-128-gcm",
    "2022-blake3-aes-256-gcm",
    "2022-blake3-chacha20-poly1305",
    "2022-blake3-chacha8-poly1305",
    "aes-128-ccm",
    "aes-256-ccm",
    "aes-128-gcm-siv",
    "aes-256-gcm-siv",
    "sm4-gcm",
    "sm4-ccm",
    "none",
    "table",
    "rc4",
    "rc4-md5",
    "chacha20-ietf",
    "aes-128-ctr",
    "aes-192-ctr",
    "aes-256-ctr",
    "aes-128-cfb",
    "aes-128-cfb1",
    "aes-128-cfb8",
    "aes-192-cfb",
    "aes-192-cfb1",
    "aes-192-cfb8",
    "aes-256-cfb",
    "aes-256-cfb1",
    "aes-256-cfb8",
    "aes-128-ofb",
    "aes-192-ofb",
    "aes-256-ofb",
    "camellia-128-ctr",
    "camellia-192-ctr",
    "camellia-256-ctr",
    "camellia-128-cfb",
    "camellia-128-cfb1",
    "camellia-128-cfb8",
    "camellia-192-cfb",
    "camellia-192-cfb1",
    "camellia-192-cfb8",
    "camellia-256-cfb",
    "camellia-256-cfb1",
    "camellia-256-cfb8",
    "camellia-128-ofb",
    "camellia-192-ofb",
    "camellia-256-ofb",
];

/// Aliases that occur in lists, with the canonical name.
const ALIASES: [(&str, &str); 12] = [
    ("plain", "none"),
    ("chacha20-poly1305", "chacha20-ietf-poly1305"),
    ("xchacha20-poly1305", "xchacha20-ietf-poly1305"),
    ("aead_aes_128_gcm", "aes-128-gcm"),
    ("aead_aes_256_gcm", "aes-256-gcm"),
    ("aead_chacha20_poly1305", "chacha20-ietf-poly1305"),
    ("aes-128-cfb128", "aes-128-cfb"),
    ("aes-192-cfb128", "aes-192-cfb"),
    ("aes-256-cfb128", "aes-256-cfb"),
    ("camellia-128-cfb128", "camellia-128-cfb"),
    ("camellia-192-cfb128", "camellia-192-cfb"),
    ("camellia-256-cfb128", "camellia-256-cfb"),
];

messages! {
    /// What is wrong with a password for a cipher. Contains the cipher's name, never the password.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum KeyError {
        /// It is empty.
        Empty = "key-empty",
        /// A 2022 key must be base64.
        NotBase64(cipher: String) = "key-not-base64",
        /// A 2022 key has the wrong length.
        Length {
            /// The cipher.
            cipher: String,
            /// Required length in bytes.
            wanted: usize,
            /// Actual length in bytes.
            found: usize,
        } = "key-length",
    }
}

/// The canonical name of a cipher, from any of its names in any case.
pub fn canonical(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let known = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, cipher)| cipher);
    NAMES.into_iter().find(|cipher| *cipher == known)
}

/// Whether a cipher is one of SIP022, whose passwords are base64 keys.
pub fn is_2022(cipher: &str) -> bool {
    cipher.starts_with("2022-")
}

/// Whether a cipher authenticates the data: those of SIP004 and SIP022 do, the older stream ciphers do not.
pub fn is_aead(cipher: &str) -> bool {
    const TAGGED: [&str; 4] = ["-gcm", "-ccm", "-gcm-siv", "poly1305"];
    TAGGED.iter().any(|end| cipher.ends_with(end))
}

/// Checks a password for a cipher, given by its canonical name.
///
/// # Errors
/// The password is empty although the cipher needs one, or it is a SIP022 key that is not base64 or has the wrong
/// length, as may be each of several (`identity:user`, with the AES ciphers only).
pub fn check_password(cipher: &str, password: &str) -> Result<(), KeyError> {
    if cipher == "none" {
        return Ok(());
    }
    if password.is_empty() {
        return Err(KeyError::Empty);
    }
    if !is_2022(cipher) {
        return Ok(());
    }
    if !cipher.contains("-aes-") {
        return check_key(cipher, password);
    }
    password.split(':').try_for_each(|key| check_key(cipher, key))
}

fn check_key(cipher: &str, key: &str) -> Result<(), KeyError> {
    let wanted = if cipher == "2022-blake3-aes-128-gcm" { 16 } else { 32 };
    let bytes = zeroize::Zeroizing::new(KEY.decode(key).map_err(|_| KeyError::NotBase64(cipher.into()))?);
    let found = bytes.len();
    if found == wanted { Ok(()) } else { Err(KeyError::Length { cipher: cipher.into(), wanted, found }) }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use shadowsocks::ServerConfig;
    use shadowsocks::crypto::{CipherKind, available_ciphers};

    use super::*;

    #[test]
    fn the_table_is_the_crates() {
        for name in NAMES {
            assert_eq!(CipherKind::from_str(name).unwrap().to_string(), name);
        }
        for (alias, name) in ALIASES {
            assert_eq!(canonical(&alias.to_ascii_uppercase()), Some(name));
        }
        for name in available_ciphers() {
            assert!(canonical(name).is_some(), "{name} is missing");
        }
    }

    #[test]
    fn aead_ciphers_match_the_crate() {
        for name in NAMES {
            let kind = CipherKind::from_str(name).unwrap();
            assert_eq!(is_aead(name), kind.is_aead() || kind.is_aead_2022(), "{name}");
        }
    }

    #[test]
    fn a_password_is_accepted_where_the_crate_accepts_it() {
        let key = |bytes: usize| base64::engine::general_purpose::STANDARD.encode(vec![7; bytes]);
        let two = |bytes| format!("{}:{}", key(bytes), key(bytes));
        let passwords = ["pw".to_owned(), key(15), key(16), key(32), key(33), two(16), two(32), "a:b".into()];
        for cipher in NAMES {
            let kind = CipherKind::from_str(cipher).unwrap();
            for password in &passwords {
                let theirs = ServerConfig::new(("h".to_owned(), 1), password, kind).is_ok();
                assert_eq!(check_password(cipher, password).is_ok(), theirs, "{cipher} {password}");
            }
        }
    }

    #[test]
    fn a_wrong_key_names_the_expected_length() {
        let refused = |cipher, key| check_password(cipher, key).unwrap_err().to_string();
        assert_eq!(
            refused("2022-blake3-aes-256-gcm", "AAAAAAAAAAAAAAAAAAAAAA=="),
            "the key for 2022-blake3-aes-256-gcm has 16 bytes, expected 32"
        );
        assert_eq!(
            refused("2022-blake3-aes-128-gcm", "hunter2"),
            "the key for 2022-blake3-aes-128-gcm is not valid base64"
        );
        assert_eq!(refused("aes-256-gcm", ""), "the password is empty");
    }
}
