//! Whether what a client has said first may be said again to another member.
//!
//! Only what does nothing when it arrives twice: a TLS ClientHello and nothing behind it (RFC 8446,
//! 4.1.2; early data would be a request), or the head of an HTTP GET or HEAD without a body
//! (RFC 9110, 9.2.1). Everything else, known or not, is said once.

/// Most bytes that are kept to be said again.
pub(super) const MOST: usize = 64 * 1024;

/// Most header lines of a request that is said again.
const HEADERS: usize = 128;

/// What the bytes so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The beginning of something that may be said again.
    Part,
    /// All of something that may be said again: the next word is the server's.
    Whole(Kind),
    /// Something that is said once.
    Other,
}

/// What may be said again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A TLS ClientHello. Its answer is a matter of milliseconds for any server.
    Hello,
    /// An HTTP GET or HEAD. Its answer takes what the page takes.
    Request,
}

impl Kind {
    /// Whether these bytes can begin an answer. To a ClientHello that is a handshake or an alert; a
    /// login page between here and the server says something else.
    pub(super) fn may_be_answered_by(self, answer: &[u8]) -> bool {
        match self {
            Self::Hello => matches!(answer, [21 | 22, ..]),
            Self::Request => true,
        }
    }
}

/// Says what these first bytes of a client are.
pub(super) fn of(flight: &[u8]) -> Known {
    let known = match flight.first() {
        None => Known::Part,
        Some(22) => hello(flight),
        Some(b'G' | b'H') => request(flight),
        Some(_) => Known::Other,
    };
    if known == Known::Part && flight.len() >= MOST { Known::Other } else { known }
}

/// A handshake message of type 1 in one or more records (RFC 8446, 4 and 5.1).
fn hello(flight: &[u8]) -> Known {
    let (mut records, mut message, mut wanted) = (flight, 0, None);
    while !records.is_empty() {
        let &[kind, major, _minor, high, low, ref rest @ ..] = records else {
            return Known::Part;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if kind != 22 || major != 3 || length == 0 {
            return Known::Other;
        }
        if wanted.is_none() {
            // A record that splits even the message's own four bytes of head is nobody's.
            match *rest {
                [1, a, b, c, ..] if length >= 4 => wanted = Some(4 + u32::from_be_bytes([0, a, b, c]) as usize),
                [] => return Known::Part,
                [1, ..] if rest.len() < 4 && length >= 4 => return Known::Part,
                [..] => return Known::Other,
            }
        }
        let Some((_payload, behind)) = rest.split_at_checked(length) else { return Known::Part };
        (records, message) = (behind, message + length);
        match wanted.map(|wanted| message.cmp(&wanted)) {
            Some(std::cmp::Ordering::Equal) if records.is_empty() => return Known::Whole(Kind::Hello),
            Some(std::cmp::Ordering::Less) => {}
            Some(std::cmp::Ordering::Equal | std::cmp::Ordering::Greater) | None => return Known::Other,
        }
    }
    Known::Part
}

fn request(flight: &[u8]) -> Known {
    let methods: [&[u8]; 2] = [b"GET ", b"HEAD "];
    if !methods.iter().any(|method| flight.starts_with(method) || method.starts_with(flight)) {
        return Known::Other;
    }
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    match head.parse(flight) {
        Ok(httparse::Status::Partial) => Known::Part,
        Ok(httparse::Status::Complete(length)) if length == flight.len() && is_bodiless(head.headers) => {
            Known::Whole(Kind::Request)
        }
        Ok(httparse::Status::Complete(_)) | Err(_) => Known::Other,
    }
}

fn is_bodiless(headers: &[httparse::Header<'_>]) -> bool {
    let tells_of_more = ["content-length", "transfer-encoding", "upgrade", "expect"];
    !headers.iter().any(|header| tells_of_more.iter().any(|name| header.name.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A ClientHello with a body of this many bytes, in records of at most this size.
    fn client_hello(body: usize, record: usize) -> Vec<u8> {
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
    fn a_hello_is_whole_at_its_last_byte() {
        for hello in [client_hello(512, 16_384), client_hello(40_000, 16_384), client_hello(10, 5)] {
            for length in 0..hello.len() {
                assert_eq!(of(&hello[..length]), Known::Part, "{length} of {}", hello.len());
            }
            assert_eq!(of(&hello), Known::Whole(Kind::Hello));
            let early_data = [&hello[..], &[23, 3, 3, 0, 1, 0]].concat();
            assert_eq!(of(&early_data), Known::Other);
        }
    }

    #[test]
    fn a_hello_is_answered_in_tls() {
        assert!(Kind::Hello.may_be_answered_by(&[22, 3, 3]) && Kind::Hello.may_be_answered_by(&[21]));
        assert!(!Kind::Hello.may_be_answered_by(b"HTTP/1.1 302 Found"));
        assert!(Kind::Request.may_be_answered_by(b"anything"));
    }

    #[test]
    fn a_request_without_body_is_whole_at_its_empty_line() {
        for request in ["GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "HEAD /x HTTP/1.0\r\n\r\n"] {
            for length in 0..request.len() {
                assert_eq!(of(&request.as_bytes()[..length]), Known::Part, "{length}");
            }
            assert_eq!(of(request.as_bytes()), Known::Whole(Kind::Request));
            assert_eq!(of(format!("{request}GET").as_bytes()), Known::Other);
        }
    }

    #[test]
    fn everything_else_is_said_once() {
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
            assert_eq!(of(request.as_bytes()), Known::Other, "{request}");
        }
        // A change of keys, an alert, a record of SSL 2, a certificate.
        for bytes in [&[20, 3, 3, 0, 1, 1][..], &[21, 3, 3, 0, 2], &[128, 46, 1, 3], &[22, 3, 3, 0, 9, 11, 0, 0]] {
            assert_eq!(of(bytes), Known::Other, "{bytes:?}");
        }
        assert_eq!(of(&[b"GET /", &[b'a'; MOST][..]].concat()), Known::Other);
    }

    proptest! {
        #[test]
        fn any_bytes_are_something(bytes in prop::collection::vec(any::<u8>(), 0..200), start in prop::sample::select(vec![&b""[..], b"\x16\x03\x01", b"GET ", b"HEAD "])) {
            let bytes = [start, &bytes].concat();
            // Once it is said once only, more bytes do not change that.
            if of(&bytes) == Known::Other {
                prop_assert_eq!(of(&[&bytes[..], b"\r\n\r\n"].concat()), Known::Other);
            }
        }
    }
}
