//! Addresses on the wire (RFC 1928, section 5): `type | address | port`.

use std::net::SocketAddr;

use crate::model::Target;

const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Why an address is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Its type is not defined by RFC 1928.
    #[error("unknown address type")]
    UnknownType,
    /// Its host name is not UTF-8.
    #[error("host name is not UTF-8")]
    NotUtf8,
    /// Its host name is empty or contains spaces or control characters.
    #[error("invalid host name")]
    InvalidName,
}

/// The length of the address at the front of `bytes`, from its type to its port; none while that is unknown.
pub(super) fn address_length(bytes: &[u8]) -> Result<Option<usize>, AddressError> {
    let Some((kind, rest)) = bytes.split_first() else { return Ok(None) };
    let host = match *kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => match rest.first() {
            Some(length) => 1 + usize::from(*length),
            None => return Ok(None),
        },
        _unknown => return Err(AddressError::UnknownType),
    };
    Ok(Some(1 + host + 2))
}

/// The address at the front of `bytes`, and its length; none while it is incomplete.
///
/// # Errors
/// It is invalid, or of an unknown type.
pub fn parse_address(bytes: &[u8]) -> Result<Option<(Target, usize)>, AddressError> {
    let Some(length) = address_length(bytes)? else { return Ok(None) };
    let Some([kind, host @ .., high, low]) = bytes.get(..length) else { return Ok(None) };
    let port = u16::from_be_bytes([*high, *low]);
    let target = match (*kind, host) {
        (IPV4, host) => Target::Address((<[u8; 4]>::try_from(host).expect("four bytes"), port).into()),
        (IPV6, host) => Target::Address((<[u8; 16]>::try_from(host).expect("sixteen bytes"), port).into()),
        (_name, host) => parse_host_name(&host[1..], port)?,
    };
    Ok(Some((target, length)))
}

/// The target for a host name on the wire. A name that is an IP address becomes an address.
///
/// # Errors
/// It is not a host name.
pub fn parse_host_name(name: &[u8], port: u16) -> Result<Target, AddressError> {
    let name = std::str::from_utf8(name).map_err(|_| AddressError::NotUtf8)?;
    // No host name contains these characters, and logs and other protocols would break on them.
    if name.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        return Err(AddressError::InvalidName);
    }
    Target::from_host(name, port).ok_or(AddressError::InvalidName)
}

/// Appends an address.
pub fn write_address(out: &mut Vec<u8>, target: &Target) {
    match target {
        Target::Address(SocketAddr::V4(addr)) => {
            out.push(IPV4);
            out.extend(addr.ip().octets());
        }
        Target::Address(SocketAddr::V6(addr)) => {
            out.push(IPV6);
            out.extend(addr.ip().octets());
        }
        Target::Name(name, _) => {
            // A target's name has 255 bytes at most.
            out.extend([NAME, name.len() as u8]);
            out.extend(name.as_bytes());
        }
    }
    out.extend(target.port().to_be_bytes());
}
