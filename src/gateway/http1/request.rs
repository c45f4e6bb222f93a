//! The head of a request.

use bytes::Bytes;

use super::{HttpFields, MAX_FIELDS, MessageError, is_token, split_line};

/// `method SP target SP HTTP/1.x`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct RequestLine<'a> {
    /// The method, a token.
    pub(in crate::gateway) method: &'a str,
    /// The target: any bytes but spaces and control characters.
    pub(in crate::gateway) target: &'a [u8],
    /// The version behind `HTTP/1.`: 0 or 1.
    pub(in crate::gateway) minor: u8,
}

impl<'a> RequestLine<'a> {
    /// The line at the front of `bytes`; none while it is incomplete.
    ///
    /// # Errors
    /// It is not a request line of HTTP/1.
    pub(in crate::gateway) fn parse(bytes: &'a [u8]) -> Result<Option<Self>, MessageError> {
        let Some((line, _)) = split_line(bytes) else { return Ok(None) };
        let mut parts = line.split(|byte| *byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MessageError::Malformed);
        };
        let minor = match version {
            b"HTTP/1.0" => 0,
            b"HTTP/1.1" => 1,
            _other => return Err(MessageError::Malformed),
        };
        let is_target = !target.is_empty() && !target.iter().any(u8::is_ascii_control);
        let method = std::str::from_utf8(method).ok().filter(|method| is_token(method.as_bytes()) && is_target);
        method.map(|method| Some(Self { method, target, minor })).ok_or(MessageError::Malformed)
    }
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct RequestHead {
    /// The method.
    pub(in crate::gateway) method: Box<str>,
    /// The target, as received.
    pub(in crate::gateway) target: Bytes,
    /// The version behind `HTTP/1.`: 0 or 1.
    pub(in crate::gateway) minor: u8,
    /// The fields.
    pub(in crate::gateway) fields: HttpFields,
}

impl RequestHead {
    /// Parses a complete head, including its empty line.
    ///
    /// # Errors
    /// It is malformed or has too many fields.
    pub(in crate::gateway) fn parse(head: &Bytes) -> Result<Self, MessageError> {
        let line = RequestLine::parse(head)?.ok_or(MessageError::Malformed)?;
        let (_, rest) = split_line(head).ok_or(MessageError::Malformed)?;
        let mut fields = HttpFields::default();
        read_fields(rest, |name, value| fields.push(head.slice_ref(name.as_bytes()), head.slice_ref(value)))?;
        Ok(Self { method: line.method.into(), target: head.slice_ref(line.target), minor: line.minor, fields })
    }

    /// Whether the method allows a request to be retried if its connection closed without a response (RFC 9110, section
    /// 9.2.2).
    pub(in crate::gateway) fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(&*self.method, "PUT" | "DELETE")
    }

    /// Whether the method is safe: it changes nothing (RFC 9110, section 9.2.1).
    pub(in crate::gateway) fn is_safe(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// The serialized head, for an origin.
    pub(in crate::gateway) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        out.extend_from_slice(&self.target);
        out.extend_from_slice(b" HTTP/1.1\r\n");
        self.fields.write(&mut out);
        out
    }
}

/// Calls `field` for every field in `lines`, which end with an empty line. Strict: no space before a colon, no
/// continued lines, no control characters.
pub(super) fn read_fields<'a>(lines: &'a [u8], mut field: impl FnMut(&'a str, &'a [u8])) -> Result<(), MessageError> {
    let mut room = [httparse::EMPTY_HEADER; MAX_FIELDS];
    match httparse::parse_headers(lines, &mut room) {
        Ok(httparse::Status::Complete((_, fields))) => {
            fields.iter().for_each(|each| field(each.name, each.value));
            Ok(())
        }
        Err(httparse::Error::TooManyHeaders) => Err(MessageError::TooLong),
        Ok(httparse::Status::Partial) | Err(_) => Err(MessageError::Malformed),
    }
}
