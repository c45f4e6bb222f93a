//! Creates the cipher for a method.

use aes::{Aes128, Aes192, Aes256};
use camellia::{Camellia128, Camellia192, Camellia256};
use cfb_mode::cipher::array::Array;
use cfb_mode::cipher::consts::{U1, U16};
use cfb_mode::cipher::{BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, StreamCipher};
use chacha20::{ChaCha20, ChaCha20Legacy, XChaCha20};
use ctr::Ctr128BE;
use rc4::Rc4;
use salsa20::Salsa20;

use super::cfb::{CfbDecryptor, CfbEncryptor};
use super::transform::{KeystreamEnd, Transform};
use crate::model::ssr::Method;
use crate::ssr::digest::md5;

/// The direction of a cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CipherDirection {
    /// Plaintext to ciphertext.
    Encrypt,
    /// Ciphertext to plaintext.
    Decrypt,
}

/// The cipher of `method`. `key` and `iv` must have its lengths.
pub fn machine(method: Method, direction: CipherDirection, key: &[u8], iv: &[u8]) -> Box<dyn Transform> {
    match method {
        Method::None => Box::new(Clear),
        Method::Aes128Cfb => cfb::<Aes128>(direction, key, iv),
        Method::Aes192Cfb => cfb::<Aes192>(direction, key, iv),
        Method::Aes256Cfb => cfb::<Aes256>(direction, key, iv),
        Method::Aes128Cfb8 => cfb8::<Aes128>(direction, key, iv),
        Method::Aes192Cfb8 => cfb8::<Aes192>(direction, key, iv),
        Method::Aes256Cfb8 => cfb8::<Aes256>(direction, key, iv),
        Method::Aes128Ctr => keystream::<Ctr128BE<Aes128>>(key, iv),
        Method::Aes192Ctr => keystream::<Ctr128BE<Aes192>>(key, iv),
        Method::Aes256Ctr => keystream::<Ctr128BE<Aes256>>(key, iv),
        Method::Camellia128Cfb => cfb::<Camellia128>(direction, key, iv),
        Method::Camellia192Cfb => cfb::<Camellia192>(direction, key, iv),
        Method::Camellia256Cfb => cfb::<Camellia256>(direction, key, iv),
        Method::Chacha20 => keystream::<ChaCha20Legacy>(key, iv),
        Method::Chacha20Ietf => keystream::<ChaCha20>(key, iv),
        Method::Xchacha20 => keystream::<XChaCha20>(key, iv),
        Method::Salsa20 => keystream::<Salsa20>(key, iv),
        Method::Rc4 => Box::new(Keystream(rc4(key))),
        Method::Rc4Md5 | Method::Rc4Md5Iv6 => Box::new(Keystream(rc4(&md5(&[key, iv])))),
    }
}

/// RC4 with a key of any length up to 256 bytes. The protocols `auth_chain_*` use it too.
pub(crate) fn rc4(key: &[u8]) -> Rc4 {
    Rc4::new_from_slice(key).expect("RC4 takes a key of 16 bytes")
}

fn cfb<C>(direction: CipherDirection, key: &[u8], iv: &[u8]) -> Box<dyn Transform>
where
    C: BlockCipherEncrypt<BlockSize = U16> + KeyInit + Send + 'static,
{
    let cipher = C::new_from_slice(key).expect("the key has the method's length");
    match direction {
        CipherDirection::Encrypt => Box::new(CfbEncryptor::new(cipher, iv)),
        CipherDirection::Decrypt => Box::new(CfbDecryptor::new(cipher, iv)),
    }
}

fn cfb8<C>(direction: CipherDirection, key: &[u8], iv: &[u8]) -> Box<dyn Transform>
where
    C: BlockCipherEncrypt<BlockSize = U16> + KeyInit + Send + 'static,
{
    match direction {
        CipherDirection::Encrypt => Box::new(Cfb8Encryptor(keyed::<cfb8::Encryptor<C>>(key, iv))),
        CipherDirection::Decrypt => Box::new(Cfb8Decryptor(keyed::<cfb8::Decryptor<C>>(key, iv))),
    }
}

