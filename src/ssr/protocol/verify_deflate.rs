//! `verify_deflate`: each frame is `BE16 total length | a zlib stream without its two header bytes`.

use bytes::{Buf, BufMut, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{FrameError, Framing, MAX_PLAIN};
use crate::ssr::entropy::Entropy;

/// Most plaintext bytes per frame: even uncompressed they fit into the 16-bit length.
const MAX_PAYLOAD: usize = 32_700;
/// Most bytes of a decompressed frame, more than any server sends.
const MAX_INFLATED: usize = 65_536;
const LENGTH_LEN: usize = 2;
/// The header that zlib writes at its default level.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x9c];

/// The state of a connection.
pub struct VerifyDeflate {
    compress: Compress,
    decompress: Decompress,
}

impl VerifyDeflate {
    pub fn new() -> Self {
        Self { compress: Compress::new(Compression::fast(), true), decompress: Decompress::new(true) }
    }

    fn deflate(&mut self, plain: &[u8], wire: &mut BytesMut) {
        self.compress.reset();
        let mut deflated = Vec::with_capacity(plain.len() + 64);
        loop {
            let taken = self.compress.total_in() as usize;
            let status = self.compress.compress_vec(&plain[taken..], &mut deflated, FlushCompress::Finish);
            if status.expect("deflating into memory does not fail") == Status::StreamEnd {
                break;
            }
            deflated.reserve(64);
        }
        let body = &deflated[ZLIB_HEADER.len()..];
        wire.put_u16((LENGTH_LEN + body.len()) as u16);
        wire.extend_from_slice(body);
    }

    fn inflate(&mut self, body: &[u8], plain: &mut BytesMut) -> Result<(), FrameError> {
        self.decompress.reset(true);
        let mut inflated = Vec::with_capacity(MAX_INFLATED);
        for (part, flush) in [(&ZLIB_HEADER[..], FlushDecompress::None), (body, FlushDecompress::Finish)] {
            self.decompress.decompress_vec(part, &mut inflated, flush).map_err(|_| FrameError::Deflate)?;
        }
        if self.decompress.total_in() as usize != ZLIB_HEADER.len() + body.len() {
            return Err(FrameError::Deflate);
        }
        plain.extend_from_slice(&inflated);
        Ok(())
    }
}

impl Framing for VerifyDeflate {
    fn encode(&mut self, plain: &[u8], wire: &mut BytesMut, _entropy: &mut dyn Entropy) {
        plain.chunks(MAX_PAYLOAD).for_each(|payload| self.deflate(payload, wire));
    }

    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError> {
        while plain.len() < MAX_PLAIN
            && let Some(&[high, low]) = wire.first_chunk()
        {
            let total = usize::from(u16::from_be_bytes([high, low]));
            if total <= LENGTH_LEN {
                return Err(FrameError::Length);
            }
            if wire.len() < total {
                break;
            }
            self.inflate(&wire[LENGTH_LEN..total], plain)?;
            wire.advance(total);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssr::entropy::ThreadEntropy;

    #[test]
    fn large_frames_are_decompressed_piece_by_piece() {
        const FRAMES: usize = 700;
        let zeros = vec![0; MAX_PAYLOAD];
        let mut wire = BytesMut::new();
        (0..FRAMES).for_each(|_| VerifyDeflate::new().encode(&zeros, &mut wire, &mut ThreadEntropy));
        assert!(wire.len() < 130_000, "it is one reading of the socket: {}", wire.len());
        let (mut framing, mut plain, mut all) = (VerifyDeflate::new(), BytesMut::new(), 0);
        while !wire.is_empty() {
            framing.decode(&mut wire, &mut plain).unwrap();
            assert!(plain.len() < MAX_PLAIN + MAX_INFLATED, "{}", plain.len());
            all += std::mem::take(&mut plain).len();
        }
        assert_eq!(all, FRAMES * MAX_PAYLOAD);
    }
}
