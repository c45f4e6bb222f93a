//! Errors of the operating system, TLS and HTTP, as kinds with a message in every language. Their own text is kept only
//! for other kinds.
//!
//! `os::system_error` maps errors to these.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

messages! {
    /// An error of the operating system, TLS or HTTP.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum SystemError {
        /// The connection was refused.
        Refused = "system-error-refused",
        /// The connection was reset.
        Reset = "system-error-reset",
        /// The connection was closed before anything was received.
        Closed = "system-error-closed",
        /// Timed out.
        #[serde(rename = "late")]
        TimedOut = "system-error-timed-out",
        /// No route to the host.
        NoRoute = "system-error-no-route",
        /// The name cannot be resolved.
        NoAddress = "system-error-no-address",
        /// The address is in use.
        InUse = "system-error-in-use",
        /// The address is not one of this computer.
        #[serde(rename = "not-here")]
        AddrNotAvailable = "system-error-addr-not-available",
        /// Permission denied.
        Forbidden = "system-error-forbidden",
        /// The file, folder or program does not exist.
        Missing = "system-error-missing",
        /// It already exists.
        #[serde(rename = "there")]
        AlreadyExists = "system-error-already-exists",
        /// The disk or the user's quota is full.
        Full = "system-error-full",
        /// The file is too large.
        TooLarge = "system-error-too-large",
        /// The disk is read-only.
        ReadOnly = "system-error-read-only",
        /// Not a folder.
        NoFolder = "system-error-no-folder",
        /// It is a folder.
        Folder = "system-error-folder",
        /// Not an executable program.
        NoProgram = "system-error-no-program",
        /// The limit of open files is reached.
        TooManyOpen = "system-error-too-many-open",
        /// Out of memory.
        NoMemory = "system-error-no-memory",
        /// Not supported by the system.
        Unsupported = "system-error-unsupported",
        /// A program is not installed.
        MissingProgram(program: String) = "system-error-missing-program",
        /// A program did not exit in time.
        HungProgram {
            /// Its name.
            program: String,
            /// The time limit.
            seconds: u64,
        } = "system-error-hung-program",
        /// The user's home folder is unknown.
        NoHome = "system-error-no-home",
        /// It is managed by the installed package.
        Package = "system-error-package",
        /// Unexpected end of data.
        Unfinished = "system-error-unfinished",
        /// The response is not HTTP.
        NotHttp = "system-error-not-http",
        /// The certificate is signed by an unknown authority.
        UnknownIssuer = "system-error-unknown-issuer",
        /// The certificate has expired or is not valid yet, by this computer's clock.
        CertificateTime = "system-error-certificate-time",
        /// The certificate is for another name.
        CertificateName = "system-error-certificate-name",
        /// The certificate is invalid for another reason.
        Certificate = "system-error-certificate",
        /// The TLS handshake failed.
        Tls = "system-error-tls",
        /// Anything else, as text.
        Other(text: String) = verbatim,
    }
}
