//! How much of a response is still to come, as its bytes tell: the rest of a TLS record (RFC 8446, section 5.1), or of an
//! HTTP response with a length. Everything else is unknown. What passes is only looked at, never changed.

/// The length of a TLS record's header.
const HEADER: usize = 5;

/// Maximum length of a TLS record's content: 2^14 bytes, with the expansion of TLS 1.2.
const MAX_RECORD: usize = (1 << 14) + 2_048;

/// Follows what a member sends on one connection.
#[derive(Debug, Default)]
pub(super) struct ResponseFramer {
    received: u64,
    framing: ResponseFraming,
}

#[derive(Debug, Default)]
enum ResponseFraming {
    /// A response begins here.
    #[default]
    Start,
    /// In a TLS record, of which so many bytes are missing.
    Record { missing: u16 },
    /// In the header of a TLS record, of which so many bytes were received.
    Header { bytes: [u8; HEADER], received: u8 },
    /// In an HTTP response, of which so many bytes are missing.
    Http { missing: u64 },
    /// Not known, here and from here on.
    Unknown,
}

impl ResponseFramer {
    /// Takes in the next bytes; returns how many bytes of the whole stream are known to come at least.
    pub(super) fn receive(&mut self, mut bytes: &[u8]) -> u64 {
        self.received += bytes.len() as u64;
        while !bytes.is_empty() {
            bytes = self.advance(bytes);
        }
        let missing = match self.framing {
            ResponseFraming::Start | ResponseFraming::Unknown => 0,
            ResponseFraming::Record { missing } => missing.into(),
            // The end of a record is no place to stop for a sender that has begun the next one.
            ResponseFraming::Header { received: 0, .. } => 0,
            ResponseFraming::Header { received, .. } => HEADER as u64 - u64::from(received),
            ResponseFraming::Http { missing } => missing,
        };
        self.received + missing
    }

    /// Goes on by one step; returns the bytes that are left.
    fn advance<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match &mut self.framing {
            ResponseFraming::Unknown => &[],
            ResponseFraming::Start => {
                self.framing = match bytes[0] {
                    20..=24 => ResponseFraming::Header { bytes: [0; HEADER], received: 0 },
                    _other => http_response(bytes)
                        .map_or(ResponseFraming::Unknown, |missing| ResponseFraming::Http { missing }),
                };
                bytes
            }
            ResponseFraming::Record { missing } => {
                let taken = bytes.len().min((*missing).into());
                *missing -= taken as u16;
                if *missing == 0 {
                    self.framing = ResponseFraming::Header { bytes: [0; HEADER], received: 0 };
                }
                &bytes[taken..]
            }
            ResponseFraming::Header { bytes: header, received } => {
                let have = usize::from(*received);
                let taken = bytes.len().min(HEADER - have);
                header[have..have + taken].copy_from_slice(&bytes[..taken]);
                *received += taken as u8;
                if usize::from(*received) == HEADER {
                    self.framing = record(*header);
                }
                &bytes[taken..]
            }
            ResponseFraming::Http { missing } => {
                let taken = usize::try_from(*missing).unwrap_or(usize::MAX).min(bytes.len());
                *missing -= taken as u64;
                if *missing == 0 {
                    self.framing = ResponseFraming::Start;
                }
                &bytes[taken..]
            }
        }
    }
}

/// The framing after the header of a record.
fn record(header: [u8; HEADER]) -> ResponseFraming {
    let [kind, major, _minor, high, low] = header;
    let length = u16::from_be_bytes([high, low]);
    let is_record = (20..=24).contains(&kind) && major == 3 && usize::from(length) <= MAX_RECORD;
    match length {
        _ if !is_record => ResponseFraming::Unknown,
        0 => ResponseFraming::Header { bytes: [0; HEADER], received: 0 },
        missing => ResponseFraming::Record { missing },
    }
}

/// The length of an HTTP response, head included, if its head is complete and states it.
fn http_response(bytes: &[u8]) -> Option<u64> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut fields);
    let Ok(httparse::Status::Complete(head)) = response.parse(bytes) else { return None };
    let status = response.code?;
    let field = |name: &str| response.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    if field("transfer-encoding").is_some() {
        return None;
    }
    let length: u64 = match status {
        // These have no body, whatever they state.
        100..=199 | 204 | 304 => 0,
        _other => std::str::from_utf8(field("content-length")?.value).ok()?.trim().parse().ok()?,
    };
    // An upgrade ends HTTP.
    (status != 101).then(|| length.saturating_add(head as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The known end of the stream after each piece.
    fn ends(pieces: &[&[u8]]) -> Vec<u64> {
        let mut framer = ResponseFramer::default();
        pieces.iter().map(|piece| framer.receive(piece)).collect()
    }

    #[test]
    fn records_and_responses_tell_their_ends() {
        assert_eq!(ends(&[&[22, 3, 3, 0, 10], &[0; 4], &[0; 6], &[23]]), [15, 15, 15, 20]);
        assert_eq!(ends(&[&[23, 3, 3], &[1, 0, 7]]), [5, 261]);
        assert_eq!(ends(&[&[23, 9, 3, 1, 0, 7], &[0; 9]]), [6, 15], "not TLS");
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
        let size = head.len() as u64;
        assert_eq!(ends(&[head, &[0; 60], &[0; 40], head]), [size + 100, size + 100, size + 100, 2 * size + 200]);
        for unknown in [
            &b"HTTP/1.1 200 OK\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nContent-Length: 9\r\n\r\n",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Le",
            b"220 ready\r\n",
        ] {
            assert_eq!(ends(&[unknown]), [unknown.len() as u64]);
        }
    }

    proptest! {
        #[test]
        fn any_pieces_lead_to_the_same_end(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..200_usize) {
            let stream: Vec<u8> = [&[23, 3, 3, 0, 90][..], &bytes].concat();
            let cut = cut.min(stream.len());
            let (first, second) = stream.split_at(cut);
            prop_assert_eq!(ends(&[first, second])[1], ends(&[&stream])[0]);
            prop_assert!(ends(&[&stream])[0] >= stream.len() as u64);
        }

        #[test]
        fn hostile_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            ends(&[&bytes]);
        }
    }
}
