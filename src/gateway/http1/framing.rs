//! Where the body of a message ends (RFC 9112, section 6.3). Strict in both directions: two hops that disagree about it
//! allow request smuggling.

use super::{HttpFields, MessageError, RequestHead, ResponseHead};

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum BodyFraming {
    /// There is no body.
    Empty,
    /// It has this many bytes.
    Length(u64),
    /// It is chunked.
    Chunked,
    /// It ends with its connection.
    UntilClose,
}

/// A request's method, as far as the framing of its response depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum RequestMethod {
    /// HEAD: the response has no body, whatever its head says.
    Head,
    /// Any other.
    Other,
}

impl RequestMethod {
    pub(in crate::gateway) fn of(head: &RequestHead) -> Self {
        if &*head.method == "HEAD" { Self::Head } else { Self::Other }
    }
}

/// The framing of a request.
///
/// # Errors
/// It is ambiguous or has an unknown transfer coding.
pub(in crate::gateway) fn request_framing(head: &RequestHead) -> Result<BodyFraming, MessageError> {
    let length = content_length(&head.fields)?;
    if head.fields.get("transfer-encoding").is_none() {
        return Ok(length.map_or(BodyFraming::Empty, BodyFraming::Length));
    }
    let is_chunked = head.fields.list("transfer-encoding").has_only("chunked");
    if is_chunked && length.is_none() && head.minor == 1 {
        Ok(BodyFraming::Chunked)
    } else {
        Err(MessageError::Malformed)
    }
}

/// The framing of a final response, or of one that a tunnel follows.
///
/// # Errors
/// It is ambiguous or has an unknown transfer coding.
pub(in crate::gateway) fn response_framing(
    head: &ResponseHead,
    method: RequestMethod,
) -> Result<BodyFraming, MessageError> {
    if method == RequestMethod::Head || matches!(head.status, 100..200 | 204 | 304) {
        return Ok(BodyFraming::Empty);
    }
    let mut codings = head.fields.list("transfer-encoding").filter(|coding| !coding.eq_ignore_ascii_case(b"identity"));
    match (codings.next(), codings.next()) {
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(BodyFraming::Chunked),
        (Some(_), _) => Err(MessageError::Malformed),
        (None, _) => Ok(content_length(&head.fields)?.map_or(BodyFraming::UntilClose, BodyFraming::Length)),
    }
}

/// The value of `Content-Length`, which may be repeated but must not contradict itself.
fn content_length(fields: &HttpFields) -> Result<Option<u64>, MessageError> {
    let mut length = None;
    for value in fields.values("content-length") {
        for element in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let is_number = !element.is_empty() && element.iter().all(u8::is_ascii_digit);
            let number = std::str::from_utf8(element).ok().filter(|_| is_number).and_then(|text| text.parse().ok());
            let number: u64 = number.ok_or(MessageError::Malformed)?;
            if length.is_some_and(|length| length != number) {
                return Err(MessageError::Malformed);
            }
            length = Some(number);
        }
    }
    Ok(length)
}

trait SingleElement {
    /// Whether the list has this element and no other.
    fn has_only(self, element: &str) -> bool;
}

impl<'a, I: Iterator<Item = &'a [u8]>> SingleElement for I {
    fn has_only(mut self, element: &str) -> bool {
        self.next().is_some_and(|first| first.eq_ignore_ascii_case(element.as_bytes())) && self.next().is_none()
    }
}
