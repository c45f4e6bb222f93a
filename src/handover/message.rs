//! The messages: eight bytes each, and a descriptor with some.
//!
//! Both ends are the same program or two versions of it, so a message that is not known is passed over.

use super::HandedEnd;

/// Bytes of a message.
pub(super) const LENGTH: usize = 8;

/// One message. A slot is a connection's pair of counters, chosen by the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HandoverMessage {
    /// To the member, the first one: with the file of the counters.
    Counters,
    /// From the member: it takes offers.
    Ready,
    /// To the member: with the client's socket. The member knows the connection by the gateway's port.
    Offer { slot: u32, port: u16 },
    /// From the member.
    Taken { slot: u32 },
    /// From the member.
    Refused { slot: u32 },
    /// To the member: everything that came over the loopback connection is written to the client.
    Drained { slot: u32 },
    /// To the member: the connection is to be reset.
    Cancel { slot: u32 },
    /// From the member: both sockets are closed, and the slot is free.
    Ended { slot: u32, end: HandedEnd },
}

impl HandoverMessage {
    /// Kind, one byte of detail, port, slot.
    pub(super) fn encode(self) -> [u8; LENGTH] {
        let (kind, detail, port, slot) = match self {
            Self::Counters => (0, 0, 0, 0),
            Self::Ready => (1, 0, 0, 0),
            Self::Offer { slot, port } => (2, 0, port, slot),
            Self::Taken { slot } => (3, 0, 0, slot),
            Self::Refused { slot } => (4, 0, 0, slot),
            Self::Drained { slot } => (5, 0, 0, slot),
            Self::Cancel { slot } => (6, 0, 0, slot),
            Self::Ended { slot, end: HandedEnd::Closed } => (7, 0, 0, slot),
            Self::Ended { slot, end: HandedEnd::Broken } => (7, 1, 0, slot),
        };
        let ([port_0, port_1], [a, b, c, d]) = (port.to_be_bytes(), slot.to_be_bytes());
        [kind, detail, port_0, port_1, a, b, c, d]
    }

    /// None for what is not known.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let &[kind, detail, port_0, port_1, a, b, c, d] = bytes else { return None };
        let (port, slot) = (u16::from_be_bytes([port_0, port_1]), u32::from_be_bytes([a, b, c, d]));
        Some(match (kind, detail) {
            (0, 0) => Self::Counters,
            (1, 0) => Self::Ready,
            (2, 0) => Self::Offer { slot, port },
            (3, 0) => Self::Taken { slot },
            (4, 0) => Self::Refused { slot },
            (5, 0) => Self::Drained { slot },
            (6, 0) => Self::Cancel { slot },
            (7, 0) => Self::Ended { slot, end: HandedEnd::Closed },
            (7, 1) => Self::Ended { slot, end: HandedEnd::Broken },
            _unknown => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let slot = 0x0102_0304;
        for message in [
            HandoverMessage::Counters,
            HandoverMessage::Ready,
            HandoverMessage::Offer { slot, port: 65_535 },
            HandoverMessage::Taken { slot },
            HandoverMessage::Refused { slot },
            HandoverMessage::Drained { slot },
            HandoverMessage::Cancel { slot },
            HandoverMessage::Ended { slot, end: HandedEnd::Closed },
            HandoverMessage::Ended { slot, end: HandedEnd::Broken },
        ] {
            assert_eq!(HandoverMessage::decode(&message.encode()), Some(message));
        }
        assert_eq!(HandoverMessage::decode(&[9; LENGTH]), None);
        assert_eq!(HandoverMessage::decode(b""), None);
    }
}
