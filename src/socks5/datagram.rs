//! The header of a datagram (RFC 1928, section 7): `00 00 | fragment | address`.

use super::address::{parse_address, write_address};
use crate::model::Target;

/// The destination or source of a datagram, and the length of its header. None for a fragment, which the RFC allows to
/// drop, and for a malformed header.
pub fn parse_datagram(datagram: &[u8]) -> Option<(Target, usize)> {
    let [0, 0, 0, rest @ ..] = datagram else { return None };
    let (target, length) = parse_address(rest).ok()??;
    Some((target, 3 + length))
}

/// Appends the header of a datagram to or from `target`.
pub fn write_datagram_header(out: &mut Vec<u8>, target: &Target) {
    out.extend([0, 0, 0]);
    write_address(out, target);
}
