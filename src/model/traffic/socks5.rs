//! The numbers of SOCKS5: RFC 1928, and RFC 1929 for its login.

/// The version, with which every message of RFC 1928 begins.
pub const VERSION: u8 = 5;
/// The version of the login's own little protocol.
pub const LOGIN_VERSION: u8 = 1;

/// Method: nobody asks who it is.
pub const NO_LOGIN: u8 = 0;
/// Method: user name and password.
pub const PASSWORD: u8 = 2;
/// Method: none of those that were offered.
pub const NO_METHOD: u8 = 0xff;

/// Command: a TCP connection.
pub const CONNECT: u8 = 1;
/// Command: a UDP relay.
pub const UDP_ASSOCIATE: u8 = 3;

/// Address of four bytes.
pub const IPV4: u8 = 1;
/// Address that is a name, behind a byte with its length.
pub const NAME: u8 = 3;
/// Address of sixteen bytes.
pub const IPV6: u8 = 4;

/// Reply: it is done.
pub const SUCCEEDED: u8 = 0;
/// Reply: the server could not, for any reason.
pub const GENERAL_FAILURE: u8 = 1;
/// Reply: a rule is against it.
pub const NOT_ALLOWED: u8 = 2;
/// Reply: there is no way to the network.
pub const NETWORK_UNREACHABLE: u8 = 3;
/// Reply: there is no way to the host, or it has no address.
pub const HOST_UNREACHABLE: u8 = 4;
/// Reply: nobody listens there.
pub const CONNECTION_REFUSED: u8 = 5;
/// Reply: it took too long.
pub const TTL_EXPIRED: u8 = 6;
/// Reply: there is no such command here.
pub const COMMAND_NOT_SUPPORTED: u8 = 7;
/// Reply: addresses of this kind are not known here.
pub const ADDRESS_TYPE_NOT_SUPPORTED: u8 = 8;

/// The length of the address at the front of `bytes`, behind the byte that says its kind and without the port; for a
/// name with the byte that says how long it is. None where that is not there yet, or no such kind is known.
pub fn address_length(kind: u8, bytes: &[u8]) -> Option<usize> {
    match kind {
        IPV4 => Some(4),
        IPV6 => Some(16),
        NAME => Some(1 + usize::from(*bytes.first()?)),
        _unknown => None,
    }
}
