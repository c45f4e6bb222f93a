//! `origin`: no framing.

use bytes::BytesMut;

use super::{FrameError, Framing};
use crate::ssr::entropy::Entropy;
use crate::ssr::pipeline::pass;

/// Passes bytes through unchanged.
pub struct OriginFraming;

impl Framing for OriginFraming {
    fn encode(&mut self, plain: &[u8], wire: &mut BytesMut, _entropy: &mut dyn Entropy) {
        wire.extend_from_slice(plain);
    }

    fn decode(&mut self, wire: &mut BytesMut, plain: &mut BytesMut) -> Result<(), FrameError> {
        pass(wire, plain);
        Ok(())
    }
}
