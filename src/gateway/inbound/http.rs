//! The first head of an HTTP client (RFC 9112).
//!
//! A valid `CONNECT`, which is what browsers mostly send, is handled here. Every other well-formed request is left to
//! `forward`, together with the head that was read here; so the time limit for an incomplete head is applied here.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;

use super::local_response::LocalResponse;
use super::reader::Reader;
use super::{Accepted, Rejected, TunnelProtocol, authority};
use crate::gateway::auth::{AuthPolicy, LoginGuard};
use crate::gateway::connect_request::ConnectRequest;
use crate::gateway::http1::{HEAD_LIMIT, MessageError, RequestHead, RequestLine, head_end};
use crate::model::Login;
use crate::model::route::PUBLIC_ONLY;

/// Serves the handshake of a client whose first byte was a letter.
pub(super) async fn accept(mut reader: Reader, policy: &AuthPolicy, guard: &LoginGuard) -> Result<Accepted, Rejected> {
    match read_head(&mut reader, policy, guard).await {
        Ok(Head::Tunnel(request)) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Tunnel { client, request, early, protocol: TunnelProtocol::Http })
        }
        Ok(Head::Other) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Http { client, early })
        }
        Err(Rejected::Malformed) => {
            Err(reader.reject(&LocalResponse::malformed().to_last_bytes(), Rejected::Malformed).await)
        }
        Err(Rejected::TooLong) => {
            Err(reader.reject(&LocalResponse::too_long().to_last_bytes(), Rejected::TooLong).await)
        }
        Err(reason) => Err(reason),
    }
}

/// Reads the first head. Bytes that arrive slowly are searched only once.
async fn read_head(reader: &mut Reader, policy: &AuthPolicy, guard: &LoginGuard) -> Result<Head, Rejected> {
    let mut searched = 0;
    loop {
        let seen = reader.seen();
        // Something that cannot be a request is refused before it is complete.
        RequestLine::parse(seen)?;
        if let Some(end) = head_end(seen, searched) {
            if policy.login.is_some() && reader.peer().is_some_and(|peer| !guard.admits(peer)) {
                return Err(Rejected::Login);
            }
            let head = head(&seen[..end], policy.login.as_ref(), &policy.doors)?;
            match &head {
                Head::Tunnel(_) => reader.consume(end),
                // Nothing is consumed: `forward` reads the head again, and responds in HTTP.
                Head::Other => {}
            }
            return Ok(head);
        }
        searched = seen.len();
        if searched >= HEAD_LIMIT {
            return Err(Rejected::TooLong);
        }
        reader.read_more().await?;
    }
}

impl From<MessageError> for Rejected {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::Malformed => Self::Malformed,
            MessageError::TooLong => Self::TooLong,
        }
    }
}

/// The user name in a client's `Proxy-Authorization`, by which connections are isolated. If a login is required, all
/// clients are one user, except those that give the name of a door.
///
/// # Errors
/// A login is required, and it is missing or wrong.
pub(in crate::gateway) fn client_user(
    authorization: Option<&[u8]>,
    login: Option<&Login>,
    doors: &[Box<str>],
) -> Result<Option<Box<str>>, Rejected> {
    let given = authorization.and_then(basic);
    match (login, given) {
        (Some(login), Some((user, password))) => {
            let admitted = login.admits(user.as_bytes(), password.as_bytes(), doors);
            admitted.map(|door| door.map(Into::into)).ok_or(Rejected::Login)
        }
        (Some(_), None) => Err(Rejected::Login),
        (None, Some((user, _))) if !user.is_empty() => Ok(Some(user.into())),
        (None, _) => Ok(None),
    }
}

enum Head {
    Tunnel(ConnectRequest),
    /// Complete, for `forward`.
    Other,
}

