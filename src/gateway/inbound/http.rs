//! The first head of an HTTP client (RFC 9112).
//!
//! A `CONNECT` with everything right is understood here without the HTTP machinery, since that is
//! what browsers mostly send. Whatever else is well-formed goes on to `forward`, with the head read
//! here in front: so the time for half a head is up here already.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::answer::Answer;
use super::reader::{Parsed, Reader};
use super::{Accepted, Rejected, Replier, authority, socks5};
use crate::gateway::open::ConnectRequest;
use crate::model::Login;

/// Bytes that a head may have; it is what most servers take.
pub(in crate::gateway) const HEAD_LIMIT: usize = 16 * 1024;
/// Header fields that a head may have.
const FIELDS: usize = 100;

/// Speaks with a client that has opened with a letter.
pub(super) async fn accept(mut reader: Reader, login: Option<&Login>) -> Result<Accepted, Rejected> {
    match reader.next(HEAD_LIMIT, |seen| head(seen, login)).await {
        Ok(Head::Tunnel(request)) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Tunnel { client, request, early, replier: Replier::Http })
        }
        Ok(Head::Other) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Http { client, early })
        }
        Err(reason @ Rejected::Malformed) => Err(reader.turn_away(&Answer::malformed().to_bytes(), reason).await),
        Err(reason @ Rejected::TooLong) => Err(reader.turn_away(&Answer::too_long().to_bytes(), reason).await),
        Err(reason) => Err(reason),
    }
}

/// Who a client is by its `Proxy-Authorization`: the user name to keep apart by, if it may pass.
/// Without a login of our own everybody may, as with SOCKS5.
///
/// # Errors
/// A login is asked for, and this is not it.
pub(in crate::gateway) fn client_user(
    authorization: Option<&[u8]>,
    login: Option<&Login>,
) -> Result<Option<Box<str>>, Rejected> {
    let given = authorization.and_then(basic);
    match (login, given) {
        (Some(login), Some((user, password))) if socks5::login_matches(login, user.as_bytes(), password.as_bytes()) => {
            Ok(None)
        }
        (Some(_), _) => Err(Rejected::Login),
        (None, Some((user, _))) if !user.is_empty() => Ok(Some(user.into())),
        (None, _) => Ok(None),
    }
}

enum Head {
    Tunnel(ConnectRequest),
    /// Complete, but not for here.
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

/// Everything here that reads what a stranger says.
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
            (Head::Tunnel(request), used) => Some((request, used)),
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
