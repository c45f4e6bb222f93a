//! SOCKS5 as a server (RFC 1928) with user name and password (RFC 1929).
//!
//! Without a login of our own any user name is let in: it keeps apart connections that are not to
//! share an exit address, as with Tor. With one, nothing else is.

use super::reader::{Parsed, Reader};
use super::{Accepted, Rejected, Replier};
use crate::gateway::open::ConnectRequest;
use crate::model::socks5::{
    ADDRESS_TYPE_NOT_SUPPORTED, COMMAND_NOT_SUPPORTED, CONNECT, GENERAL_FAILURE, IPV4, IPV6, LOGIN_VERSION, NAME,
    NO_LOGIN, NO_METHOD, PASSWORD, UDP_ASSOCIATE, VERSION,
};
use crate::model::{Login, Target};

/// More than the longest message, 513 bytes of user name and password.
const LIMIT: usize = 640;

/// Speaks with a client that has opened with 5, up to its request.
pub(super) async fn accept(mut reader: Reader, login: Option<&Login>) -> Result<Accepted, Rejected> {
    let user = match reader.next(LIMIT, |seen| greeting(seen, login)).await? {
        Method::Open => {
            reader.write(&[VERSION, NO_LOGIN]).await?;
            None
        }
        Method::Password => {
            reader.write(&[VERSION, PASSWORD]).await?;
            match reader.next(LIMIT, |seen| credentials(seen, login)).await? {
                Ok(user) => {
                    reader.write(&[LOGIN_VERSION, 0]).await?;
                    user
                }
                Err(Wrong) => return Err(reader.turn_away(&[LOGIN_VERSION, 1], Rejected::Login).await),
            }
        }
        Method::None => return Err(reader.turn_away(&[VERSION, NO_METHOD], Rejected::Login).await),
    };
    match reader.next(LIMIT, request).await? {
        Request::Connect(target) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Tunnel { client, request: ConnectRequest { target, user }, early, replier: Replier::Socks5 })
        }
        Request::Associate { port } => {
            let (client, _nothing_is_sent_there) = reader.into_parts();
            Ok(Accepted::Udp { client, user, announced: (port != 0).then_some(port) })
        }
        Request::Refused(code, reason) => Err(reader.turn_away(&reply(code), reason).await),
    }
}