fn keystream<C: KeyIvInit + StreamCipher + Send + 'static>(key: &[u8], iv: &[u8]) -> Box<dyn Transform> {
    Box::new(Keystream(keyed::<C>(key, iv)))
}

fn keyed<C: KeyIvInit>(key: &[u8], iv: &[u8]) -> C {
    C::new_from_slices(key, iv).expect("key and IV have the method's lengths")
}

struct Clear;

impl Transform for Clear {
    fn apply(&mut self, _data: &mut [u8]) -> Result<(), KeystreamEnd> {
        Ok(())
    }
}

struct Keystream<C>(C);

impl<C: StreamCipher + Send> Transform for Keystream<C> {
    fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamEnd> {
        self.0.try_apply_keystream(data).map_err(|_| KeystreamEnd)
    }
}

struct Cfb8Encryptor<C>(C);

impl<C: BlockModeEncrypt<BlockSize = U1> + Send> Transform for Cfb8Encryptor<C> {
    fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamEnd> {
        self.0.encrypt_blocks(Array::slice_as_chunks_mut(data).0);
        Ok(())
    }
}

struct Cfb8Decryptor<C>(C);

impl<C: BlockModeDecrypt<BlockSize = U1> + Send> Transform for Cfb8Decryptor<C> {
    fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamEnd> {
        self.0.decrypt_blocks(Array::slice_as_chunks_mut(data).0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssr::digest::derive_key;
    use crate::ssr::vectors;

    #[test]
    fn every_method_matches_the_reference() {
        for vector in vectors::ciphers() {
            let method: Method = vector.method.parse().unwrap();
            assert_eq!((method.key_len(), method.iv_len()), (vector.key.len(), vector.iv.len()), "{method}");
            assert_eq!(derive_key(vector.password.as_bytes(), method.key_len()), vector.key, "{method}");

            let mut data = vectors::sequence(7, 3, 1000);
            machine(method, CipherDirection::Encrypt, &vector.key, &vector.iv).apply(&mut data).unwrap();
            assert_eq!(data, vector.ciphertext, "{method}");
            machine(method, CipherDirection::Decrypt, &vector.key, &vector.iv).apply(&mut data).unwrap();
            assert_eq!(data, vectors::sequence(7, 3, 1000), "{method}");
        }
    }

    #[test]
    fn all_methods_but_one_have_a_vector() {
        let known: Vec<Method> = vectors::ciphers().iter().map(|it| it.method.parse().unwrap()).collect();
        let without: Vec<Method> = Method::ALL.into_iter().filter(|it| !known.contains(it)).collect();
        assert_eq!(without, [Method::Xchacha20]);
    }

    #[test]
    fn xchacha20_matches_its_draft() {
        // draft-irtf-cfrg-xchacha-03, A.3.2.1 (block counter 0), first 16 bytes of keystream by way of HChaCha20.
        let key: Vec<u8> = (0x80..=0x9f).collect();
        let iv: Vec<u8> = (0x40..=0x56).chain([0x58]).collect();
        let mut data = b"The dhole (pronounced \"dole\")".to_vec();
        machine(Method::Xchacha20, CipherDirection::Encrypt, &key, &iv).apply(&mut data).unwrap();
        assert_eq!(data[..16], vectors::bytes("4559abba4e48c16102e8bb2c05e6947f"));
    }

    proptest::proptest! {
        #[test]
        fn a_split_changes_nothing(index in 0..Method::ALL.len(), cuts in proptest::collection::vec(0usize..70, 1..20)) {
            let method = Method::ALL[index];
            let (key, iv) = (vec![5; method.key_len()], vec![9; method.iv_len()]);
            for direction in [CipherDirection::Encrypt, CipherDirection::Decrypt] {
                let mut whole = vectors::sequence(3, 1, cuts.iter().sum());
                let mut cut = whole.clone();
                machine(method, direction, &key, &iv).apply(&mut whole).unwrap();
                let mut in_parts = machine(method, direction, &key, &iv);
                let mut rest = &mut cut[..];
                for len in &cuts {
                    let (part, after) = rest.split_at_mut(*len);
                    in_parts.apply(part).unwrap();
                    rest = after;
                }
                proptest::prop_assert_eq!(&whole, &cut, "{} {:?}", method, direction);
            }
        }
    }
}
