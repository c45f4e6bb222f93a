//! HTTP responses of the gateway itself: short plain text for people, and the error type for programs in `Proxy-Status`
//! (RFC 9209).

use std::io::ErrorKind;

use crate::gateway::dial::DialError;
use crate::gateway::http1::{RequestHead, RequestMethod};
use crate::gateway::open::OpenError;
use crate::socks5::ReplyCode;

/// Request fields that an echo of the request must not contain.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// A status code and its reason phrase.
type Status = (u16, &'static str);

/// A response of the gateway itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct LocalResponse {
    status: Status,
    content_type: &'static str,
    body: Vec<u8>,
    fields: Vec<(&'static str, String)>,
}

impl LocalResponse {
    /// The request is not HTTP.
    pub(in crate::gateway) fn malformed() -> Self {
        Self::text((400, "Bad Request"), "The request is malformed.")
    }

    /// The head of the request is too long.
    pub(in crate::gateway) fn too_long() -> Self {
        Self::text((431, "Request Header Fields Too Large"), "The head of the request is too long.")
    }

    /// The request is addressed to this port, as if it were a web server.
    pub(in crate::gateway) fn not_a_website() -> Self {
        let text = "This is the proxy port of Sluice, not a website. Enter it as HTTP or SOCKS proxy in your program.";
        Self::text((404, "Not Found"), text)
    }

    /// The target of the request is not an `http://` URL.
    pub(in crate::gateway) fn bad_target() -> Self {
        Self::text((400, "Bad Request"), "The request needs an http:// URL; for https:// use CONNECT.")
    }

    /// A user name and a password are required (RFC 9110, section 11.7.1).
    pub(in crate::gateway) fn login_required() -> Self {
        let status = (407, "Proxy Authentication Required");
        Self::text(status, "Sluice requires a user name and a password.")
            .with("Proxy-Authenticate", "Basic realm=\"Sluice\", charset=\"UTF-8\"")
    }

    /// The connection to the target failed.
    pub(in crate::gateway) fn unreachable(error: &OpenError) -> Self {
        let (status, kind) = classify(error);
        Self::text(status, format!("Sluice could not connect: {error}.")).with_error(kind)
    }

    /// The target closed without a complete response, or did not respond in HTTP.
    pub(in crate::gateway) fn broken(kind: &'static str) -> Self {
        Self::text(BAD_GATEWAY, "The server gave no complete response.").with_error(kind)
    }

    /// The response to `OPTIONS` and `TRACE` by the last proxy (RFC 9110, sections 9.3.7 and 9.3.8).
    pub(in crate::gateway) fn last_proxy(head: &RequestHead) -> Self {
        if &*head.method != "TRACE" {
            return Self { body: Vec::new(), ..Self::text((200, "OK"), "") };
        }
        let mut echo = head.clone();
        CREDENTIALS.iter().for_each(|name| echo.fields.remove(name));
        Self { status: (200, "OK"), content_type: "message/http", body: echo.to_bytes(), fields: Vec::new() }
    }

    /// A page of this type.
    pub(in crate::gateway) fn page(content_type: &'static str, body: String) -> Self {
        Self { status: (200, "OK"), content_type, body: body.into(), fields: Vec::new() }
    }

    fn text(status: Status, text: impl Into<String>) -> Self {
        let body = (text.into() + "\n").into_bytes();
        Self { status, content_type: "text/plain; charset=utf-8", body, fields: Vec::new() }
    }

    fn with_error(self, kind: &'static str) -> Self {
        self.with("Proxy-Status", format!("sluice; error={kind}"))
    }

    /// The response with an additional field.
    pub(in crate::gateway) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// The serialized response with this value of `Connection`; without its body in the response to HEAD.
    pub(in crate::gateway) fn to_bytes(&self, connection: Option<&str>, method: RequestMethod) -> Vec<u8> {
        let (status, reason) = self.status;
        let mut head = format!("HTTP/1.1 {status} {reason}\r\n");
        let length = self.body.len().to_string();
        let own = [("Content-Type", self.content_type), ("Cache-Control", "no-store"), ("Content-Length", &length)];
        let fields = self.fields.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in connection.map(|value| ("Connection", value)).into_iter().chain(own).chain(fields) {
            head += &format!("{name}: {value}\r\n");
        }
        let body = match method {
            RequestMethod::Head => &[][..],
            RequestMethod::Other => &self.body,
        };
        [head.as_bytes(), b"\r\n", body].concat()
    }

    /// The serialized response, after which the connection is closed.
    pub(in crate::gateway) fn to_last_bytes(&self) -> Vec<u8> {
        self.to_bytes(Some("close"), RequestMethod::Other)
    }
}

const BAD_GATEWAY: Status = (502, "Bad Gateway");
const GATEWAY_TIMEOUT: Status = (504, "Gateway Timeout");

/// Status and error type (RFC 9209, section 2.3).
fn classify(error: &OpenError) -> (Status, &'static str) {
    match error {
        OpenError::NoMember | OpenError::NoNodeOfDoor(_) => ((503, "Service Unavailable"), "destination_unavailable"),
        OpenError::MemberFailed(error) | OpenError::Failed(error) => classify_dial(error),
        OpenError::Blocked | OpenError::OwnPort | OpenError::ThisMachineOnly | OpenError::NotPublic => {
            ((403, "Forbidden"), "http_request_denied")
        }
        OpenError::Direct(error) if error.kind() == ErrorKind::TimedOut => (GATEWAY_TIMEOUT, "connection_timeout"),
        OpenError::Direct(error) if error.kind() == ErrorKind::ConnectionRefused => (BAD_GATEWAY, "connection_refused"),
        OpenError::Direct(_) => (BAD_GATEWAY, "destination_unavailable"),
    }
}

fn classify_dial(error: &DialError) -> (Status, &'static str) {
    match error {
        DialError::TimedOut | DialError::Refused(ReplyCode::TTL_EXPIRED) => (GATEWAY_TIMEOUT, "connection_timeout"),
        DialError::Refused(ReplyCode::NOT_ALLOWED) => (BAD_GATEWAY, "destination_ip_prohibited"),
        DialError::Refused(ReplyCode::NETWORK_UNREACHABLE | ReplyCode::HOST_UNREACHABLE) => {
            (BAD_GATEWAY, "destination_ip_unroutable")
        }
        DialError::Refused(ReplyCode::CONNECTION_REFUSED) => (BAD_GATEWAY, "connection_refused"),
        DialError::Refused(_) | DialError::Connect(_) | DialError::OwnPort | DialError::Handshake(_) => {
            (BAD_GATEWAY, "destination_unavailable")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_complete() {
        let text = String::from_utf8(LocalResponse::unreachable(&OpenError::NoMember).to_last_bytes()).unwrap();
        assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"), "{text}");
        assert!(text.contains("\r\nProxy-Status: sluice; error=destination_unavailable\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nSluice could not connect: no node is ready.\n"), "{text}");
        let text = LocalResponse::unreachable(&OpenError::NoNodeOfDoor("jp".into())).to_last_bytes();
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with("HTTP/1.1 503 ") && text.ends_with("no node of the door jp works.\n"), "{text}");
    }

    #[test]
    fn refusals_have_their_status() {
        let status = |error| classify(&error).0.0;
        assert_eq!(status(OpenError::Failed(DialError::TimedOut)), 504);
        assert_eq!(status(OpenError::Failed(DialError::Refused(ReplyCode::CONNECTION_REFUSED))), 502);
        assert_eq!(status(OpenError::Blocked), 403);
        assert_eq!(status(OpenError::Direct(ErrorKind::TimedOut.into())), 504);
        assert_eq!(status(OpenError::Failed(DialError::Handshake("x".into()))), 502);
    }
}
