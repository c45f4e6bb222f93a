//! CFB over whole 16-byte blocks, for data split at any position.
//!
//! The crate's own buffered modes process block by block through a call that cannot keep the key schedule in registers:
//! 0.3 GB/s with AES-256, measured. Its block modes reach 0.75 GB/s encrypting and 10 GB/s decrypting. So whole blocks
//! go to the block modes, and this file only adds the handling of partial blocks.

use cfb_mode::cipher::array::Array;
use cfb_mode::cipher::common::InnerUser;
use cfb_mode::cipher::consts::U16;
use cfb_mode::cipher::{
    Block, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, InnerIvInit, IvSizeUser,
};

use super::transform::{KeystreamEnd, Transform};

const BLOCK: usize = 16;

/// Encrypts.
pub struct CfbEncryptor<C: BlockSizeUser>(Register<C>);

/// Decrypts.
pub struct CfbDecryptor<C: BlockSizeUser>(Register<C>);

/// The state between two calls.
struct Register<C: BlockSizeUser> {
    cipher: C,
    /// The last block of ciphertext; during a partial block, its first `used` bytes already belong to the next one.
    last: Block<C>,
    /// The keystream of the partial block.
    keystream: Block<C>,
    used: usize,
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> CfbEncryptor<C> {
    /// Encrypts with a 16-byte `iv`.
    pub fn new(cipher: C, iv: &[u8]) -> Self {
        Self(Register::new(cipher, iv))
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> CfbDecryptor<C> {
    /// Decrypts with a 16-byte `iv`.
    pub fn new(cipher: C, iv: &[u8]) -> Self {
        Self(Register::new(cipher, iv))
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16> + Send> Transform for CfbEncryptor<C> {
    fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamEnd> {
        let Self(register) = self;
        let (head, data) = data.split_at_mut(register.missing().min(data.len()));
        register.encrypt_part(head);
        let (blocks, tail) = Array::<u8, U16>::slice_as_chunks_mut(data);
        if let Some(final_block) = blocks.len().checked_sub(1) {
            register.mode::<cfb_mode::Encryptor<&C>>().encrypt_blocks(blocks);
            register.last = blocks[final_block];
        }
        register.encrypt_part(tail);
        Ok(())
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16> + Send> Transform for CfbDecryptor<C> {
    fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamEnd> {
        let Self(register) = self;
        let (head, data) = data.split_at_mut(register.missing().min(data.len()));
        register.decrypt_part(head);
        let (blocks, tail) = Array::<u8, U16>::slice_as_chunks_mut(data);
        if let Some(&last) = blocks.last() {
            register.mode::<cfb_mode::Decryptor<&C>>().decrypt_blocks(blocks);
            register.last = last;
        }
        register.decrypt_part(tail);
        Ok(())
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> Register<C> {
    fn new(cipher: C, iv: &[u8]) -> Self {
        let last = Array::try_from(iv).expect("a CFB cipher's IV has one block");
        Self { cipher, last, keystream: Array::default(), used: 0 }
    }

    /// Number of bytes until the partial block is complete.
    fn missing(&self) -> usize {
        if self.used == 0 { 0 } else { BLOCK - self.used }
    }

    /// The crate's mode, initialized with the last block.
    fn mode<'a, M>(&'a self) -> M
    where
        M: InnerIvInit + InnerUser<Inner = &'a C> + IvSizeUser<IvSize = U16>,
    {
        M::inner_iv_init(&self.cipher, &self.last)
    }

    fn encrypt_part(&mut self, part: &mut [u8]) {
        for byte in part {
            *byte ^= self.next_key();
            self.shift_in(*byte);
        }
    }

    fn decrypt_part(&mut self, part: &mut [u8]) {
        for byte in part {
            let key = self.next_key();
            self.shift_in(*byte);
            *byte ^= key;
        }
    }

    fn next_key(&mut self) -> u8 {
        if self.used == 0 {
            self.keystream = self.last;
            self.cipher.encrypt_block(&mut self.keystream);
        }
        self.keystream[self.used]
    }

    fn shift_in(&mut self, ciphertext: u8) {
        self.last[self.used] = ciphertext;
        self.used = (self.used + 1) % BLOCK;
    }
}
