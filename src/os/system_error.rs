//! Maps errors of the operating system, TLS and HTTP to an [`Obstacle`].
//!
//! The error kind decides, or the system's error number if there is no kind; in a chain of errors, the most specific
//! one.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::model::Obstacle;

const KINDS: [(ErrorKind, Obstacle); 23] = [
    (ErrorKind::ConnectionRefused, Obstacle::Refused),
    (ErrorKind::ConnectionReset, Obstacle::Reset),
    (ErrorKind::ConnectionAborted, Obstacle::Reset),
    (ErrorKind::BrokenPipe, Obstacle::Reset),
    (ErrorKind::UnexpectedEof, Obstacle::Closed),
    (ErrorKind::TimedOut, Obstacle::TimedOut),
    (ErrorKind::HostUnreachable, Obstacle::NoRoute),
    (ErrorKind::NetworkUnreachable, Obstacle::NoRoute),
    (ErrorKind::NetworkDown, Obstacle::NoRoute),
    (ErrorKind::AddrInUse, Obstacle::InUse),
    (ErrorKind::AddrNotAvailable, Obstacle::AddrNotAvailable),
    (ErrorKind::PermissionDenied, Obstacle::Forbidden),
    (ErrorKind::NotFound, Obstacle::Missing),
    (ErrorKind::AlreadyExists, Obstacle::AlreadyExists),
    (ErrorKind::StorageFull, Obstacle::Full),
    (ErrorKind::QuotaExceeded, Obstacle::Full),
    (ErrorKind::FileTooLarge, Obstacle::TooLarge),
    (ErrorKind::ReadOnlyFilesystem, Obstacle::ReadOnly),
    (ErrorKind::NotADirectory, Obstacle::NoFolder),
    (ErrorKind::IsADirectory, Obstacle::Folder),
    (ErrorKind::ExecutableFileBusy, Obstacle::InUse),
    (ErrorKind::OutOfMemory, Obstacle::NoMemory),
    (ErrorKind::Unsupported, Obstacle::Unsupported),
];

/// Error numbers for which the standard library has no kind: ENOEXEC, ENFILE, EMFILE (errno(3)).
#[cfg(unix)]
const NUMBERS: [(i32, Obstacle); 3] =
    [(8, Obstacle::NoProgram), (23, Obstacle::TooManyOpen), (24, Obstacle::TooManyOpen)];

/// The same on Windows: ERROR_TOO_MANY_OPEN_FILES, ERROR_BAD_EXE_FORMAT, WSAEMFILE, WSAHOST_NOT_FOUND, WSANO_DATA
/// ("System Error Codes", "Windows Sockets Error Codes").
#[cfg(windows)]
const NUMBERS: [(i32, Obstacle); 5] = [
    (4, Obstacle::TooManyOpen),
    (193, Obstacle::NoProgram),
    (10_024, Obstacle::TooManyOpen),
    (11_001, Obstacle::NoAddress),
    (11_004, Obstacle::NoAddress),
];

/// The beginning of the standard library's message for a failed lookup, which has neither kind nor number.
const LOOKUP: &str = "failed to lookup address information";

/// The obstacle behind an IO error.
pub fn of(error: &io::Error) -> Obstacle {
    of_system(error).unwrap_or_else(|| Obstacle::Other(error.to_string()))
}

/// The obstacle behind an error or one of its causes; `None` if unknown.
pub fn behind(error: &(dyn Error + 'static)) -> Option<Obstacle> {
    let (mut found, mut next) = (None, Some(error));
    while let Some(cause) = next {
        // The deepest cause is the most specific.
        found = read(cause).or(found);
        next = cause.source();
    }
    found
}

fn read(error: &(dyn Error + 'static)) -> Option<Obstacle> {
    // Our own errors contain it.
    let own = error.downcast_ref::<Obstacle>().cloned();
    let of_tls = || error.downcast_ref::<rustls::Error>().map(of_tls);
    let of_http = || error.downcast_ref::<hyper::Error>().and_then(of_http);
    let of_system = || error.downcast_ref::<io::Error>().and_then(of_system);
    own.or_else(of_tls).or_else(of_http).or_else(of_system)
}

fn of_system(error: &io::Error) -> Option<Obstacle> {
    // An inner error, from TLS or HTTP, is more specific than the kind.
    let inside = || error.get_ref().and_then(|inside| behind(inside as &dyn Error));
    let by_kind = || KINDS.into_iter().find(|(kind, _)| *kind == error.kind()).map(|(_, obstacle)| obstacle);
    let by_number = || {
        let number = error.raw_os_error()?;
        NUMBERS.into_iter().find(|(known, _)| *known == number).map(|(_, obstacle)| obstacle)
    };
    let by_words = || error.to_string().starts_with(LOOKUP).then_some(Obstacle::NoAddress);
    inside().or_else(by_kind).or_else(by_number).or_else(by_words)
}

fn of_http(error: &hyper::Error) -> Option<Obstacle> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(Obstacle::Closed)
    } else if error.is_parse() || error.is_parse_too_large() {
        Some(Obstacle::NotHttp)
    } else {
        None
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enums, of which few say something to a user")]
fn of_tls(error: &rustls::Error) -> Obstacle {
    use rustls::CertificateError as E;
    match error {
        rustls::Error::InvalidCertificate(flaw) => match flaw {
            E::UnknownIssuer => Obstacle::UnknownIssuer,
            E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
                Obstacle::CertificateTime
            }
            E::NotValidForName | E::NotValidForNameContext { .. } => Obstacle::CertificateName,
            _other => Obstacle::Certificate,
        },
        _other => Obstacle::Tls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_mapped_by_kind_and_by_number() {
        assert_eq!(of(&ErrorKind::ConnectionRefused.into()), Obstacle::Refused);
        assert_eq!(of(&io::Error::new(ErrorKind::TimedOut, "some words")), Obstacle::TimedOut);
        #[cfg(unix)]
        {
            assert_eq!(of(&io::Error::from_raw_os_error(24)), Obstacle::TooManyOpen);
            assert_eq!(of(&io::Error::from_raw_os_error(8)), Obstacle::NoProgram);
            assert_eq!(of(&io::Error::from_raw_os_error(113)), Obstacle::NoRoute);
        }
        assert_eq!(of(&io::Error::other("something unknown")), Obstacle::Other("something unknown".into()));
    }

    #[test]
    fn an_invalid_name_has_no_address() {
        use std::net::ToSocketAddrs;
        // No server is asked: the resolver refuses this name (RFC 6761, section 6.4).
        let error = ("no-such-name.invalid", 80).to_socket_addrs().unwrap_err();
        assert_eq!(of(&error), Obstacle::NoAddress);
    }

    #[test]
    fn an_inner_error_is_more_specific_than_the_outer() {
        let flaw = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let around = io::Error::new(ErrorKind::InvalidData, flaw);
        assert_eq!(of(&around), Obstacle::UnknownIssuer);
        assert_eq!(of(&io::Error::other(around)), Obstacle::UnknownIssuer);
        assert_eq!(of(&io::Error::other(io::Error::from(ErrorKind::StorageFull))), Obstacle::Full);
        assert_eq!(behind(&io::Error::other("something unknown")), None);
        let own = io::Error::new(ErrorKind::NotFound, Obstacle::MissingProgram("xdg-mime".into()));
        assert_eq!(of(&own), Obstacle::MissingProgram("xdg-mime".into()));
    }
}
