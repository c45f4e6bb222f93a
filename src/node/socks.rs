//! What a client of the member's port says before its payload: SOCKS5 (RFC 1928) with user name and
//! password (RFC 1929).
//!
//! No input or output here: bytes go in, answers come out. So greeting, login and request may come
//! one by one or all in one piece (the gateway does that, which saves two round trips), and what
//! follows the request stays in the input as payload.

use std::io::Cursor;
use std::net::{Ipv4Addr, SocketAddr};

use shadowsocks::relay::socks5::{Address, Reply, TcpResponseHeader};

use crate::model::Login;
use crate::model::socks5::{self, CONNECT, IPV4, IPV6, LOGIN_VERSION, NAME, UDP_ASSOCIATE, VERSION};

/// All three messages at their longest: 257 + 513 + 262 bytes. More without a request is no SOCKS.
pub(super) const LONGEST: usize = 1032;

/// What a client asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Request {
    /// A TCP connection.
    Connect(Address),
    /// A UDP relay, for datagrams from the address named here (or any, if it is all zeroes).
    Associate(Address),
}

/// How far a client has come.
#[derive(Debug, PartialEq)]
pub(super) enum Progress {
    /// More bytes are needed; before waiting for them the answers so far must go out.
    NeedsMore,
    /// The client has said what it wants, and may have it.
    Asked(Request),
    /// No further: send the answers so far and close.
    Refused,
}

/// A handshake on its way.
pub(super) struct Handshake<'a> {
    login: &'a Login,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    Greeting,
    Login,
    Request,
}

impl<'a> Handshake<'a> {
    pub(super) fn new(login: &'a Login) -> Self {
        Self { login, stage: Stage::Greeting }
    }

    /// Takes complete messages from the front of `input` and appends the answers to `answers`.
    pub(super) fn advance(&mut self, input: &mut Vec<u8>, answers: &mut Vec<u8>) -> Progress {
        loop {
            let Some(length) = message_length(self.stage, input) else {
                return if input.len() < LONGEST { Progress::NeedsMore } else { Progress::Refused };
            };
            let message: Vec<u8> = input.drain(..length).collect();
            match self.stage {
                Stage::Greeting => {
                    let [version, _count, methods @ ..] = &*message else { return Progress::Refused };
                    if *version != VERSION {
                        return Progress::Refused;
                    }
                    if !methods.contains(&socks5::PASSWORD) {
                        answers.extend([VERSION, socks5::NO_METHOD]);
                        return Progress::Refused;
                    }
                    answers.extend([VERSION, socks5::PASSWORD]);
                    self.stage = Stage::Login;
                }
                Stage::Login => {
                    let welcome = is_login(&message, self.login);
                    answers.extend([LOGIN_VERSION, u8::from(!welcome)]);
                    if !welcome {
                        return Progress::Refused;
                    }
                    self.stage = Stage::Request;
                }
                Stage::Request => {
                    return match request(&message) {
                        Ok(request) => Progress::Asked(request),
                        Err(reply) => {
                            append_reply(answers, reply, UNSPECIFIED);
                            Progress::Refused
                        }
                    };
                }
            }
        }
    }
}

/// The bound address of a reply that has none to tell.
pub(super) const UNSPECIFIED: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Appends the answer to a request.
pub(super) fn append_reply(answers: &mut Vec<u8>, reply: Reply, bound: SocketAddr) {
    TcpResponseHeader::new(reply, Address::SocketAddress(bound)).write_to_buf(answers);
}

/// A SOCKS address at the front of `bytes` and the number of bytes it takes; `None` where it is
/// incomplete or makes no sense.
pub(super) fn address(bytes: &[u8]) -> Option<(Address, usize)> {
    let length = address_length(bytes)?;
    // The crate's parser may only be given a whole address.
    let mut whole = Cursor::new(bytes.get(..length)?);
    Some((Address::read_cursor(&mut whole).ok()?, length))
}

/// The length of the message at the front of `input`, once all of it is there. A message of an
/// impossible kind counts as whole, so that it is refused at once.
fn message_length(stage: Stage, input: &[u8]) -> Option<usize> {
    let length = match stage {
        Stage::Greeting => {
            if *input.first()? != VERSION {
                return Some(1);
            }
            2 + usize::from(*input.get(1)?)
        }
        Stage::Login => {
            if *input.first()? != LOGIN_VERSION {
                return Some(1);
            }
            let user = usize::from(*input.get(1)?);
            3 + user + usize::from(*input.get(2 + user)?)
        }
        Stage::Request => {
            if *input.first()? != VERSION {
                return Some(1);
            }
            match *input.get(3)? {
                IPV4 | IPV6 | NAME => 3 + address_length(&input[3..])?,
                _unknown => 4,
            }
        }
    };
    (length <= input.len()).then_some(length)
}

