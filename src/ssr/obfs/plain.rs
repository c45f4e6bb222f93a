//! `plain`: no obfuscation.

use bytes::BytesMut;

use super::{HeldData, ObfsError, Obfuscator};
use crate::ssr::entropy::Entropy;
use crate::ssr::pipeline::pass;

/// Passes bytes through unchanged.
pub struct Plain;

impl Obfuscator for Plain {
    fn encode(&mut self, sealed: &mut BytesMut, wire: &mut BytesMut, _entropy: &mut dyn Entropy) {
        pass(sealed, wire);
    }

    fn decode(
        &mut self,
        raw: &mut BytesMut,
        sealed: &mut BytesMut,
        _reply: &mut BytesMut,
        _entropy: &mut dyn Entropy,
    ) -> Result<(), ObfsError> {
        pass(raw, sealed);
        Ok(())
    }

    fn held(&self) -> HeldData {
        HeldData::Nothing
    }
}
