//! Classifies the first bytes of a client: whether they may be sent again through another member.
//!
//! They may if receiving them twice is harmless: a TLS ClientHello with nothing after it (RFC 8446, section 4.1.2;
//! early data would be a request), or the head of an HTTP GET or HEAD without a body (RFC 9110, section 9.2.1).
//! Anything else is sent once.

use std::cmp::Ordering;

use crate::gateway::site::is_refusal;

/// Maximum number of bytes that are kept for a replay.
pub(super) const MAX_FLIGHT: usize = 64 * 1024;

/// Maximum number of header fields in a repeatable request.
const MAX_HEADERS: usize = 128;

/// The classification of the bytes so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flight {
    /// The beginning of something repeatable.
    Incomplete,
    /// Complete and repeatable: now the server has to respond.
    Repeatable(FlightKind),
    /// Not repeatable.
    Once,
}

/// A kind of repeatable bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlightKind {
    /// A TLS ClientHello, which any server answers within milliseconds.
    ClientHello,
    /// An HTTP GET or HEAD; its response time depends on the page.
    HttpRequest,
}

impl FlightKind {
    /// Whether these bytes can be the beginning of a response. The response to a ClientHello is a handshake record or
    /// an alert; a captive portal answers with something else.
    pub(super) fn may_be_answered_by(self, response: &[u8]) -> bool {
        match self {
            Self::ClientHello => matches!(response, [21 | 22, ..]),
            Self::HttpRequest => true,
        }
    }

    /// Whether these bytes are the beginning of a refusal, which another exit address may not get: a TLS alert, or HTTP
    /// 403, 429 or 451.
    pub(super) fn is_refused_by(self, response: &[u8]) -> bool {
        match self {
            Self::ClientHello => response.first() == Some(&21),
            Self::HttpRequest => {
                let status = response.strip_prefix(b"HTTP/1.").and_then(|rest| rest.get(2..5));
                let status = status.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
                status.is_some_and(is_refusal)
            }
        }
    }
}

/// Classifies the first bytes of a client.
pub(super) fn classify(bytes: &[u8]) -> Flight {
    let flight = match bytes.first() {
        None => Flight::Incomplete,
        Some(22) => client_hello(bytes),
        Some(b'G' | b'H') => http_request(bytes),
        Some(_) => Flight::Once,
    };
    if flight == Flight::Incomplete && bytes.len() >= MAX_FLIGHT { Flight::Once } else { flight }
}

