//! Password encryption in the age format (<https://age-encryption.org/v1>): the key is derived with scrypt, the text
//! encrypted with ChaCha20-Poly1305 in chunks, so that any change or truncation is detected. The program `age` reads
//! and writes the same files.
//!
//! Deriving the key is slow by design. Passwords and texts are kept in memory that is wiped. Pure: no files.

use std::io::{self, Read, Write};

use age::scrypt;
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor};

use crate::locale::messages;
use crate::model::Secret;

/// The beginning of every encrypted file.
const MAGIC: &[u8] = b"age-encryption.org/";

/// The scrypt work factor as a power of two: half a second and 128 MiB (OWASP, Password Storage Cheat Sheet).
const WORK_FACTOR: u8 = 17;

/// Highest accepted work factor: 1 GiB of memory. A file that requires more is malicious.
const MAX_WORK_FACTOR: u8 = 20;

messages! {
    /// Why a file cannot be decrypted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SealError {
        /// The password is wrong.
        Password = "seal-password",
        /// The file is truncated or was changed.
        Damaged = "seal-damaged",
        /// It was encrypted for a key, or by an unknown version of age.
        Unknown = "seal-unknown",
        /// The password is empty.
        Empty = "key-empty",
    }
}

/// Whether the bytes are in the age format.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Encrypts a text.
///
/// # Errors
/// [`SealError::Empty`].
pub fn seal(text: &Secret, password: &Secret) -> Result<Vec<u8>, SealError> {
    seal_with(text, password, WORK_FACTOR)
}

fn seal_with(text: &Secret, password: &Secret, work: u8) -> Result<Vec<u8>, SealError> {
    let mut recipient = scrypt::Recipient::new(passphrase(password)?);
    recipient.set_work_factor(work);
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as _)).expect("one recipient is no mixture");
    let write = || -> io::Result<Vec<u8>> {
        let mut writer = encryptor.wrap_output(Vec::new())?;
        writer.write_all(text.expose().as_bytes())?;
        writer.finish()
    };
    Ok(write().expect("memory takes any text"))
}

/// Decrypts a text.
///
/// # Errors
/// The password is wrong, or the file is damaged or unsupported.
pub fn open(bytes: &[u8], password: &Secret) -> Result<Secret, SealError> {
    let mut identity = scrypt::Identity::new(passphrase(password)?);
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    let decryptor = Decryptor::new_buffered(bytes).map_err(|error| wrong(&error))?;
    if !decryptor.is_scrypt() {
        return Err(SealError::Unknown);
    }
    let mut reader = decryptor.decrypt(std::iter::once(&identity as _)).map_err(|error| wrong(&error))?;
    let mut text = String::new();
    reader.read_to_string(&mut text).map_err(|_| SealError::Damaged)?;
    Ok(text.into())
}

fn passphrase(password: &Secret) -> Result<SecretString, SealError> {
    if password.is_empty() {
        return Err(SealError::Empty);
    }
    Ok(SecretString::from(password.expose().to_owned()))
}

fn wrong(error: &DecryptError) -> SealError {
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            SealError::Password
        }
        DecryptError::InvalidHeader | DecryptError::InvalidMac | DecryptError::Io(_) => SealError::Damaged,
        DecryptError::ExcessiveWork { .. } | DecryptError::UnknownFormat => SealError::Unknown,
        // A non-exhaustive type of another crate.
        _ => SealError::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_password_only() {
        let (text, password) = (Secret::from("nodes and such ".repeat(9_000)), Secret::from("correct horse"));
        let sealed = seal(&text, &password).unwrap();
        assert!(is_sealed(&sealed) && !is_sealed(text.expose().as_bytes()));
        assert!(!String::from_utf8_lossy(&sealed).contains("nodes"));
        assert_eq!(open(&sealed, &password).unwrap(), text);
        assert_eq!(open(&sealed, &"Correct horse".into()), Err(SealError::Password));
        assert_eq!(open(&sealed, &"".into()), Err(SealError::Empty));
        assert_eq!(seal(&text, &"".into()), Err(SealError::Empty));
    }

    #[test]
    fn changes_and_truncations_are_detected() {
        let password = Secret::from("correct horse");
        let sealed = seal(&"x".repeat(200).into(), &password).unwrap();
        for cut in [20, 90, sealed.len() / 2, sealed.len() - 1] {
            assert_eq!(open(&sealed[..cut], &password), Err(SealError::Damaged), "cut to {cut} bytes");
        }
        let mut changed = sealed;
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&changed, &password), Err(SealError::Damaged));
        assert_eq!(open(b"age-encryption.org/v9\n-> x\n", &password), Err(SealError::Unknown));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// Decrypting a sealed text returns the same text; with any byte changed or missing, decryption fails.
        #[test]
        fn a_sealed_text_round_trips_or_fails(
            text in ".{0,300}", password in "\\PC{1,20}", place: prop::sample::Index, change in 1u8.., cut: prop::sample::Index,
        ) {
            let (text, password) = (Secret::from(text), Secret::from(password));
            // The lowest work factor: the real one is slow on purpose.
            let sealed = seal_with(&text, &password, 1).unwrap();
            prop_assert_eq!(open(&sealed, &password).unwrap(), text);
            let mut changed = sealed.clone();
            changed[place.index(sealed.len())] ^= change;
            prop_assert!(open(&changed, &password).is_err(), "byte {} of {}", place.index(sealed.len()), sealed.len());
            prop_assert!(open(&sealed[..cut.index(sealed.len())], &password).is_err());
        }
    }
}