/// The length of an address with its kind before it and its port behind.
fn address_length(bytes: &[u8]) -> Option<usize> {
    let (kind, rest) = bytes.split_first()?;
    Some(1 + socks5::address_length(*kind, rest)? + 2)
}

fn is_login(message: &[u8], login: &Login) -> bool {
    let Some((&[LOGIN_VERSION, user_length], rest)) = message.split_at_checked(2).and_then(|(head, rest)| {
        let head: &[u8; 2] = head.try_into().ok()?;
        Some((head, rest))
    }) else {
        return false;
    };
    let Some((user, rest)) = rest.split_at_checked(usize::from(user_length)) else { return false };
    let Some((_length, password)) = rest.split_first() else { return false };
    // Both are compared always: the time says nothing about which was wrong.
    (user == login.user.as_bytes()) & login.password.matches(password)
}

fn request(message: &[u8]) -> Result<Request, Reply> {
    let [VERSION, command, _reserved, rest @ ..] = message else {
        return Err(Reply::GeneralFailure);
    };
    let (address, _) = address(rest).ok_or(Reply::AddressTypeNotSupported)?;
    match *command {
        CONNECT => Ok(Request::Connect(address)),
        UDP_ASSOCIATE => Ok(Request::Associate(address)),
        _bind_or_unknown => Err(Reply::CommandNotSupported),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn login() -> Login {
        Login { user: "u".into(), password: "pw".into() }
    }

    const HELLO: &[u8] = &[5, 1, 2];
    const LOGIN: &[u8] = b"\x01\x01u\x02pw";
    const ASK: &[u8] = b"\x05\x01\x00\x03\x09localhost\x00\x50";

    #[test]
    fn everything_in_one_piece_leaves_the_payload() {
        let mut input = [HELLO, LOGIN, ASK, b"GET /"].concat();
        let mut answers = Vec::new();
        let progress = Handshake::new(&login()).advance(&mut input, &mut answers);
        let target = Address::DomainNameAddress("localhost".into(), 80);
        assert_eq!(progress, Progress::Asked(Request::Connect(target)));
        assert_eq!(answers, [5, 2, 1, 0]);
        assert_eq!(input, b"GET /");
    }

    #[test]
    fn byte_by_byte_comes_to_the_same() {
        let login = login();
        let mut handshake = Handshake::new(&login);
        let (mut input, mut answers) = (Vec::new(), Vec::new());
        let all = [HELLO, LOGIN, ASK].concat();
        for (index, byte) in all.iter().enumerate() {
            input.push(*byte);
            let progress = handshake.advance(&mut input, &mut answers);
            assert_eq!(progress == Progress::NeedsMore, index + 1 < all.len(), "after byte {index}");
        }
        assert_eq!(answers, [5, 2, 1, 0]);
    }

    #[test]
    fn refusals_say_why() {
        let check = |messages: &[&[u8]], expected: &[u8]| {
            let (mut input, mut answers) = (messages.concat(), Vec::new());
            let progress = Handshake::new(&login()).advance(&mut input, &mut answers);
            assert_eq!((progress, &*answers), (Progress::Refused, expected));
        };
        check(&[b"GET / HTTP/1.1\r\n"], &[]);
        check(&[&[5, 1, 0]], &[5, 255]);
        check(&[HELLO, b"\x01\x01u\x02px"], &[5, 2, 1, 1]);
        check(&[HELLO, b"\x01\x01x\x02pw"], &[5, 2, 1, 1]);
        check(&[HELLO, b"\x01\x00\x00"], &[5, 2, 1, 1]);
        let reply = |code| [&[5, 2, 1, 0][..], &[5, code, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
        check(&[HELLO, LOGIN, &[5, 2, 0, 1, 1, 2, 3, 4, 0, 80]], &reply(7));
        check(&[HELLO, LOGIN, &[5, 1, 0, 9]], &reply(8));
        check(&[HELLO, LOGIN, &[5, 1, 0, 3, 1, 0xff, 0, 80]], &reply(8));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(tail in prop::collection::vec(any::<u8>(), 0..600), skip in 0usize..3) {
            let mut input = [&[HELLO, LOGIN][..skip.min(2)].concat(), &*tail].concat();
            let before = input.len();
            let mut answers = Vec::new();
            Handshake::new(&login()).advance(&mut input, &mut answers);
            prop_assert!(input.len() <= before);
            address(&tail);
        }
    }
}