/// A handshake message of type 1 in one or more records (RFC 8446, 4 and 5.1).
fn client_hello(bytes: &[u8]) -> Flight {
    let (mut records, mut length_so_far, mut message_length) = (bytes, 0, None);
    while !records.is_empty() {
        let &[kind, major, _minor, high, low, ref rest @ ..] = records else {
            return Flight::Incomplete;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if kind != 22 || major != 3 || length == 0 {
            return Flight::Once;
        }
        if message_length.is_none() {
            // No client splits the four bytes of the message header across two records.
            match *rest {
                [1, a, b, c, ..] if length >= 4 => {
                    message_length = Some(4 + u32::from_be_bytes([0, a, b, c]) as usize);
                }
                [] => return Flight::Incomplete,
                [1, ..] if rest.len() < 4 && length >= 4 => return Flight::Incomplete,
                [..] => return Flight::Once,
            }
        }
        let Some((_payload, behind)) = rest.split_at_checked(length) else { return Flight::Incomplete };
        (records, length_so_far) = (behind, length_so_far + length);
        match message_length.map(|total| length_so_far.cmp(&total)) {
            Some(Ordering::Equal) if records.is_empty() => return Flight::Repeatable(FlightKind::ClientHello),
            Some(Ordering::Less) => {}
            Some(Ordering::Equal | Ordering::Greater) | None => return Flight::Once,
        }
    }
    Flight::Incomplete
}

fn http_request(bytes: &[u8]) -> Flight {
    let methods: [&[u8]; 2] = [b"GET ", b"HEAD "];
    if !methods.iter().any(|method| bytes.starts_with(method) || method.starts_with(bytes)) {
        return Flight::Once;
    }
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    match head.parse(bytes) {
        Ok(httparse::Status::Partial) => Flight::Incomplete,
        Ok(httparse::Status::Complete(length)) if length == bytes.len() && is_bodiless(head.headers) => {
            Flight::Repeatable(FlightKind::HttpRequest)
        }
        Ok(httparse::Status::Complete(_)) | Err(_) => Flight::Once,
    }
}

fn is_bodiless(headers: &[httparse::Header<'_>]) -> bool {
    let announces_more = ["content-length", "transfer-encoding", "upgrade", "expect"];
    !headers.iter().any(|header| announces_more.iter().any(|name| header.name.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A ClientHello with a body of this many bytes, in records of at most this size.
    fn hello_of(body: usize, record: usize) -> Vec<u8> {
        let mut message = vec![1, (body >> 16) as u8, (body >> 8) as u8, body as u8];
        message.resize(4 + body, 7);
        let mut records = Vec::new();
        for part in message.chunks(record) {
            records.extend([22, 3, 1, (part.len() >> 8) as u8, part.len() as u8]);
            records.extend(part);
        }
        records
    }

    #[test]
    fn a_client_hello_is_complete_at_its_last_byte() {
        for hello in [hello_of(512, 16_384), hello_of(40_000, 16_384), hello_of(10, 5)] {
            for length in 0..hello.len() {
                assert_eq!(classify(&hello[..length]), Flight::Incomplete, "{length} of {}", hello.len());
            }
            assert_eq!(classify(&hello), Flight::Repeatable(FlightKind::ClientHello));
            let early_data = [&hello[..], &[23, 3, 3, 0, 1, 0]].concat();
            assert_eq!(classify(&early_data), Flight::Once);
        }
    }

    #[test]
    fn a_client_hello_expects_a_tls_response() {
        assert!(
            FlightKind::ClientHello.may_be_answered_by(&[22, 3, 3])
                && FlightKind::ClientHello.may_be_answered_by(&[21])
        );
        assert!(!FlightKind::ClientHello.may_be_answered_by(b"HTTP/1.1 302 Found"));
        assert!(FlightKind::HttpRequest.may_be_answered_by(b"anything"));
    }

    #[test]
    fn a_request_without_body_is_complete_at_its_empty_line() {
        for request in ["GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "HEAD /x HTTP/1.0\r\n\r\n"] {
            for length in 0..request.len() {
                assert_eq!(classify(&request.as_bytes()[..length]), Flight::Incomplete, "{length}");
            }
            assert_eq!(classify(request.as_bytes()), Flight::Repeatable(FlightKind::HttpRequest));
            assert_eq!(classify(format!("{request}GET").as_bytes()), Flight::Once);
        }
    }

    #[test]
    fn everything_else_is_sent_once() {
        let requests = [
            "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            "PUT / HTTP/1.1\r\n\r\n",
            "DELETE / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
            "GETTING / HTTP/1.1\r\n\r\n",
            "HELO mail.test\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n",
        ];
        for request in requests {
            assert_eq!(classify(request.as_bytes()), Flight::Once, "{request}");
        }
        // A change of keys, an alert, a record of SSL 2, a certificate.
        for bytes in [&[20, 3, 3, 0, 1, 1][..], &[21, 3, 3, 0, 2], &[128, 46, 1, 3], &[22, 3, 3, 0, 9, 11, 0, 0]] {
            assert_eq!(classify(bytes), Flight::Once, "{bytes:?}");
        }
        assert_eq!(classify(&[b"GET /", &[b'a'; MAX_FLIGHT][..]].concat()), Flight::Once);
    }

    proptest! {
        #[test]
        fn any_bytes_are_classified(bytes in prop::collection::vec(any::<u8>(), 0..200), start in prop::sample::select(vec![&b""[..], b"\x16\x03\x01", b"GET ", b"HEAD "])) {
            let bytes = [start, &bytes].concat();
            // Bytes that must be sent once stay so, whatever follows.
            if classify(&bytes) == Flight::Once {
                prop_assert_eq!(classify(&[&bytes[..], b"\r\n\r\n"].concat()), Flight::Once);
            }
        }
    }
}
