//! Errors of the operating system, TLS and HTTP, as kinds with a message in every language. Their own text is kept only
//! for other kinds.
//!
//! `os::obstacle` maps errors to these.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

messages! {
    /// An error of the operating system, TLS or HTTP.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Obstacle {
        /// The connection was refused.
        Refused = "obstacle-refused",
        /// The connection was reset.
        Reset = "obstacle-reset",
        /// The connection was closed before anything was received.
        Closed = "obstacle-closed",
        /// Timed out.
        #[serde(rename = "late")]
        TimedOut = "obstacle-timed-out",
        /// No route to the host.
        NoRoute = "obstacle-no-route",
        /// The name cannot be resolved.
        NoAddress = "obstacle-no-address",
        /// The address is in use.
        InUse = "obstacle-in-use",
        /// The address is not one of this computer.
        #[serde(rename = "not-here")]
        AddrNotAvailable = "obstacle-addr-not-available",
        /// Permission denied.
        Forbidden = "obstacle-forbidden",
        /// The file, folder or program does not exist.
        Missing = "obstacle-missing",
        /// It already exists.
        #[serde(rename = "there")]
        AlreadyExists = "obstacle-already-exists",
        /// The disk or the user's quota is full.
        Full = "obstacle-full",
        /// The file is too large.
        TooLarge = "obstacle-too-large",
        /// The disk is read-only.
        ReadOnly = "obstacle-read-only",
        /// Not a folder.
        NoFolder = "obstacle-no-folder",
        /// It is a folder.
        Folder = "obstacle-folder",
        /// Not an executable program.
        NoProgram = "obstacle-no-program",
        /// The limit of open files is reached.
        TooManyOpen = "obstacle-too-many-open",
        /// Out of memory.
        NoMemory = "obstacle-no-memory",
        /// Not supported by the system.
        Unsupported = "obstacle-unsupported",
        /// A program is not installed.
        MissingProgram(program: String) = "obstacle-missing-program",
        /// A program did not exit in time.
        HungProgram {
            /// Its name.
            program: String,
            /// The time limit.
            seconds: u64,
        } = "obstacle-hung-program",
        /// The user's home folder is unknown.
        NoHome = "obstacle-no-home",
        /// It is managed by the installed package.
        Package = "obstacle-package",
        /// Unexpected end of data.
        Unfinished = "obstacle-unfinished",
        /// The response is not HTTP.
        NotHttp = "obstacle-not-http",
        /// The certificate is signed by an unknown authority.
        UnknownIssuer = "obstacle-unknown-issuer",
        /// The certificate has expired or is not valid yet, by this computer's clock.
        CertificateTime = "obstacle-certificate-time",
        /// The certificate is for another name.
        CertificateName = "obstacle-certificate-name",
        /// The certificate is invalid for another reason.
        Certificate = "obstacle-certificate",
        /// The TLS handshake failed.
        Tls = "obstacle-tls",
        /// Anything else, in its own words.
        Other(text: String) = verbatim,
    }
}