/// What a complete head requests.
fn head(bytes: &[u8], login: Option<&Login>, doors: &[Box<str>]) -> Result<Head, Rejected> {
    if bytes.len() > HEAD_LIMIT {
        return Err(Rejected::TooLong);
    }
    let head = RequestHead::parse(&Bytes::copy_from_slice(bytes))?;
    let has_body = ["content-length", "transfer-encoding"].iter().any(|name| head.fields.get(name).is_some());
    let authority = std::str::from_utf8(&head.target).ok().filter(|_| &*head.method == "CONNECT" && !has_body);
    let target = authority.and_then(|authority| authority::split(authority, None));
    let authorization = head.fields.get("proxy-authorization");
    let user = client_user(authorization.map(|value| &value[..]), login, doors);
    // `forward` opens those.
    let is_restricted = head.fields.get(PUBLIC_ONLY).is_some();
    match (target, user) {
        (Some(target), Ok(user)) if !is_restricted => Ok(Head::Tunnel(ConnectRequest::new(target, user))),
        (_, _) => Ok(Head::Other),
    }
}

/// User name and password of the Basic scheme (RFC 7617).
fn basic(authorization: &[u8]) -> Option<(String, String)> {
    let (scheme, token) = authorization.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let plain = String::from_utf8(BASE64_STANDARD.decode(token.trim_ascii()).ok()?).ok()?;
    let (user, password) = plain.split_once(':')?;
    Some((user.into(), password.into()))
}

/// Runs every parser of this file.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8], login: Option<&Login>) {
    let _read = (head(bytes, login, &[]).is_ok(), client_user(Some(bytes), login, &[]).is_ok());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONNECT: &[u8] =
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n";

    fn wanted(bytes: &[u8], login: Option<&Login>) -> Option<ConnectRequest> {
        match head(bytes, login, &["jp".into()]).unwrap() {
            Head::Tunnel(wanted) => Some(wanted),
            Head::Other => None,
        }
    }

    #[test]
    fn a_connect_is_parsed() {
        let wanted = wanted(CONNECT, None).unwrap();
        assert_eq!(wanted.target.to_string(), "a.example:443");
        assert_eq!(wanted.user.as_deref(), Some("me"));
    }

    #[test]
    fn only_a_correct_login_is_handled_directly() {
        let login = |password: &str| Login { user: "me".into(), password: password.into() };
        assert!(wanted(CONNECT, Some(&login("pw"))).is_some());
        assert!(wanted(CONNECT, Some(&login("no"))).is_none());
        assert!(wanted(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n", Some(&login("pw"))).is_none());
    }

    #[test]
    fn the_name_of_a_door_is_a_user_with_the_same_password() {
        let login = Login { user: "me".into(), password: "pw".into() };
        let user = |plain: &str| {
            let authorization = format!("Basic {}", BASE64_STANDARD.encode(plain));
            client_user(Some(authorization.as_bytes()), Some(&login), &["jp".into()])
        };
        assert_eq!(user("jp:pw").unwrap().as_deref(), Some("jp"));
        assert_eq!(user("me:pw"), Ok(None));
        for wrong in ["jp:no", "us:pw", "jp:", ":pw"] {
            assert_eq!(user(wrong), Err(Rejected::Login), "{wrong}");
        }
    }

    #[test]
    fn other_heads_are_handed_on_unconsumed() {
        assert!(wanted(b"GET http://a/ HTTP/1.1\r\n\r\n", None).is_none());
        assert!(wanted(b"GET http://a/\xce\xc4<`{|\" HTTP/1.1\r\n\r\n", None).is_none());
        assert!(wanted(b"CONNECT a.example HTTP/1.1\r\n\r\n", None).is_none());
        assert!(wanted(b"CONNECT a:1 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", None).is_none());
        assert!(wanted(b"CONNECT a:1 HTTP/1.1\r\nSluice-Public-Only: 1\r\n\r\n", None).is_none());
        assert!(head(b"GARBAGE\r\n\r\n", None, &[]).is_err());
        assert!(head(b"PRI * HTTP/2.0\r\n\r\n", None, &[]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), fits: bool) {
            let start = if fits { &b"CONNECT a:1 HTTP/1.1\r\n"[..] } else { b"" };
            let _read = head(&[start, &bytes].concat(), None, &[]);
        }

        #[test]
        fn no_authorization_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _user = basic(&[b"Basic ", &bytes[..]].concat());
            let _user = basic(&bytes);
        }
    }
}
