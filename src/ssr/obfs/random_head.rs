//! `random_head`: each side first sends random bytes; the client's end with a checksum that makes the CRC32 of the
//! whole FFFFFFFF.
//!
//! The length of the server's bytes is not transmitted. It sends them in one piece and nothing else until it has
//! received data, so the client discards the first piece; a piece that was split in transit cannot be recognized by any
//! client.

use bytes::{BufMut, BytesMut};

use super::{HeldData, ObfsError, Obfuscator};
use crate::ssr::entropy::{self, Entropy};
use crate::ssr::pipeline::pass;

/// Shortest response of the server, in bytes.
const MIN_RESPONSE: usize = 4;
const SPREAD: usize = 96;

/// The state of a connection.
pub struct RandomHead {
    state: HeadState,
}

enum HeadState {
    New,
    /// The head was sent; nothing else may be sent before the server has responded.
    HeadSent {
        queue: BytesMut,
    },
    Open,
}

impl RandomHead {
    pub fn new() -> Self {
        Self { state: HeadState::New }
    }
}

impl Obfuscator for RandomHead {
    fn encode(&mut self, sealed: &mut BytesMut, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        match &mut self.state {
            HeadState::New => {
                let start = wire.len();
                let len = MIN_RESPONSE + entropy.below(SPREAD);
                entropy::append(wire, len, entropy);
                let crc = u32::MAX - crc32fast::hash(&wire[start..]);
                wire.put_u32_le(crc);
                self.state = HeadState::HeadSent { queue: sealed.split() };
            }
            HeadState::HeadSent { queue } => pass(sealed, queue),
            HeadState::Open => pass(sealed, wire),
        }
    }

    fn decode(
        &mut self,
        raw: &mut BytesMut,
        sealed: &mut BytesMut,
        reply: &mut BytesMut,
        _entropy: &mut dyn Entropy,
    ) -> Result<(), ObfsError> {
        match &mut self.state {
            HeadState::New if raw.is_empty() => {}
            HeadState::New => return Err(ObfsError::Record),
            HeadState::HeadSent { .. } if raw.len() < MIN_RESPONSE => {}
            HeadState::HeadSent { queue } => {
                raw.clear();
                pass(queue, reply);
                self.state = HeadState::Open;
            }
            HeadState::Open => pass(raw, sealed),
        }
        Ok(())
    }

    fn held(&self) -> HeldData {
        match &self.state {
            HeadState::New | HeadState::Open => HeldData::Nothing,
            HeadState::HeadSent { queue } => HeldData::UntilResponse(queue.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssr::vectors::{self, Script};

    #[test]
    fn the_exchange_matches_the_reference() {
        let steps = vectors::obfs("random_head");
        let [plain, head, _, answer, _, data, _, reply, decoded] = &steps[..] else { panic!("{steps:?}") };
        let random = &head.1[..head.1.len() - 4];
        let mut script = Script::default().numbers(&[random.len() - MIN_RESPONSE]).bytes(random);
        let (mut wire, mut sealed) = (BytesMut::new(), BytesMut::from(&plain.1[..]));
        let mut machine = RandomHead::new();

        machine.encode(&mut sealed, &mut wire, &mut script);
        assert_eq!((&wire[..], script.is_used_up()), (&head.1[..], true));
        assert_eq!(machine.held(), HeldData::UntilResponse(plain.1.len()));

        wire.clear();
        machine.decode(&mut BytesMut::from(&answer.1[..]), &mut sealed, &mut wire, &mut script).unwrap();
        assert_eq!((&wire[..], sealed.is_empty()), (&data.1[..], true));
        assert_eq!(machine.held(), HeldData::Nothing);

        machine.decode(&mut BytesMut::from(&reply.1[..]), &mut sealed, &mut wire, &mut script).unwrap();
        assert_eq!(sealed, decoded.1);
    }
}
