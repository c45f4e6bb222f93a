//! The head of a response, parsed as browsers and squid do.
//!
//! Lines that are not a field are dropped; values keep every byte except those that would end a line. `ICY 200 OK`,
//! which radio stations send, is read as HTTP/1.0.

use bytes::Bytes;

use super::{HttpFields, MessageError, is_token, split_line};

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct ResponseHead {
    /// The version behind `HTTP/1.`: 0 or 1.
    pub(in crate::gateway) minor: u8,
    /// The status, 100 to 999.
    pub(in crate::gateway) status: u16,
    /// The reason phrase: any bytes but line breaks.
    pub(in crate::gateway) reason: Bytes,
    /// The fields.
    pub(in crate::gateway) fields: HttpFields,
}

impl ResponseHead {
    /// Whether the bytes so far can be the beginning of a response.
    pub(in crate::gateway) fn may_begin(bytes: &[u8]) -> bool {
        [&b"HTTP/1."[..], b"ICY "].iter().any(|start| bytes.iter().zip(*start).all(|(a, b)| a == b))
    }

    /// Parses a complete head, including its empty line.
    ///
    /// # Errors
    /// Its first line is not a status line.
    pub(in crate::gateway) fn parse(head: &Bytes) -> Result<Self, MessageError> {
        let (line, mut rest) = split_line(head).ok_or(MessageError::Malformed)?;
        let (minor, status, reason) = status_line(line).ok_or(MessageError::Malformed)?;
        let mut fields = HttpFields::default();
        while let Some((line, behind)) = split_line(rest) {
            rest = behind;
            if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                fields.continue_last(&clean(head, line));
                continue;
            }
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            // RFC 9112, section 5.1: a proxy removes spaces before the colon.
            let name = line[..colon].trim_ascii_end();
            if is_token(name) {
                fields.push(head.slice_ref(name), clean(head, &line[colon + 1..]));
            }
        }
        Ok(Self { minor, status, reason: clean(head, reason), fields })
    }

    /// Whether another response to the same request follows it (RFC 9110, section 15.2).
    pub(in crate::gateway) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// The serialized head, for a client of this version.
    pub(in crate::gateway) fn to_bytes(&self, minor: u8) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(format!("HTTP/1.{minor} {} ", self.status).as_bytes());
        out.extend_from_slice(&self.reason);
        out.extend_from_slice(b"\r\n");
        self.fields.write(&mut out);
        out
    }
}

/// `HTTP/1.x SP status [SP reason]`
fn status_line(line: &[u8]) -> Option<(u8, u16, &[u8])> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let minor = match &line[..space] {
        b"HTTP/1.0" | b"ICY" => 0,
        // RFC 9110, section 2.5: a higher minor version is treated as the highest known one.
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit() => 1,
        _other => return None,
    };
    let rest = line[space..].trim_ascii_start();
    let (digits, reason) = rest.split_at_checked(3)?;
    let status = digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse().ok())??;
    let fits = reason.first().is_none_or(|byte| *byte == b' ') && status >= 100;
    fits.then_some((minor, status, reason))
}

/// A value without the bytes that a line must not contain (RFC 9110, section 5.5): each becomes a space.
fn clean(head: &Bytes, value: &[u8]) -> Bytes {
    let is_forbidden = |byte: &u8| matches!(byte, b'\r' | 0);
    if !value.iter().any(is_forbidden) {
        return head.slice_ref(value.trim_ascii());
    }
    let cleaned: Bytes = value.iter().map(|byte| if is_forbidden(byte) { b' ' } else { *byte }).collect();
    cleaned.slice_ref(cleaned.trim_ascii())
}
