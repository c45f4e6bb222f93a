//! SOCKS4 and 4a clients: <https://www.openssh.org/txt/socks4.protocol>, `socks4a.protocol`.
//!
//! The protocol has no password, so it is rejected if a login is required. Its user id isolates connections like a
//! SOCKS5 user name.

use super::reader::{Parsed, Reader};
use super::{Accepted, Rejected, TunnelProtocol};
use crate::gateway::connect_request::ConnectRequest;
use crate::model::{Login, Target};
use crate::socks5::parse_host_name;

/// In bytes; a user id and a name of 255 bytes each fit.
const LIMIT: usize = 640;

pub(super) const GRANTED: u8 = 90;
pub(super) const REFUSED: u8 = 91;
/// "The user id does not match": the closest code to "login required"; curl prints it as text.
const WRONG_USER: u8 = 93;

/// Serves the handshake of a client whose first byte was 4.
pub(super) async fn accept(mut reader: Reader, login: Option<&Login>) -> Result<Accepted, Rejected> {
    let request = reader.next(LIMIT, request).await?;
    if login.is_some() {
        return Err(reader.reject(&reply(WRONG_USER), Rejected::Login).await);
    }
    match request {
        Ok(request) => {
            let (client, early) = reader.into_parts();
            Ok(Accepted::Tunnel { client, request, early, protocol: TunnelProtocol::Socks4 })
        }
        Err(reason) => Err(reader.reject(&reply(REFUSED), reason).await),
    }
}

/// A reply; clients ignore the address in it.
pub(super) fn reply(code: u8) -> [u8; 8] {
    [0, code, 0, 0, 0, 0, 0, 0]
}

/// `04 | command | port | address | user id | 00`, and in 4a, with an address 0.0.0.x, `name | 00`.
fn request(seen: &[u8]) -> Parsed<Result<ConnectRequest, Rejected>> {
    let [_version, command, high, low, a, b, c, d, rest @ ..] = seen else { return Ok(None) };
    let port = u16::from_be_bytes([*high, *low]);
    let Some(user) = terminated(rest) else { return Ok(None) };
    let mut used = 8 + user.len() + 1;
    let target = if [*a, *b, *c] == [0, 0, 0] && *d != 0 {
        let Some(name) = terminated(&rest[user.len() + 1..]) else { return Ok(None) };
        used += name.len() + 1;
        parse_host_name(name, port).ok()
    } else {
        Some(Target::Address(([*a, *b, *c, *d], port).into()))
    };
    let user = (!user.is_empty()).then(|| String::from_utf8_lossy(user).into());
    let request = match (command, target) {
        (1, Some(target)) => Ok(ConnectRequest::new(target, user)),
        (1, None) => Err(Rejected::Malformed),
        (_other, _) => Err(Rejected::Unsupported),
    };
    Ok(Some((request, used)))
}

/// The bytes before the first zero.
fn terminated(seen: &[u8]) -> Option<&[u8]> {
    seen.iter().position(|&byte| byte == 0).map(|end| &seen[..end])
}

/// Runs every parser of this file.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    let _read = request(bytes).is_ok();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_versions_are_parsed() {
        let ask = |seen: &[u8]| request(seen).unwrap().unwrap().0.unwrap();
        let plain = ask(b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00");
        assert_eq!((plain.target.to_string(), plain.user), ("127.0.0.1:80".into(), None));
        let named = ask(b"\x04\x01\x00\x50\x00\x00\x00\x01me\x00a.example\x00");
        assert_eq!((named.target.to_string(), named.user.as_deref()), ("a.example:80".into(), Some("me")));
        let bind = request(b"\x04\x02\x00\x50\x7f\x00\x00\x01\x00").unwrap().unwrap().0;
        assert_eq!(bind.unwrap_err(), Rejected::Unsupported);
    }

    proptest! {
        #[test]
        fn splits_change_nothing(user in "[a-z]{0,30}", name in "[a-z.]{1,200}x", port: u16, surplus: [u8; 5]) {
            let [high, low] = port.to_be_bytes();
            let mut bytes = vec![4, 1, high, low, 0, 0, 0, 7];
            bytes.extend([user.as_bytes(), b"\0", name.as_bytes(), b"\0"].concat());
            for cut in 0..bytes.len() {
                prop_assert!(request(&bytes[..cut]).unwrap().is_none());
            }
            let length = bytes.len();
            bytes.extend(surplus);
            let (wanted, used) = request(&bytes).unwrap().unwrap();
            prop_assert_eq!(used, length);
            prop_assert_eq!(wanted.unwrap().target, Target::Name(name.into(), port));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Ok(Some((_, used))) = request(&bytes) {
                prop_assert!(used <= bytes.len());
            }
        }
    }
}
