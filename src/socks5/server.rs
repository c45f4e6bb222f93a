//! The server's side of a handshake: greeting, login, request.
//!
//! A client may send its messages one by one or all at once, followed by payload; bytes after the handshake are left in
//! the input.

use std::net::SocketAddr;

use super::address::{self, AddressError, parse_address};
use super::{
    LOGIN_VERSION, METHOD_NONE, METHOD_NOT_ACCEPTABLE, METHOD_PASSWORD, ReplyCode, SocksCommand, VERSION, write_reply,
};
use crate::model::{Login, Target};

/// A client's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocksRequest {
    /// A TCP connection.
    Connect(Target),
    /// A UDP relay, and the address that the client announces to send from, if it is an IP address.
    UdpAssociate(Option<SocketAddr>),
}

/// The next step of the caller, after it has sent the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerStep {
    /// Read more from the client.
    ReadMore,
    /// Serve the request of the client with this user name, and reply with [`write_reply`].
    Serve(SocksRequest, Option<Box<str>>),
    /// Close.
    Close(HandshakeRefusal),
}

/// Why a client was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeRefusal {
    /// It does not speak SOCKS5.
    Malformed,
    /// It does not offer password authentication.
    NoLogin,
    /// Its login is wrong.
    WrongLogin,
    /// It requests an unsupported command or address type.
    Unsupported,
}

/// A handshake with a client.
///
/// If the server has no login, it accepts any user name, which isolates connections from one another, as in Tor.
pub struct ServerHandshake<'a> {
    login: Option<&'a Login>,
    others: &'a [Box<str>],
    user: Option<Box<str>>,
    expected: Expected,
}

/// The next expected message.
#[derive(Clone, Copy)]
enum Expected {
    Greeting,
    Login,
    Request,
}

/// A message and its length; none while it is incomplete.
type ParsedMessage<T> = Result<Option<(T, usize)>, HandshakeRefusal>;

impl<'a> ServerHandshake<'a> {
    /// A handshake with a client that must send this login.
    pub fn new(login: Option<&'a Login>) -> Self {
        Self { login, others: &[], user: None, expected: Expected::Greeting }
    }

    /// The same; these users may log in too, with the same password.
    pub fn with_others(self, others: &'a [Box<str>]) -> Self {
        Self { others, ..self }
    }

    /// Parses the messages at the front of `input`, appends the responses to `output`, and returns how many bytes of
    /// the input were consumed. The caller passes the rest of an incomplete message in again, with more.
    pub fn advance(&mut self, input: &[u8], output: &mut Vec<u8>) -> (usize, ServerStep) {
        let mut used = 0;
        loop {
            let rest = &input[used..];
            let advanced = match self.expected {
                Expected::Greeting => self.greeted(rest, output),
                Expected::Login => self.logged_in(rest, output),
                Expected::Request => match request(rest, output) {
                    Ok(Some((request, length))) => {
                        return (used + length, ServerStep::Serve(request, self.user.take()));
                    }
                    Ok(None) => Ok(None),
                    Err(refusal) => Err(refusal),
                },
            };
            match advanced {
                Ok(Some(length)) => used += length,
                Ok(None) => return (used, ServerStep::ReadMore),
                Err(refusal) => return (used, ServerStep::Close(refusal)),
            }
        }
    }

