//! The three layers of a connection combined, without IO: bytes in, bytes out.

use std::mem;

use bytes::BytesMut;
use thiserror::Error;

use super::cipher::{CipherDirection, Decryptor, KeystreamEnd, Method, Transform, machine};
use super::entropy::Entropy;
use super::obfs::{HeldData, ObfsError, Obfuscator};
use super::protocol::{FrameError, Framing, FramingContext, MAX_PLAIN, Protocol, framing};

/// Why a connection cannot continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PipelineError {
    /// The obfuscation layer rejected the server's bytes.
    #[error("the server does not use this obfs")]
    Obfs(#[source] ObfsError),
    /// The protocol layer rejected the server's bytes.
    #[error("the server does not use this protocol with this key")]
    Frame(#[source] FrameError),
    /// The cipher cannot continue.
    #[error("the cipher's keystream is used up")]
    Cipher(#[from] KeystreamEnd),
    /// The server closed the connection without the response with which its protocol accepts a client.
    #[error("the server rejected the client: wrong password, cipher, protocol or obfs")]
    Refused,
    /// The server closed the connection in the middle of a unit.
    #[error("the server closed the connection in the middle of a frame")]
    Truncated,
}

/// A connection without its socket.
pub struct Pipeline {
    /// The target's address, until it was sent.
    address: Option<Vec<u8>>,
    protocol: Protocol,
    framing: Box<dyn Framing>,
    obfuscator: Box<dyn Obfuscator>,
    encrypt: Box<dyn Transform>,
    decrypt: Decryptor,
    /// The IV, until it was sent.
    iv: Vec<u8>,
    /// Outgoing frames, encrypted in place.
    sealed: BytesMut,
    /// Decrypted bytes that are not a complete frame yet.
    frames: BytesMut,
    /// Whether complete frames are pending because too much plaintext is unread.
    is_full: bool,
    answered: Answered,
    /// Bytes for the socket.
    pub wire: BytesMut,
    /// Plaintext from the target, for the caller.
    pub plain: BytesMut,
}

/// Whether the server has proved that it accepts this client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// No valid bytes have arrived.
    NotYet,
    /// At least one frame (for `origin`: one byte) has arrived.
    Yes,
}

impl Pipeline {
    /// A connection to `address` (in SOCKS5 form) on which nothing was sent yet.
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

    /// Encodes `plain` for the wire, or queues it in the obfuscation layer. The first call also sends the address, even
    /// if `plain` is empty.
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

    /// Whether the address has not been sent yet.
    pub fn is_fresh(&self) -> bool {
        self.address.is_some()
    }

    /// Decodes bytes from the socket. Incomplete units stay in `raw` or inside.
    pub fn receive(&mut self, raw: &mut BytesMut, entropy: &mut dyn Entropy) -> Result<(), PipelineError> {
        let start = self.frames.len();
        self.obfuscator.decode(raw, &mut self.frames, &mut self.wire, entropy).map_err(PipelineError::Obfs)?;
        self.decrypt.decrypt(&mut self.frames, start)?;
        self.open_frames()
    }

    /// Decodes frames that [`receive`](Self::receive) has left pending because too much plaintext was unread. Must be
    /// called whenever `plain` has been read and [`has_more`](Self::has_more) is true, before more is received.
    pub fn open_frames(&mut self) -> Result<(), PipelineError> {
        if !self.decrypt.is_running() {
            return Ok(());
        }
        let before = self.frames.len();
        self.framing.decode(&mut self.frames, &mut self.plain).map_err(PipelineError::Frame)?;
        self.is_full = self.plain.len() >= MAX_PLAIN;
        if self.frames.len() < before {
            self.answered = Answered::Yes;
        }
        Ok(())
    }

    /// Whether complete frames may be pending.
    pub fn has_more(&self) -> bool {
        self.is_full && !self.frames.is_empty()
    }

    /// Handles the end of the server's direction. `raw` holds the rest of its bytes.
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

    /// The bytes that wait for the server's response.
    pub fn held(&self) -> HeldData {
        self.obfuscator.held()
    }

    /// Whether the server has proved that it accepts this client.
    pub fn answered(&self) -> Answered {
        self.answered
    }

    /// Releases the memory of empty buffers, so that an idle connection holds none.
    pub fn release(&mut self) {
        for buffer in [&mut self.sealed, &mut self.frames, &mut self.wire, &mut self.plain] {
            if buffer.is_empty() {
                *buffer = BytesMut::new();
            }
        }
    }
}

/// Moves all of `from` to the end of `to`, without copying if `to` is empty.
pub(crate) fn pass(from: &mut BytesMut, to: &mut BytesMut) {
    if to.is_empty() {
        mem::swap(from, to);
        from.clear();
    } else {
        to.extend_from_slice(from);
        from.clear();
    }
}
