//! HTTP/1.1 messages (RFC 9112) as a proxy reads and writes them. Pure: no IO.
//!
//! A message is parsed and then serialized again with our own framing, so that the next hop cannot interpret it
//! differently. Request targets and field values are passed on unchanged. Requests are parsed strictly; responses as
//! leniently as browsers parse them, except for what decides where a body ends ([`framing`]).

mod chunked;
mod fields;
mod framing;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub(super) use self::chunked::{ChunkPiece, ChunkedDecoder};
pub(super) use self::fields::{HttpFields, is_token};
pub(super) use self::framing::{BodyFraming, RequestMethod, request_framing, response_framing};
pub(super) use self::request::{RequestHead, RequestLine};
pub(super) use self::response::ResponseHead;

/// Maximum length of a head in bytes, at least as long as Apache and most proxies allow: cookies alone may have 40 kB.
pub(in crate::gateway) const HEAD_LIMIT: usize = 64 * 1024;
/// Maximum number of fields in the head of a request.
const MAX_FIELDS: usize = 200;

/// Why a message cannot be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::gateway) enum MessageError {
    /// It is not HTTP/1.
    #[error("malformed HTTP message")]
    Malformed,
    /// Its head is longer than the limit, or has too many fields.
    #[error("HTTP head too long")]
    TooLong,
}

/// The number of empty lines at the front; a head may follow them (RFC 9112, section 2.2).
pub(in crate::gateway) fn leading_line_breaks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// The end of the head at the front of `bytes`, after its empty line; none while it is incomplete. The first `searched`
/// bytes have been searched before.
pub(in crate::gateway) fn head_end(bytes: &[u8], searched: usize) -> Option<usize> {
    // The empty line may begin in the searched part.
    let from = searched.saturating_sub(3);
    let breaks = bytes[from..].iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| from + at);
    breaks.into_iter().find_map(|at| match &bytes[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _line => None,
    })
}

/// The first line, without its line break, and what follows it; none while it is incomplete.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..]))
}

/// Runs every parser of this room.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    let bytes = bytes::Bytes::copy_from_slice(&bytes[leading_line_breaks(bytes)..]);
    let Some(end) = head_end(&bytes, 0) else { return };
    let (head, mut body) = (bytes.slice(..end), &bytes[end..]);
    if let Ok(request) = RequestHead::parse(&head) {
        let _framing = request_framing(&request);
    }
    if let Ok(response) = ResponseHead::parse(&head) {
        let _framing = response_framing(&response, RequestMethod::Other);
    }
    let mut decoder = ChunkedDecoder::default();
    while let Ok((used, decoded)) = decoder.advance(body) {
        match decoded {
            ChunkPiece::Data(length) => body = &body[used + length..],
            ChunkPiece::NeedsMore | ChunkPiece::End => return,
        }
    }
}