    fn greeted(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Option<usize>, HandshakeRefusal> {
        let Some((methods, length)) = greeting(input)? else { return Ok(None) };
        if methods.contains(&METHOD_PASSWORD) {
            output.extend([VERSION, METHOD_PASSWORD]);
            self.expected = Expected::Login;
        } else if methods.contains(&METHOD_NONE) && self.login.is_none() {
            output.extend([VERSION, METHOD_NONE]);
            self.expected = Expected::Request;
        } else {
            output.extend([VERSION, METHOD_NOT_ACCEPTABLE]);
            return Err(HandshakeRefusal::NoLogin);
        }
        Ok(Some(length))
    }

    fn logged_in(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Option<usize>, HandshakeRefusal> {
        let Some(((user, password), length)) = credentials(input)? else { return Ok(None) };
        match self.login.map(|login| login.admits(user, password, self.others)) {
            Some(None) => {
                output.extend([LOGIN_VERSION, 1]);
                return Err(HandshakeRefusal::WrongLogin);
            }
            Some(Some(user)) => self.user = user.map(Into::into),
            None => self.user = (!user.is_empty()).then(|| String::from_utf8_lossy(user).into()),
        }
        output.extend([LOGIN_VERSION, 0]);
        self.expected = Expected::Request;
        Ok(Some(length))
    }
}

/// `05 | count | methods`
fn greeting(input: &[u8]) -> ParsedMessage<&[u8]> {
    let Some(rest) = behind_version(input, VERSION)? else { return Ok(None) };
    Ok(counted(rest).map(|(methods, _)| (methods, 2 + methods.len())))
}

/// `01 | length | user name | length | password`
fn credentials(input: &[u8]) -> ParsedMessage<(&[u8], &[u8])> {
    let Some(rest) = behind_version(input, LOGIN_VERSION)? else { return Ok(None) };
    let Some((user, rest)) = counted(rest) else { return Ok(None) };
    let Some((password, _)) = counted(rest) else { return Ok(None) };
    Ok(Some(((user, password), 3 + user.len() + password.len())))
}

/// `05 | command | 00 | address`; appends the reply if the request is refused.
fn request(input: &[u8], output: &mut Vec<u8>) -> ParsedMessage<SocksRequest> {
    let Some(rest) = behind_version(input, VERSION)? else { return Ok(None) };
    let [command, _reserved, rest @ ..] = rest else { return Ok(None) };
    let mut refuse = |code, refusal| {
        write_reply(output, code, SocketAddr::from(([0; 4], 0)));
        Err(refusal)
    };
    let Ok(length) = address::address_length(rest) else {
        return refuse(ReplyCode::ADDRESS_TYPE_NOT_SUPPORTED, HandshakeRefusal::Unsupported);
    };
    let Some(length) = length.filter(|length| *length <= rest.len()) else { return Ok(None) };
    let target = parse_address(rest).map(|parsed| parsed.map(|(target, _)| target));
    const CONNECT: u8 = SocksCommand::Connect as u8;
    const UDP_ASSOCIATE: u8 = SocksCommand::UdpAssociate as u8;
    let request = match (*command, target) {
        (CONNECT, Ok(Some(target))) => SocksRequest::Connect(target),
        (CONNECT, Err(AddressError::NotUtf8 | AddressError::UnknownType)) => {
            return refuse(ReplyCode::ADDRESS_TYPE_NOT_SUPPORTED, HandshakeRefusal::Unsupported);
        }
        (CONNECT, Ok(None) | Err(AddressError::InvalidName)) => {
            return refuse(ReplyCode::GENERAL_FAILURE, HandshakeRefusal::Malformed);
        }
        (UDP_ASSOCIATE, Ok(Some(Target::Address(addr)))) => SocksRequest::UdpAssociate(Some(addr)),
        (UDP_ASSOCIATE, Ok(Some(Target::Name(..)) | None) | Err(_)) => SocksRequest::UdpAssociate(None),
        (_other, _) => return refuse(ReplyCode::COMMAND_NOT_SUPPORTED, HandshakeRefusal::Unsupported),
    };
    Ok(Some((request, 3 + length)))
}

/// The bytes after the version, which must be this one; none if nothing has arrived.
fn behind_version(input: &[u8], version: u8) -> Result<Option<&[u8]>, HandshakeRefusal> {
    match input.split_first() {
        Some((first, rest)) if *first == version => Ok(Some(rest)),
        Some(_) => Err(HandshakeRefusal::Malformed),
        None => Ok(None),
    }
}

/// A length byte and that many bytes, and the bytes after them.
fn counted(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = input.split_first()?;
    rest.split_at_checked(usize::from(*length))
}
