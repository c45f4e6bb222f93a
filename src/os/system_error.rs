//! Maps errors of the operating system, TLS and HTTP to a [`SystemError`].
//!
//! The error kind decides, or the system's error number if there is no kind; in a chain of errors, the most specific
//! one.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::model::SystemError;

const KINDS: [(ErrorKind, SystemError); 23] = [
    (ErrorKind::ConnectionRefused, SystemError::Refused),
    (ErrorKind::ConnectionReset, SystemError::Reset),
    (ErrorKind::ConnectionAborted, SystemError::Reset),
    (ErrorKind::BrokenPipe, SystemError::Reset),
    (ErrorKind::UnexpectedEof, SystemError::Closed),
    (ErrorKind::TimedOut, SystemError::TimedOut),
    (ErrorKind::HostUnreachable, SystemError::NoRoute),
    (ErrorKind::NetworkUnreachable, SystemError::NoRoute),
    (ErrorKind::NetworkDown, SystemError::NoRoute),
    (ErrorKind::AddrInUse, SystemError::InUse),
    (ErrorKind::AddrNotAvailable, SystemError::AddrNotAvailable),
    (ErrorKind::PermissionDenied, SystemError::Forbidden),
    (ErrorKind::NotFound, SystemError::Missing),
    (ErrorKind::AlreadyExists, SystemError::AlreadyExists),
    (ErrorKind::StorageFull, SystemError::Full),
    (ErrorKind::QuotaExceeded, SystemError::Full),
    (ErrorKind::FileTooLarge, SystemError::TooLarge),
    (ErrorKind::ReadOnlyFilesystem, SystemError::ReadOnly),
    (ErrorKind::NotADirectory, SystemError::NoFolder),
    (ErrorKind::IsADirectory, SystemError::Folder),
    (ErrorKind::ExecutableFileBusy, SystemError::InUse),
    (ErrorKind::OutOfMemory, SystemError::NoMemory),
    (ErrorKind::Unsupported, SystemError::Unsupported),
];

/// Error numbers for which the standard library has no kind: ENOEXEC, ENFILE, EMFILE (errno(3)).
#[cfg(unix)]
const NUMBERS: [(i32, SystemError); 3] =
    [(8, SystemError::NoProgram), (23, SystemError::TooManyOpen), (24, SystemError::TooManyOpen)];

/// The same on Windows: ERROR_TOO_MANY_OPEN_FILES, ERROR_BAD_EXE_FORMAT, WSAEMFILE, WSAHOST_NOT_FOUND, WSANO_DATA
/// ("System Error Codes", "Windows Sockets Error Codes").
#[cfg(windows)]
const NUMBERS: [(i32, SystemError); 5] = [
    (4, SystemError::TooManyOpen),
    (193, SystemError::NoProgram),
    (10_024, SystemError::TooManyOpen),
    (11_001, SystemError::NoAddress),
    (11_004, SystemError::NoAddress),
];

/// The beginning of the standard library's message for a failed lookup, which has neither kind nor number.
const LOOKUP: &str = "failed to lookup address information";

/// The system error behind an IO error.
pub fn of(error: &io::Error) -> SystemError {
    of_system(error).unwrap_or_else(|| SystemError::Other(error.to_string()))
}

/// The system error behind an error or one of its causes; `None` if unknown.
pub fn behind(error: &(dyn Error + 'static)) -> Option<SystemError> {
    let (mut found, mut next) = (None, Some(error));
    while let Some(cause) = next {
        // The deepest cause is the most specific.
        found = read(cause).or(found);
        next = cause.source();
    }
    found
}

fn read(error: &(dyn Error + 'static)) -> Option<SystemError> {
    // Our own errors contain it.
    let own = error.downcast_ref::<SystemError>().cloned();
    let of_tls = || error.downcast_ref::<rustls::Error>().map(of_tls);
    let of_http = || error.downcast_ref::<hyper::Error>().and_then(of_http);
    let of_system = || error.downcast_ref::<io::Error>().and_then(of_system);
    own.or_else(of_tls).or_else(of_http).or_else(of_system)
}

fn of_system(error: &io::Error) -> Option<SystemError> {
    // An inner error, from TLS or HTTP, is more specific than the kind.
    let inside = || error.get_ref().and_then(|inside| behind(inside as &dyn Error));
    let by_kind = || KINDS.into_iter().find(|(kind, _)| *kind == error.kind()).map(|(_, error)| error);
    let by_number = || {
        let number = error.raw_os_error()?;
        NUMBERS.into_iter().find(|(known, _)| *known == number).map(|(_, error)| error)
    };
    let by_words = || error.to_string().starts_with(LOOKUP).then_some(SystemError::NoAddress);
    inside().or_else(by_kind).or_else(by_number).or_else(by_words)
}

fn of_http(error: &hyper::Error) -> Option<SystemError> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(SystemError::Closed)
    } else if error.is_parse() || error.is_parse_too_large() {
        Some(SystemError::NotHttp)
    } else {
        None
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "foreign enums, few of whose variants matter to a user")]
fn of_tls(error: &rustls::Error) -> SystemError {
    use rustls::CertificateError as E;
    match error {
        rustls::Error::InvalidCertificate(flaw) => match flaw {
            E::UnknownIssuer => SystemError::UnknownIssuer,
            E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
                SystemError::CertificateTime
            }
            E::NotValidForName | E::NotValidForNameContext { .. } => SystemError::CertificateName,
            _other => SystemError::Certificate,
        },
        _other => SystemError::Tls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_mapped_by_kind_and_by_number() {
        assert_eq!(of(&ErrorKind::ConnectionRefused.into()), SystemError::Refused);
        assert_eq!(of(&io::Error::new(ErrorKind::TimedOut, "some words")), SystemError::TimedOut);
        #[cfg(unix)]
        {
            assert_eq!(of(&io::Error::from_raw_os_error(24)), SystemError::TooManyOpen);
            assert_eq!(of(&io::Error::from_raw_os_error(8)), SystemError::NoProgram);
            assert_eq!(of(&io::Error::from_raw_os_error(113)), SystemError::NoRoute);
        }
        assert_eq!(of(&io::Error::other("something unknown")), SystemError::Other("something unknown".into()));
    }

    #[test]
    fn an_invalid_name_has_no_address() {
        use std::net::ToSocketAddrs;
        // No server is asked: the resolver refuses this name (RFC 6761, section 6.4).
        let error = ("no-such-name.invalid", 80).to_socket_addrs().unwrap_err();
        assert_eq!(of(&error), SystemError::NoAddress);
    }

    #[test]
    fn an_inner_error_is_more_specific_than_the_outer() {
        let flaw = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let around = io::Error::new(ErrorKind::InvalidData, flaw);
        assert_eq!(of(&around), SystemError::UnknownIssuer);
        assert_eq!(of(&io::Error::other(around)), SystemError::UnknownIssuer);
        assert_eq!(of(&io::Error::other(io::Error::from(ErrorKind::StorageFull))), SystemError::Full);
        assert_eq!(behind(&io::Error::other("something unknown")), None);
        let own = io::Error::new(ErrorKind::NotFound, SystemError::MissingProgram("xdg-mime".into()));
        assert_eq!(of(&own), SystemError::MissingProgram("xdg-mime".into()));
    }
}
