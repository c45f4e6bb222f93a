//! Encryption with a password, in the age format (<https://age-encryption.org/v1>): the key is derived by
//! scrypt, the text encrypted with ChaCha20-Poly1305 in chunks, so that every change or truncation is detected.
//! The program `age` reads and writes the same files.
//!
//! Deriving the key is slow by design. Passwords and texts are kept in memory that is wiped. This room knows
//! nothing of files or of what it encrypts.

use std::io::{self, Read, Write};

use age::scrypt;
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor};

use crate::locale::messages;
use crate::model::Secret;

/// How every sealed file begins.
const MAGIC: &[u8] = b"age-encryption.org/";

/// Work for a key, as a power of two: half a second and 128 MiB (OWASP, Password Storage Cheat Sheet).
const WORK: u8 = 17;

/// Work that opening may take: a GiB of memory. A file that asks for more is not honest.
const MOST_WORK: u8 = 20;

messages! {
    /// Why a sealed text cannot be opened.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SealError {
        /// It is not the password that the file was sealed with.
        Password = "seal-password",
        /// The file ends too early, or bytes of it have changed.
        Damaged = "seal-damaged",
        /// It was sealed in a way that is not ours: for a key, or by a version of age that is not known.
        Unknown = "seal-unknown",
        /// A password of nothing.
        Empty = "key-empty",
    }
}

/// Whether bytes are a sealed text.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Seals a text.
///
/// # Errors
/// [`SealError::Empty`].
pub fn seal(text: &Secret, password: &Secret) -> Result<Vec<u8>, SealError> {
    seal_with(text, password, WORK)
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

/// Opens a sealed text.
///
/// # Errors
/// What is wrong with the password or the file.
pub fn open(bytes: &[u8], password: &Secret) -> Result<Secret, SealError> {
    let mut identity = scrypt::Identity::new(passphrase(password)?);
    identity.set_max_work_factor(MOST_WORK);
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
        // The type of another crate, which may grow.
        _ => SealError::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_password_alone() {
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
    fn no_byte_can_be_cut_off_or_changed() {
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

        /// Sealed and opened it is the same; with any byte other than it was, or cut anywhere, it does not open.
        #[test]
        fn what_is_sealed_comes_back_whole_or_not_at_all(
            text in ".{0,300}", password in "\\PC{1,20}", place: prop::sample::Index, change in 1u8.., cut: prop::sample::Index,
        ) {
            let (text, password) = (Secret::from(text), Secret::from(password));
            // As little work as there can be: that of a real one is for people to wait for.
            let sealed = seal_with(&text, &password, 1).unwrap();
            prop_assert_eq!(open(&sealed, &password).unwrap(), text);
            let mut changed = sealed.clone();
            changed[place.index(sealed.len())] ^= change;
            prop_assert!(open(&changed, &password).is_err(), "byte {} of {}", place.index(sealed.len()), sealed.len());
            prop_assert!(open(&sealed[..cut.index(sealed.len())], &password).is_err());
        }
    }
}