/// A reply without a bound address: it is the server's and not known here.
pub(super) fn reply(code: u8) -> [u8; 10] {
    [VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Open,
    Password,
    None,
}

/// `05 | count | methods`: the method to take.
fn greeting(seen: &[u8], login: Option<&Login>) -> Parsed<Method> {
    let [_version, count, rest @ ..] = seen else { return Ok(None) };
    let Some(methods) = rest.get(..usize::from(*count)) else { return Ok(None) };
    let method = if methods.contains(&PASSWORD) {
        Method::Password
    } else if methods.contains(&NO_LOGIN) && login.is_none() {
        Method::Open
    } else {
        Method::None
    };
    Ok(Some((method, 2 + methods.len())))
}

/// The user name or password is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wrong;

/// `01 | length | user name | length | password`: the user name to keep apart by, if it may pass.
fn credentials(seen: &[u8], login: Option<&Login>) -> Parsed<Result<Option<Box<str>>, Wrong>> {
    let Some((version, rest)) = seen.split_first() else { return Ok(None) };
    if *version != LOGIN_VERSION {
        return Err(Rejected::Malformed);
    }
    let Some((user, rest)) = counted(rest) else { return Ok(None) };
    let Some((password, _rest)) = counted(rest) else { return Ok(None) };
    let verdict = match login {
        Some(login) if login_matches(login, user, password) => Ok(None),
        Some(_) => Err(Wrong),
        None => Ok((!user.is_empty()).then(|| String::from_utf8_lossy(user).into())),
    };
    Ok(Some((verdict, 3 + user.len() + password.len())))
}

/// Whether these are the user name and password asked for.
pub(super) fn login_matches(login: &Login, user: &[u8], password: &[u8]) -> bool {
    // Both are looked at always, so that the time taken does not tell which one was wrong.
    (login.user.as_bytes() == user) & login.password.matches(password)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Request {
    Connect(Target),
    Associate { port: u16 },
    Refused(u8, Rejected),
}

/// `05 | command | 00 | address type | address | port`.
fn request(seen: &[u8]) -> Parsed<Request> {
    let [version, command, _reserved, kind, rest @ ..] = seen else { return Ok(None) };
    if *version != VERSION {
        return Err(Rejected::Malformed);
    }
    let (host, length) = match *kind {
        IPV4 => (rest.get(..4).map(Host::V4), 4),
        IPV6 => (rest.get(..16).map(Host::V6), 16),
        NAME => (counted(rest).map(|(name, _rest)| Host::Name(name)), 1 + rest.first().map_or(0, |&n| usize::from(n))),
        _other => {
            let refused = Request::Refused(ADDRESS_TYPE_NOT_SUPPORTED, Rejected::Unsupported);
            return Ok(Some((refused, seen.len())));
        }
    };
    let (Some(host), Some(port)) = (host, rest.get(length..length + 2)) else { return Ok(None) };
    let port = u16::from_be_bytes([port[0], port[1]]);
    let request = match (*command, host.target(port)) {
        (CONNECT, Some(target)) => Request::Connect(target),
        (CONNECT, None) => Request::Refused(GENERAL_FAILURE, Rejected::Malformed),
        (UDP_ASSOCIATE, _) => Request::Associate { port },
        (_other, _) => Request::Refused(COMMAND_NOT_SUPPORTED, Rejected::Unsupported),
    };
    Ok(Some((request, 4 + length + 2)))
}

enum Host<'a> {
    V4(&'a [u8]),
    V6(&'a [u8]),
    Name(&'a [u8]),
}

impl Host<'_> {
    fn target(self, port: u16) -> Option<Target> {
        match self {
            Self::V4(octets) => Some(Target::Address((<[u8; 4]>::try_from(octets).ok()?, port).into())),
            Self::V6(octets) => Some(Target::Address((<[u8; 16]>::try_from(octets).ok()?, port).into())),
            Self::Name(name) => named(name, port),
        }
    }
}

/// A target by name; a name that is an address becomes one.
pub(super) fn named(name: &[u8], port: u16) -> Option<Target> {
    let name = std::str::from_utf8(name).ok()?;
    // No name has them, and logs and other protocols would trip over them.
    let clean = !name.contains(|c: char| c.is_whitespace() || c.is_control());
    Target::from_host(name, port).filter(|_| clean)
}

/// A length byte and as many bytes, and what is behind them.
fn counted(seen: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = seen.split_first()?;
    rest.split_at_checked(usize::from(length))
}

/// Everything here that reads what a stranger says.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8], login: Option<&Login>) {
    let _read = (greeting(bytes, login).is_ok(), credentials(bytes, login).is_ok(), request(bytes).is_ok());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_greeting_chooses_by_what_is_offered_and_asked() {
        let login = Login { user: "me".into(), password: "pw".into() };
        let choose = |seen: &[u8], login| greeting(seen, login).unwrap().unwrap().0;
        assert_eq!(choose(&[5, 1, 0], None), Method::Open);
        assert_eq!(choose(&[5, 2, 0, 2], None), Method::Password);
        assert_eq!(choose(&[5, 1, 1], None), Method::None);
        assert_eq!(choose(&[5, 1, 0], Some(&login)), Method::None);
        assert_eq!(choose(&[5, 2, 0, 2], Some(&login)), Method::Password);
        assert_eq!(greeting(&[5, 2, 0], None), Ok(None));
    }

    #[test]
    fn credentials_pass_or_name_the_user() {
        let login = Login { user: "me".into(), password: "pw".into() };
        let judge = |seen: &[u8], login| credentials(seen, login).unwrap().unwrap().0;
        assert_eq!(judge(b"\x01\x02me\x02pw", Some(&login)), Ok(None));
        assert_eq!(judge(b"\x01\x02me\x02px", Some(&login)), Err(Wrong));
        assert_eq!(judge(b"\x01\x02ma\x02pw", Some(&login)), Err(Wrong));
        assert_eq!(judge(b"\x01\x02ab\x00", None), Ok(Some("ab".into())));
        assert_eq!(judge(b"\x01\x00\x00", None), Ok(None));
    }

    #[test]
    fn literals_in_names_become_addresses() {
        let ask = |seen: &[u8]| request(seen).unwrap().unwrap().0;
        let local = Target::Address("127.0.0.1:80".parse().unwrap());
        assert_eq!(ask(b"\x05\x01\x00\x03\x09127.0.0.1\x00\x50"), Request::Connect(local));
        let six = Target::Address("[::1]:80".parse().unwrap());
        assert_eq!(ask(b"\x05\x01\x00\x03\x03::1\x00\x50"), Request::Connect(six));
    }

    #[test]
    fn what_is_not_offered_has_its_code() {
        let code = |seen: &[u8]| match request(seen).unwrap().unwrap().0 {
            Request::Refused(code, _) => code,
            other @ (Request::Connect(_) | Request::Associate { .. }) => panic!("{other:?}"),
        };
        assert_eq!(code(&[5, 2, 0, 1, 1, 2, 3, 4, 0, 80]), COMMAND_NOT_SUPPORTED);
        assert_eq!(code(&[5, 1, 0, 9, 1]), ADDRESS_TYPE_NOT_SUPPORTED);
        assert_eq!(code(&[5, 1, 0, 3, 0, 0, 80]), GENERAL_FAILURE);
        assert_eq!(code(b"\x05\x01\x00\x03\x03a\nb\x00\x50"), GENERAL_FAILURE);
    }

    fn requests() -> impl Strategy<Value = (Vec<u8>, Request)> {
        let target = prop_oneof![
            any::<([u8; 4], u16)>().prop_map(|(ip, port)| Target::Address((ip, port).into())),
            any::<([u8; 16], u16)>().prop_map(|(ip, port)| Target::Address((ip, port).into())),
            ("[a-z][a-z.]{0,200}", any::<u16>()).prop_map(|(name, port)| Target::Name(name.into(), port)),
        ];
        target.prop_map(|target| {
            use shadowsocks::relay::socks5::{Command, TcpRequestHeader};
            let mut bytes = Vec::new();
            TcpRequestHeader::new(Command::TcpConnect, crate::gateway::dial::address(&target)).write_to_buf(&mut bytes);
            (bytes, Request::Connect(target))
        })
    }

    proptest! {
        #[test]
        fn cuts_make_no_difference((bytes, wanted) in requests(), surplus in proptest::collection::vec(any::<u8>(), 0..20)) {
            for cut in 0..bytes.len() {
                prop_assert_eq!(request(&bytes[..cut]), Ok(None));
            }
            let whole = [&bytes[..], &surplus[..]].concat();
            prop_assert_eq!(request(&whole), Ok(Some((wanted, bytes.len()))));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let taken = [
                greeting(&bytes, None).ok().flatten().map(|(_, used)| used),
                credentials(&bytes, None).ok().flatten().map(|(_, used)| used),
                request(&bytes).ok().flatten().map(|(_, used)| used),
            ];
            prop_assert!(taken.into_iter().flatten().all(|used| used <= bytes.len()));
        }
    }
}
