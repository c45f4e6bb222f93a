//! HTTP responses that the gateway itself gives: short plain text, and the reason for programs in
//! `Proxy-Status` (RFC 9209).

use std::io::ErrorKind;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::gateway::dial::DialError;
use crate::gateway::open::OpenError;
use crate::socks5::ReplyCode;

const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");

/// A response of the gateway itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct ErrorResponse {
    status: StatusCode,
    text: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl ErrorResponse {
    /// The request is not HTTP.
    pub(in crate::gateway) fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request is malformed.")
    }

    /// The head of the request is too long.
    pub(in crate::gateway) fn too_long() -> Self {
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too long.")
    }

    /// The request is for this very port, as if it were a web server.
    pub(in crate::gateway) fn not_a_website() -> Self {
        let text = "This is the proxy port of Sluice, not a website. Enter it as HTTP or SOCKS proxy in your program.";
        Self::new(StatusCode::NOT_FOUND, text)
    }

    /// The target of the request is no `http://` URL.
    pub(in crate::gateway) fn bad_target() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request needs an http:// URL; for https:// use CONNECT.")
    }

    /// A user name and a password are required (RFC 9110, 11.7.1).
    pub(in crate::gateway) fn login_required() -> Self {
        let challenge = HeaderValue::from_static("Basic realm=\"Sluice\", charset=\"UTF-8\"");
        let response =
            Self::new(StatusCode::PROXY_AUTHENTICATION_REQUIRED, "Sluice requires a user name and a password.");
        Self { header: Some((header::PROXY_AUTHENTICATE, challenge)), ..response }
    }

    /// No connection to the target.
    pub(in crate::gateway) fn unreachable(error: &OpenError) -> Self {
        let (status, kind) = classify(error);
        Self::new(status, format!("Sluice could not connect: {error}.")).with_status(kind)
    }

    /// The target was reached, but closed without a complete response, or gave none in HTTP.
    pub(in crate::gateway) fn broken(kind: &'static str) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "The server gave no complete response.").with_status(kind)
    }

    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() + "\n", header: None }
    }

    fn with_status(self, kind: &'static str) -> Self {
        let value = HeaderValue::try_from(format!("sluice; error={kind}")).expect("a token is a header value");
        Self { header: Some((PROXY_STATUS, value)), ..self }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(self.text.len()));
        headers.extend(self.header.clone());
        headers
    }

    /// The response for hyper.
    pub(in crate::gateway) fn into_response(self) -> Response<Full<Bytes>> {
        let headers = self.headers();
        let mut response = Response::new(Full::from(self.text));
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }

    /// The response on the wire; the connection is closed after it.
    pub(in crate::gateway) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {}\r\nConnection: close\r\n", self.status).into_bytes();
        for (name, value) in &self.headers() {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend([b"\r\n", self.text.as_bytes()].concat());
        bytes
    }
}

/// Status and error type (RFC 9209, 2.3).
fn classify(error: &OpenError) -> (StatusCode, &'static str) {
    match error {
        OpenError::NoMember => (StatusCode::SERVICE_UNAVAILABLE, "destination_unavailable"),
        OpenError::Failed(DialError::TimedOut | DialError::Refused(ReplyCode::TTL_EXPIRED)) => {
            (StatusCode::GATEWAY_TIMEOUT, "connection_timeout")
        }
        OpenError::Failed(DialError::Refused(ReplyCode::NOT_ALLOWED)) => {
            (StatusCode::BAD_GATEWAY, "destination_ip_prohibited")
        }
        OpenError::Failed(DialError::Refused(ReplyCode::NETWORK_UNREACHABLE | ReplyCode::HOST_UNREACHABLE)) => {
            (StatusCode::BAD_GATEWAY, "destination_ip_unroutable")
        }
        OpenError::Failed(DialError::Refused(ReplyCode::CONNECTION_REFUSED)) => {
            (StatusCode::BAD_GATEWAY, "connection_refused")
        }
        OpenError::Blocked => (StatusCode::FORBIDDEN, "http_request_denied"),
        OpenError::Direct(error) if error.kind() == ErrorKind::TimedOut => {
            (StatusCode::GATEWAY_TIMEOUT, "connection_timeout")
        }
        OpenError::Direct(error) if error.kind() == ErrorKind::ConnectionRefused => {
            (StatusCode::BAD_GATEWAY, "connection_refused")
        }
        OpenError::Direct(_) => (StatusCode::BAD_GATEWAY, "destination_unavailable"),
        OpenError::Failed(DialError::Refused(_) | DialError::Connect(_) | DialError::Handshake(_)) => {
            (StatusCode::BAD_GATEWAY, "destination_unavailable")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_complete() {
        let text = String::from_utf8(ErrorResponse::unreachable(&OpenError::NoMember).to_bytes()).unwrap();
        assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"), "{text}");
        assert!(text.contains("\r\nproxy-status: sluice; error=destination_unavailable\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nSluice could not connect: no node is ready.\n"), "{text}");
    }

    #[test]
    fn refusals_have_their_status() {
        let status = |error| classify(&error).0.as_u16();
        assert_eq!(status(OpenError::Failed(DialError::TimedOut)), 504);
        assert_eq!(status(OpenError::Failed(DialError::Refused(ReplyCode::CONNECTION_REFUSED))), 502);
        assert_eq!(status(OpenError::Blocked), 403);
        assert_eq!(status(OpenError::Direct(ErrorKind::TimedOut.into())), 504);
        assert_eq!(status(OpenError::Failed(DialError::Handshake("x".into()))), 502);
    }
}
