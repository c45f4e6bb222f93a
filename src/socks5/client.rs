//! The client's side of a handshake: it offers only the authentication method that is needed.

use super::address::{address_length, parse_address, write_address};
use super::{LOGIN_VERSION, METHOD_NONE, METHOD_PASSWORD, ReplyCode, SocksCommand, VERSION};
use crate::model::{Handshake, Login, Target};

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The server's response is not SOCKS5.
    #[error("the answer is not SOCKS5")]
    NotSocks5,
    /// The server rejects the login, or requires one that is not configured.
    #[error("login refused")]
    LoginRefused,
    /// The server replied to the request with this code.
    #[error("{0}")]
    Refused(ReplyCode),
}

/// The next step of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientStep {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Receive exactly this many bytes, and pass them in. Further ones are not part of the handshake.
    Receive(usize),
    /// The request was granted, and is bound to this address if the server gave a usable one.
    Done(Option<Target>),
}

/// A handshake with a server.
pub struct ClientHandshake<'a> {
    login: Option<&'a Login>,
    command: SocksCommand,
    target: &'a Target,
    pace: Handshake,
    state: ClientState,
    received: Vec<u8>,
}

/// The expected message.
#[derive(Clone, Copy)]
enum ClientState {
    Greet,
    AwaitMethod,
    AwaitLogin,
    AwaitReply,
}

/// `05 | method`, and `01 | status`.
const SHORT_RESPONSE: usize = 2;
/// The part of a reply that is read first: `05 | code | 00 | address type`.
const REPLY_HEAD: usize = 4;

impl<'a> ClientHandshake<'a> {
    /// A handshake that requests `command` for `target`; `pace` determines when messages are sent.
    pub fn new(pace: Handshake, login: Option<&'a Login>, command: SocksCommand, target: &'a Target) -> Self {
        Self { login, command, target, pace, state: ClientState::Greet, received: Vec::new() }
    }

    /// The first bytes to send; the first step, for callers that have none to pass in.
    pub fn begin(&mut self) -> Vec<u8> {
        self.state = ClientState::AwaitMethod;
        self.greeting()
    }

    /// The next step, given the received bytes: those requested by the last step, or none.
    ///
    /// # Errors
    /// The server refused, or does not speak SOCKS5.
    pub fn advance(&mut self, received: &[u8]) -> Result<ClientStep, HandshakeError> {
        self.received.extend(received);
        loop {
            match self.state {
                ClientState::Greet => return Ok(ClientStep::Send(self.begin())),
                ClientState::AwaitMethod => {
                    let Some([version, method]) = self.take_short_response() else { return Ok(self.receive()) };
                    if version != VERSION {
                        return Err(HandshakeError::NotSocks5);
                    }
                    if method != self.method() {
                        return Err(HandshakeError::LoginRefused);
                    }
                    self.state = if self.login.is_some() { ClientState::AwaitLogin } else { ClientState::AwaitReply };
                    if self.pace == Handshake::Stepwise {
                        let next = if self.login.is_some() { self.credentials() } else { self.request() };
                        return Ok(ClientStep::Send(next));
                    }
                }
                ClientState::AwaitLogin => {
                    let Some([_version, status]) = self.take_short_response() else { return Ok(self.receive()) };
                    if status != 0 {
                        return Err(HandshakeError::LoginRefused);
                    }
                    self.state = ClientState::AwaitReply;
                    if self.pace == Handshake::Stepwise {
                        return Ok(ClientStep::Send(self.request()));
                    }
                }
                ClientState::AwaitReply => return self.read_reply(),
            }
        }
    }

    /// Requests the minimum length of the expected responses.
    fn receive(&self) -> ClientStep {
        let is_pipelined = self.pace == Handshake::Pipelined;
        let login = if self.login.is_some() { SHORT_RESPONSE } else { 0 };
        let due = match self.state {
            ClientState::AwaitMethod if is_pipelined => SHORT_RESPONSE + login + REPLY_HEAD,
            ClientState::AwaitLogin if is_pipelined => SHORT_RESPONSE + REPLY_HEAD,
            ClientState::Greet | ClientState::AwaitMethod | ClientState::AwaitLogin => SHORT_RESPONSE,
            ClientState::AwaitReply => REPLY_HEAD,
        };
        ClientStep::Receive(due - self.received.len())
    }

    fn take_short_response(&mut self) -> Option<[u8; SHORT_RESPONSE]> {
        let answer = *self.received.first_chunk()?;
        self.received.drain(..SHORT_RESPONSE);
        Some(answer)
    }

    fn read_reply(&self) -> Result<ClientStep, HandshakeError> {
        let [version, code, _reserved, address @ ..] = &*self.received else { return Ok(self.receive()) };
        if *version != VERSION {
            return Err(HandshakeError::NotSocks5);
        }
        let code = ReplyCode(*code);
        if code != ReplyCode::SUCCEEDED {
            return Err(HandshakeError::Refused(code));
        }
        if address.is_empty() {
            return Ok(self.receive());
        }
        let Some(length) = address_length(address).map_err(|_| HandshakeError::NotSocks5)? else {
            return Ok(ClientStep::Receive(1));
        };
        match length.saturating_sub(address.len()) {
            0 => Ok(ClientStep::Done(parse_address(address).ok().flatten().map(|(bound, _)| bound))),
            missing => Ok(ClientStep::Receive(missing)),
        }
    }

    fn method(&self) -> u8 {
        if self.login.is_some() { METHOD_PASSWORD } else { METHOD_NONE }
    }

    /// The greeting, and all other messages if they need not wait for a response.
    fn greeting(&self) -> Vec<u8> {
        let mut message = vec![VERSION, 1, self.method()];
        match self.pace {
            Handshake::Pipelined => {
                message.extend(self.credentials());
                message.extend(self.request());
            }
            Handshake::Stepwise => {}
        }
        message
    }

    fn credentials(&self) -> Vec<u8> {
        let Some(login) = self.login else { return Vec::new() };
        let mut message = vec![LOGIN_VERSION];
        for text in [login.user.as_bytes(), login.password.expose().as_bytes()] {
            // Neither can be longer than its length byte allows (RFC 1929, section 2).
            let text = &text[..text.len().min(usize::from(u8::MAX))];
            message.push(text.len() as u8);
            message.extend(text);
        }
        message
    }

    fn request(&self) -> Vec<u8> {
        let mut message = vec![VERSION, self.command as u8, 0];
        write_address(&mut message, self.target);
        message
    }
}
