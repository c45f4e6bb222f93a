//! The three layers of one connection combined, without IO: bytes in, bytes out.

use std::mem;

use bytes::BytesMut;
use thiserror::Error;

use super::cipher::{CipherDirection, Decryptor, KeystreamEnd, Method, Transform, machine};
use super::entropy::Entropy;
use super::obfs::{HeldData, ObfsError, Obfuscator};
use super::protocol::{FrameError, Framing, FramingContext, MOST_PLAIN, Protocol, framing};

/// Why a connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PipelineError {
    /// The obfs does not understand the server.
    #[error("the server does not speak this obfs")]
    Obfs(#[source] ObfsError),
    /// The protocol does not understand the server.
    #[error("the server does not speak this protocol with this key")]
    Frame(#[source] FrameError),
    /// The cipher can do no more.
    #[error("the cipher is at its end")]
    Cipher(#[from] KeystreamEnd),
    /// The server closed the connection without the word that its protocol has for a client it understands.
    #[error("the server refused: password, cipher, protocol or obfs are not its own")]
    Refused,
    /// The server closed the connection in the middle of something.
    #[error("the server closed the connection in the middle of a frame")]
    Truncated,
}

/// One connection without its socket.
pub struct Pipeline {
    /// The target's address, until it is sent.
    address: Option<Vec<u8>>,
    protocol: Protocol,
    framing: Box<dyn Framing>,
    obfuscator: Box<dyn Obfuscator>,
    encrypt: Box<dyn Transform>,
    decrypt: Decryptor,
    /// The IV, until it is sent.
    iv: Vec<u8>,
    /// Frames under the cipher, on their way out.
    sealed: BytesMut,
    /// Deciphered bytes that are not yet a whole frame.
    frames: BytesMut,
    /// Whether frames were left closed since too much plaintext waited.
    is_full: bool,
    answered: Answered,
    /// Bytes for the socket.
    pub wire: BytesMut,
    /// Bytes from the target, for the caller.
    pub plain: BytesMut,
}

/// Whether the server has proved that it understands us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing that could be read has come.
    NotYet,
    /// At least one frame (for `origin`: one byte) has come.
    Yes,
}

impl Pipeline {
    /// A connection to `address` (in SOCKS5 form) whose first bytes are still to be sent.
    pub fn new(
        (method, key, iv): (Method, &[u8], Vec<u8>),
        (protocol, session): (Protocol, FramingContext),
        obfuscator: Box<dyn Obfuscator>,
        address: &[u8],
    ) -> Self {
        Self {
            address: Some(address.to_vec()),
            protocol,
            framing: framing(protocol, session),
            obfuscator,
            encrypt: machine(method, CipherDirection::Encrypt, key, &iv),
            decrypt: Decryptor::new(method, key),
            iv,
            sealed: BytesMut::new(),
            frames: BytesMut::new(),
            is_full: false,
            answered: Answered::NotYet,
            wire: BytesMut::new(),
            plain: BytesMut::new(),
        }
    }

    /// Puts `plain` on the wire, or in the obfs's queue. The first call sends the address too, if need be alone.
    pub fn send(&mut self, plain: &[u8], entropy: &mut dyn Entropy) -> Result<(), PipelineError> {
        self.sealed.extend_from_slice(&self.iv);
        let start = mem::take(&mut self.iv).len();
        match self.address.take() {
            Some(address) => self.framing.encode(&[&address, plain].concat(), &mut self.sealed, entropy),
            None => self.framing.encode(plain, &mut self.sealed, entropy),
        }
        self.encrypt.apply(&mut self.sealed[start..])?;
        self.obfuscator.encode(&mut self.sealed, &mut self.wire, entropy);
        Ok(())
    }

    /// Whether the address is still to be sent.
    pub fn is_fresh(&self) -> bool {
        self.address.is_some()
    }

    /// Takes what came from the socket off `raw`. What is not whole stays there or inside.
    pub fn receive(&mut self, raw: &mut BytesMut, entropy: &mut dyn Entropy) -> Result<(), PipelineError> {
        let start = self.frames.len();
        self.obfuscator.decode(raw, &mut self.frames, &mut self.wire, entropy).map_err(PipelineError::Obfs)?;
        self.decrypt.decrypt(&mut self.frames, start)?;
        self.open_frames()
    }

    /// Opens frames that [`receive`](Self::receive) has left closed, since too much plaintext was waiting. To be called
    /// whenever `plain` has been read and [`has_more`](Self::has_more) says so, before more is received.
    pub fn open_frames(&mut self) -> Result<(), PipelineError> {
        if !self.decrypt.is_running() {
            return Ok(());
        }
        let before = self.frames.len();
        self.framing.decode(&mut self.frames, &mut self.plain).map_err(PipelineError::Frame)?;
        self.is_full = self.plain.len() >= MOST_PLAIN;
        if self.frames.len() < before {
            self.answered = Answered::Yes;
        }
        Ok(())
    }

    /// Whether there may be whole frames that are not opened yet.
    pub fn has_more(&self) -> bool {
        self.is_full && !self.frames.is_empty()
    }

    /// The server has closed its direction. `raw` is what is left of its bytes.
    pub fn end(&self, raw: &BytesMut) -> Result<(), PipelineError> {
        let is_whole = raw.is_empty() && self.frames.is_empty() && self.held() == HeldData::Nothing;
        if self.answered == Answered::NotYet && self.protocol.acknowledges() {
            Err(PipelineError::Refused)
        } else if is_whole {
            Ok(())
        } else {
            Err(PipelineError::Truncated)
        }
    }

    /// What waits for the server's answer.
    pub fn held(&self) -> HeldData {
        self.obfuscator.held()
    }

    /// Whether the server has proved that it understands us.
    pub fn answered(&self) -> Answered {
        self.answered
    }

    /// Gives back the memory of buffers that are empty, so that an idle connection has none.
    pub fn release(&mut self) {
        for buffer in [&mut self.sealed, &mut self.frames, &mut self.wire, &mut self.plain] {
            if buffer.is_empty() {
                *buffer = BytesMut::new();
            }
        }
    }
}

/// Moves all of `from` behind `to`, without copying where `to` is empty.
pub(crate) fn pass(from: &mut BytesMut, to: &mut BytesMut) {
    if to.is_empty() {
        mem::swap(from, to);
        from.clear();
    } else {
        to.extend_from_slice(from);
        from.clear();
    }
}
