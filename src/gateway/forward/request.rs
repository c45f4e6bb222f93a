//! A client's request in the form for the origin. Pure: nothing is sent here.

use bytes::Bytes;

use crate::gateway::http1::{BodyFraming, HttpFields, RequestHead, RequestMethod};
use crate::gateway::inbound::local_response::LocalResponse;

use super::body::BodyEncoding;

/// A request in the form for the origin, and what the client expects of the response.
pub(super) struct OutgoingRequest {
    pub(super) head: RequestHead,
    pub(super) framing: BodyFraming,
    /// The client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    pub(super) expects_continue: bool,
    /// It requests a switch to another protocol.
    pub(super) upgrades: bool,
    /// Its login applies to the whole connection (NTLM, Negotiate).
    pub(super) is_bound: bool,
    pub(super) client: ClientTerms,
}

/// What a client expects of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientTerms {
    /// The version behind `HTTP/1.`: 0 or 1.
    pub(super) minor: u8,
    /// The request's method.
    pub(super) method: RequestMethod,
    /// Whether the client may send another request.
    pub(super) keeps_alive: bool,
}

impl ClientTerms {
    /// The terms of a request as received.
    pub(super) fn of(head: &RequestHead) -> Self {
        let has = |token| ["connection", "proxy-connection"].iter().any(|name| head.fields.lists(name, token));
        let keeps_alive = if head.minor == 0 { has("keep-alive") } else { !has("close") };
        Self { minor: head.minor, method: RequestMethod::of(head), keeps_alive }
    }

    /// The value of `Connection` in the response, if it is needed.
    pub(super) fn connection(self) -> Option<&'static str> {
        match (self.keeps_alive, self.minor) {
            (false, _) => Some("close"),
            (true, 0) => Some("keep-alive"),
            (true, _) => None,
        }
    }
}

/// Whether a request may be sent again if its connection closes without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeatable {
    /// It has no body and its method is idempotent (RFC 9110, section 9.2.2).
    Yes,
    /// It must be sent only once.
    No,
}

impl OutgoingRequest {
    /// The request for `path` on `host`.
    pub(super) fn new(mut head: RequestHead, framing: BodyFraming, host: String, path: Bytes) -> Self {
        let client = ClientTerms::of(&head);
        let has_body = !matches!(framing, BodyFraming::Empty | BodyFraming::Length(0));
        let expects_continue = has_body && head.minor == 1 && head.fields.lists("expect", "100-continue");
        let is_bound = head.fields.get("authorization").is_some_and(|value| is_connection_login(value));
        let upgrade = head.fields.get("upgrade").cloned();
        let upgrade = upgrade.filter(|_| head.minor == 1 && head.fields.lists("connection", "upgrade"));
        let fields = &mut head.fields;
        fields.remove_hop_by_hop();
        // RFC 9112, section 3.2.2: the request target takes precedence over the client's `Host`.
        fields.set("Host", host);
        if !expects_continue {
            fields.remove("expect");
        }
        set_framing(fields, framing);
        let upgrades = upgrade.is_some();
        keep_upgrade(fields, upgrade);
        head.target = path;
        Self { head, framing, expects_continue, upgrades, is_bound, client }
    }

    /// Whether it may be sent again.
    pub(super) fn repeatable(&self) -> Repeatable {
        let is_bodiless = self.framing == BodyFraming::Empty && !self.upgrades && !self.is_bound;
        if is_bodiless && self.head.is_idempotent() { Repeatable::Yes } else { Repeatable::No }
    }

    /// How its body is written.
    pub(super) fn encoding(&self) -> BodyEncoding {
        match self.framing {
            BodyFraming::Chunked => BodyEncoding::Chunked,
            BodyFraming::Empty | BodyFraming::Length(_) | BodyFraming::UntilClose => BodyEncoding::Plain,
        }
    }
}

pub(super) fn set_framing(fields: &mut HttpFields, framing: BodyFraming) {
    match framing {
        BodyFraming::Length(length) => fields.set("Content-Length", length.to_string()),
        BodyFraming::Chunked => {
            fields.remove("content-length");
            fields.push("Transfer-Encoding", "chunked");
        }
        BodyFraming::Empty | BodyFraming::UntilClose => fields.remove("content-length"),
    }
}

pub(super) fn keep_upgrade(fields: &mut HttpFields, upgrade: Option<Bytes>) {
    if let Some(protocol) = upgrade {
        fields.push("Connection", "Upgrade");
        fields.push("Upgrade", protocol);
    }
}

