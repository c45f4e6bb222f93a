//! The answer to a client that wanted a tunnel, in the words of its protocol.
//!
//! It is given only when the way is open or has failed, and says which: a client that hears
//! "connection refused" may act on it, one that hears "yes" and then nothing can not.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::answer::Answer;
use super::{linger, socks4, socks5};
use crate::gateway::dial::DialError;
use crate::gateway::open::OpenError;
use crate::model::socks5::{
    CONNECTION_REFUSED, GENERAL_FAILURE, HOST_UNREACHABLE, NOT_ALLOWED, SUCCEEDED, TTL_EXPIRED,
};

/// The protocol to answer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Replier {
    /// RFC 1928.
    Socks5,
    /// SOCKS4 and 4a.
    Socks4,
    /// `CONNECT` (RFC 9110, 9.3.6).
    Http,
}

impl Replier {
    /// Tells the client that the way is open: all that follows is the target's.
    ///
    /// # Errors
    /// The client has gone.
    pub(in crate::gateway) async fn succeed(self, client: &mut TcpStream) -> io::Result<()> {
        match self {
            Self::Socks5 => client.write_all(&socks5::reply(SUCCEEDED)).await,
            Self::Socks4 => client.write_all(&socks4::reply(socks4::GRANTED)).await,
            Self::Http => client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await,
        }
    }

    /// Tells the client why there is no way, and that nothing more comes.
    ///
    /// # Errors
    /// The client has gone.
    pub(in crate::gateway) async fn refuse(self, client: &mut TcpStream, error: &OpenError) -> io::Result<()> {
        match self {
            Self::Socks5 => client.write_all(&socks5::reply(socks5_code(error))).await?,
            Self::Socks4 => client.write_all(&socks4::reply(socks4::REFUSED)).await?,
            Self::Http => client.write_all(&Answer::unreachable(error).to_bytes()).await?,
        }
        linger(client).await;
        Ok(())
    }
}

fn socks5_code(error: &OpenError) -> u8 {
    match error {
        OpenError::Failed(DialError::Refused(code)) if *code != SUCCEEDED => *code,
        // There is no word for it; this is the one Tor uses.
        OpenError::Failed(DialError::TimedOut) => TTL_EXPIRED,
        OpenError::Blocked => NOT_ALLOWED,
        OpenError::Direct(error) if error.kind() == io::ErrorKind::ConnectionRefused => CONNECTION_REFUSED,
        OpenError::Direct(error) if error.kind() == io::ErrorKind::TimedOut => TTL_EXPIRED,
        OpenError::Direct(_) => HOST_UNREACHABLE,
        OpenError::NoMember
        | OpenError::Failed(DialError::Connect(_) | DialError::Handshake(_) | DialError::Refused(_)) => GENERAL_FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_code_is_passed_on() {
        for code in [1, 2, 3, 4, 5, 6, 8] {
            assert_eq!(socks5_code(&OpenError::Failed(DialError::Refused(code))), code);
        }
        assert_eq!(socks5_code(&OpenError::NoMember), 1);
        assert_eq!(socks5_code(&OpenError::Blocked), 2);
        assert_eq!(socks5_code(&OpenError::Direct(io::ErrorKind::ConnectionRefused.into())), 5);
        assert_eq!(socks5_code(&OpenError::Failed(DialError::TimedOut)), 6);
    }
}
