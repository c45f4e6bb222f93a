//! The first head of an HTTP client (RFC 9112).
//!
//! A valid `CONNECT`, which is what browsers mostly send, is handled here without the machinery for
//! HTTP. Everything else that is well-formed goes on to `forward`, together with the head that was read
//! here; so the time limit for an incomplete head is applied here already.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::error_response::ErrorResponse;
use super::reader::{Parsed, Reader};
use super::{Accepted, Rejected, TunnelProtocol, authority};
use crate::gateway::open::ConnectRequest;
use crate::model::Login;

/// Longest head in bytes; most servers have the same limit.
pub(in crate::gateway) const HEAD_LIMIT: usize = 16 * 1024;
/// Most header fields in a head.
const FIELDS: usize = 100;

/// Serves the handshake of a client whose first byte was a letter.
pub(super) async fn accept(mut reader: Reader, login: Option<&Login>) -> Result<Accepted, Rejected> {
    match reader.next(HEAD_LIMIT, |seen| head(seen, login)).await {
        Ok(Head::Tunnel(request)) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Tunnel { client, request, early, protocol: TunnelProtocol::Http })
        }
        Ok(Head::Other) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Http { client, early })
        }
        Err(reason @ Rejected::Malformed) => {
            Err(reader.turn_away(&ErrorResponse::malformed().to_bytes(), reason).await)
        }
        Err(reason @ Rejected::TooLong) => Err(reader.turn_away(&ErrorResponse::too_long().to_bytes(), reason).await),
        Err(reason) => Err(reason),
    }
}

/// The user name in a client's `Proxy-Authorization`, by which connections are kept apart. None where
/// a login is required: then all clients are one user.
///
/// # Errors
/// A login is required, and this is not it.
pub(in crate::gateway) fn client_user(
    authorization: Option<&[u8]>,
    login: Option<&Login>,
) -> Result<Option<Box<str>>, Rejected> {
    let given = authorization.and_then(basic);
    match (login, given) {
        (Some(login), Some((user, password))) if login.matches(user.as_bytes(), password.as_bytes()) => Ok(None),
        (Some(_), _) => Err(Rejected::Login),
        (None, Some((user, _))) if !user.is_empty() => Ok(Some(user.into())),
        (None, _) => Ok(None),
    }
}

enum Head {
    Tunnel(ConnectRequest),
    /// Complete, for `forward`.
    Other,
}

fn head(seen: &[u8], login: Option<&Login>) -> Parsed<Head> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(seen) {
        Ok(httparse::Status::Complete(length)) if length > HEAD_LIMIT => return Err(Rejected::TooLong),
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Rejected::TooLong),
        Err(_) => return Err(Rejected::Malformed),
    };
    let tunnel = request.method.filter(|method| *method == "CONNECT").and(request.path);
    let target = tunnel.and_then(|path| authority::split(path, None));
    let authorization = request.headers.iter().find(|field| field.name.eq_ignore_ascii_case("proxy-authorization"));
    let user = client_user(authorization.map(|field| field.value), login);
    match (target, user) {
        (Some(target), Ok(user)) => Ok(Some((Head::Tunnel(ConnectRequest { target, user }), length))),
        // Nothing is taken: the head is read once more there, and answered in HTTP.
        (_, _) => Ok(Some((Head::Other, 0))),
    }
}

/// User name and password of the scheme Basic (RFC 7617).
fn basic(authorization: &[u8]) -> Option<(String, String)> {
    let (scheme, token) = authorization.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let plain = String::from_utf8(BASE64_STANDARD.decode(token.trim_ascii()).ok()?).ok()?;
    let (user, password) = plain.split_once(':')?;
    Some((user.into(), password.into()))
}

/// Every parser of this file.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8], login: Option<&Login>) {
    let _read = (head(bytes, login).is_ok(), client_user(Some(bytes), login).is_ok());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONNECT: &[u8] =
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n";

    fn wanted(seen: &[u8], login: Option<&Login>) -> Option<(ConnectRequest, usize)> {
        match head(seen, login).unwrap().unwrap() {
            (Head::Tunnel(wanted), used) => Some((wanted, used)),
            (Head::Other, _) => None,
        }
    }

    #[test]
    fn a_connect_is_understood_whatever_comes_behind() {
        let early = [CONNECT, b"\x16\x03\x01"].concat();
        let (wanted, used) = wanted(&early, None).unwrap();
        assert_eq!((wanted.target.to_string(), used), ("a.example:443".into(), CONNECT.len()));
        assert_eq!(wanted.user.as_deref(), Some("me"));
    }

    #[test]
    fn only_the_right_login_takes_the_short_way() {
        let login = |password: &str| Login { user: "me".into(), password: password.into() };
        assert!(wanted(CONNECT, Some(&login("pw"))).is_some());
        assert!(wanted(CONNECT, Some(&login("no"))).is_none());
        assert!(wanted(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n", Some(&login("pw"))).is_none());
    }

    #[test]
    fn other_heads_go_on_whole() {
        assert!(wanted(b"GET http://a/ HTTP/1.1\r\n\r\n", None).is_none());
        assert!(wanted(b"CONNECT a.example HTTP/1.1\r\n\r\n", None).is_none());
        assert!(head(b"GARBAGE\r\n\r\n", None).is_err());
        assert!(head(b"PRI * HTTP/2.0\r\n\r\n", None).is_err());
    }

    proptest! {
        #[test]
        fn cuts_make_no_difference(cut in 0..CONNECT.len()) {
            prop_assert!(head(&CONNECT[..cut], None).unwrap().is_none());
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), fits: bool) {
            let start = if fits { &b"CONNECT a:1 HTTP/1.1\r\n"[..] } else { b"" };
            if let Ok(Some((_, used))) = head(&[start, &bytes].concat(), None) {
                prop_assert!(used <= start.len() + bytes.len());
            }
        }

        #[test]
        fn any_authorization_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _user = basic(&[b"Basic ", &bytes[..]].concat());
            let _user = basic(&bytes);
        }
    }
}