/// Whether a login applies to the connection, and so to every later request on it (RFC 4559, section 6).
fn is_connection_login(authorization: &[u8]) -> bool {
    let scheme = authorization.split(|byte| *byte == b' ').next().unwrap_or_default();
    [&b"ntlm"[..], b"negotiate"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// The `host[:port]` of a request in absolute form, and the target in the form for the origin.
pub(super) fn place(head: &RequestHead) -> Result<(String, Bytes), LocalResponse> {
    let target = &head.target;
    if target.starts_with(b"/") {
        return Err(LocalResponse::not_a_website());
    }
    let behind_scheme = target.get(..7).filter(|start| start.eq_ignore_ascii_case(b"http://")).map(|start| start.len());
    let rest = behind_scheme.map(|length| target.slice(length..)).ok_or_else(LocalResponse::bad_target)?;
    let end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
    let authority = std::str::from_utf8(&rest[..end]).map_err(|_| LocalResponse::bad_target())?;
    let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host).to_owned();
    // A fragment is not sent (RFC 9110, section 4.2.5).
    let fragment = rest.iter().position(|byte| *byte == b'#').unwrap_or(rest.len());
    let path = rest.slice(end.min(fragment)..fragment);
    let path = match path.first() {
        Some(b'/') => path,
        Some(_) => [b"/", &path[..]].concat().into(),
        // RFC 9112, section 3.2.4.
        None if &*head.method == "OPTIONS" => Bytes::from_static(b"*"),
        None => Bytes::from_static(b"/"),
    };
    Ok((host, path))
}

/// Decrements `Max-Forwards`; true if this proxy must respond itself (RFC 9110, section 7.6.2).
pub(super) fn count_forwards(head: &mut RequestHead) -> bool {
    if !matches!(&*head.method, "OPTIONS" | "TRACE") {
        return false;
    }
    let value = head.fields.get("max-forwards").and_then(|value| std::str::from_utf8(value).ok());
    match value.and_then(|text| text.parse::<u32>().ok()) {
        Some(0) => true,
        Some(left) => {
            head.fields.set("Max-Forwards", (left - 1).to_string());
            false
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> RequestHead {
        RequestHead::parse(&Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    fn placed(method: &str, target: &str) -> Option<(String, String)> {
        let place = place(&head(&format!("{method} {target} HTTP/1.1\r\n\r\n"))).ok()?;
        Some((place.0, String::from_utf8(place.1.to_vec()).unwrap()))
    }

    #[test]
    fn the_target_is_split_where_its_host_ends() {
        let pair = |host: &str, path: &str| Some((host.to_owned(), path.to_owned()));
        assert_eq!(placed("GET", "http://a.test:8/x?y=<{`|\"ü"), pair("a.test:8", "/x?y=<{`|\"ü"));
        assert_eq!(placed("GET", "HTTP://u:p@a.test?x"), pair("a.test", "/?x"));
        assert_eq!(placed("GET", "http://a.test/x#f"), pair("a.test", "/x"));
        assert_eq!(placed("GET", "http://a.test#f"), pair("a.test", "/"));
        assert_eq!(placed("OPTIONS", "http://a.test"), pair("a.test", "*"));
        assert_eq!(placed("OPTIONS", "http://a.test/"), pair("a.test", "/"));
        for target in ["/", "*", "a.test:80", "https://a.test/", "http:/a.test", "ftp://a.test/"] {
            assert_eq!(placed("GET", target), None, "{target}");
        }
    }

    #[test]
    fn max_forwards_is_decremented() {
        let count = |method: &str, value: &str| {
            let mut head = head(&format!("{method} http://a/ HTTP/1.1\r\nMax-Forwards: {value}\r\n\r\n"));
            let answers = count_forwards(&mut head);
            (answers, String::from_utf8(head.fields.get("max-forwards").unwrap().to_vec()).unwrap())
        };
        assert_eq!(count("OPTIONS", "0"), (true, "0".into()));
        assert_eq!(count("TRACE", "3"), (false, "2".into()));
        assert_eq!(count("GET", "0"), (false, "0".into()));
        assert_eq!(count("TRACE", "x"), (false, "x".into()));
    }

    #[test]
    fn keep_alive_follows_the_http_version() {
        let keeps = |version: &str, fields: &str| {
            ClientTerms::of(&head(&format!("GET http://a/ {version}\r\n{fields}\r\n"))).keeps_alive
        };
        assert!(keeps("HTTP/1.1", "") && !keeps("HTTP/1.1", "Connection: x, Close\r\n"));
        assert!(!keeps("HTTP/1.0", "") && keeps("HTTP/1.0", "Proxy-Connection: keep-alive\r\n"));
    }
}
