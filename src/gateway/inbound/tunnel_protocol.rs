//! The response to a client that requested a tunnel, in its protocol.
//!
//! It is sent only after the connection has been opened or has failed: a client can handle "connection refused", but
//! not success followed by silence.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::local_response::LocalResponse;
use super::{linger, socks4, socks5};
use crate::gateway::dial::DialError;
use crate::gateway::open::OpenError;
use crate::model::connection::ClientProtocol;
use crate::socks5::ReplyCode;

/// The protocol of a client that requested a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum TunnelProtocol {
    /// RFC 1928.
    Socks5,
    /// SOCKS4 and 4a.
    Socks4,
    /// `CONNECT` (RFC 9110, 9.3.6).
    Http,
}

impl TunnelProtocol {
    /// The protocol in the list of connections.
    pub(in crate::gateway) fn to_model(self) -> ClientProtocol {
        match self {
            Self::Socks5 => ClientProtocol::Socks5,
            Self::Socks4 => ClientProtocol::Socks4,
            Self::Http => ClientProtocol::Connect,
        }
    }

    /// Sends success: everything that follows comes from the target.
    ///
    /// # Errors
    /// The client has disconnected.
    pub(in crate::gateway) async fn succeed(self, client: &mut TcpStream) -> io::Result<()> {
        match self {
            Self::Socks5 => client.write_all(&socks5::reply(ReplyCode::SUCCEEDED)).await,
            Self::Socks4 => client.write_all(&socks4::reply(socks4::GRANTED)).await,
            Self::Http => client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await,
        }
    }

    /// Sends the reason why there is no connection, and closes.
    ///
    /// # Errors
    /// The client has disconnected.
    pub(in crate::gateway) async fn refuse(self, client: &mut TcpStream, error: &OpenError) -> io::Result<()> {
        match self {
            Self::Socks5 => client.write_all(&socks5::reply(socks5_code(error))).await?,
            Self::Socks4 => client.write_all(&socks4::reply(socks4::REFUSED)).await?,
            Self::Http => client.write_all(&LocalResponse::unreachable(error).to_last_bytes()).await?,
        }
        linger(client).await;
        Ok(())
    }
}

fn socks5_code(error: &OpenError) -> ReplyCode {
    match error {
        OpenError::NoMember => ReplyCode::GENERAL_FAILURE,
        OpenError::NoNodeOfDoor(_) => ReplyCode::NETWORK_UNREACHABLE,
        OpenError::MemberFailed(error) | OpenError::Failed(error) => dial_code(error),
        OpenError::Blocked | OpenError::OwnPort | OpenError::ThisMachineOnly | OpenError::NotPublic => {
            ReplyCode::NOT_ALLOWED
        }
        OpenError::Direct(error) if error.kind() == io::ErrorKind::ConnectionRefused => ReplyCode::CONNECTION_REFUSED,
        OpenError::Direct(error) if error.kind() == io::ErrorKind::TimedOut => ReplyCode::TTL_EXPIRED,
        OpenError::Direct(_) => ReplyCode::HOST_UNREACHABLE,
    }
}

fn dial_code(error: &DialError) -> ReplyCode {
    match error {
        DialError::Refused(ReplyCode::TLS_FAILED | ReplyCode::NO_WEBSOCKET | ReplyCode::SUCCEEDED) => {
            ReplyCode::GENERAL_FAILURE
        }
        DialError::Refused(code) => *code,
        // There is no standard code for it; Tor uses this one.
        DialError::TimedOut => ReplyCode::TTL_EXPIRED,
        DialError::Connect(_) | DialError::OwnPort | DialError::Handshake(_) => ReplyCode::GENERAL_FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_code_is_passed_on() {
        for code in [1, 2, 3, 4, 5, 6, 8].map(ReplyCode) {
            assert_eq!(socks5_code(&OpenError::Failed(DialError::Refused(code))), code);
        }
        for code in [ReplyCode::TLS_FAILED, ReplyCode::NO_WEBSOCKET] {
            assert_eq!(socks5_code(&OpenError::Failed(DialError::Refused(code))), ReplyCode(1));
        }
        assert_eq!(socks5_code(&OpenError::NoMember), ReplyCode(1));
        assert_eq!(socks5_code(&OpenError::NoNodeOfDoor("jp".into())), ReplyCode(3));
        assert_eq!(socks5_code(&OpenError::Blocked), ReplyCode(2));
        assert_eq!(socks5_code(&OpenError::Direct(io::ErrorKind::ConnectionRefused.into())), ReplyCode(5));
        assert_eq!(socks5_code(&OpenError::Failed(DialError::TimedOut)), ReplyCode(6));
    }
}
