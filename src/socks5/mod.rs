//! SOCKS5 (RFC 1928) with user name and password (RFC 1929), client and server.
//!
//! Pure: takes bytes, returns values and bytes; the caller does the IO. It does not matter how the bytes were split in
//! transit.
//!
//! [`ServerHandshake`] is used by the gateway and by member processes; [`ClientHandshake`] is used by the gateway to
//! connect to members. [`parse_datagram`] and [`write_datagram_header`] handle the header of UDP datagrams, for both
//! sides.

mod address;
mod client;
mod datagram;
mod server;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;

pub use self::address::{AddressError, parse_address, parse_host_name, write_address};
pub use self::client::{ClientHandshake, ClientStep, HandshakeError};
pub use self::datagram::{parse_datagram, write_datagram_header};
pub use self::server::{HandshakeRefusal, ServerHandshake, ServerStep, SocksRequest};
use crate::model::Target;

/// First byte of all messages except those of the login.
pub const VERSION: u8 = 5;
/// First byte of the messages of the login (RFC 1929, section 2).
const LOGIN_VERSION: u8 = 1;

/// Authentication method: none.
const METHOD_NONE: u8 = 0;
/// Authentication method: user name and password.
const METHOD_PASSWORD: u8 = 2;
/// Response to a greeting: none of the offered methods is acceptable.
const METHOD_NOT_ACCEPTABLE: u8 = 0xff;

/// The command of a request, by its number (RFC 1928, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SocksCommand {
    /// A TCP connection.
    Connect = 1,
    /// A UDP relay.
    UdpAssociate = 3,
}

/// The server's reply code (RFC 1928, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyCode(pub u8);

impl ReplyCode {
    /// Succeeded.
    pub const SUCCEEDED: Self = Self(0);
    /// General failure.
    pub const GENERAL_FAILURE: Self = Self(1);
    /// Not allowed by a rule.
    pub const NOT_ALLOWED: Self = Self(2);
    /// No route to the network.
    pub const NETWORK_UNREACHABLE: Self = Self(3);
    /// No route to the host, or its name has no address.
    pub const HOST_UNREACHABLE: Self = Self(4);
    /// Connection refused.
    pub const CONNECTION_REFUSED: Self = Self(5);
    /// Timed out.
    pub const TTL_EXPIRED: Self = Self(6);
    /// The command is not supported.
    pub const COMMAND_NOT_SUPPORTED: Self = Self(7);
    /// The address type is not supported.
    pub const ADDRESS_TYPE_NOT_SUPPORTED: Self = Self(8);
    /// Private to member processes, from the unassigned range: the TLS handshake with the server failed.
    pub const TLS_FAILED: Self = Self(0xe0);
    /// Private to member processes: the server did not open the WebSocket. The port of the bound address is the HTTP
    /// status of its response, or 0.
    pub const NO_WEBSOCKET: Self = Self(0xe1);
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::SUCCEEDED => "succeeded",
            Self::GENERAL_FAILURE => "general failure",
            Self::NOT_ALLOWED => "not allowed",
            Self::NETWORK_UNREACHABLE => "network unreachable",
            Self::HOST_UNREACHABLE => "host unreachable",
            Self::CONNECTION_REFUSED => "connection refused",
            Self::TTL_EXPIRED => "TTL expired",
            Self::COMMAND_NOT_SUPPORTED => "command not supported",
            Self::ADDRESS_TYPE_NOT_SUPPORTED => "address type not supported",
            Self::TLS_FAILED => "the TLS handshake failed",
            Self::NO_WEBSOCKET => "the server did not open the WebSocket",
            Self(other) => return write!(f, "SOCKS5 reply code {other}"),
        })
    }
}

/// Appends the reply to a request; `bound` is the bound address of the connection or the UDP relay.
pub fn write_reply(out: &mut Vec<u8>, code: ReplyCode, bound: SocketAddr) {
    out.extend([VERSION, code.0, 0]);
    write_address(out, &Target::Address(bound));
}
