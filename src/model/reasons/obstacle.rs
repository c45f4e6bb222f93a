//! What stood in the way: what the system, TLS or HTTP say of something that did not work, as a kind for which
//! every language has words. Their own text is kept only where it is none of these kinds.
//!
//! `os::obstacle` reads it from an error; here is no error to read.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

messages! {
    /// What stood in the way.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Obstacle {
        /// Nobody listens there.
        Refused = "obstacle-refused",
        /// It broke off in the middle.
        Reset = "obstacle-reset",
        /// The other side closed, and nothing had come.
        Closed = "obstacle-closed",
        /// Nothing came for too long.
        #[serde(rename = "late")]
        TimedOut = "obstacle-timed-out",
        /// There is no way there.
        NoRoute = "obstacle-no-route",
        /// The name has no address.
        NoAddress = "obstacle-no-address",
        /// Another program has the address.
        InUse = "obstacle-in-use",
        /// The address is of another machine.
        #[serde(rename = "not-here")]
        AddrNotAvailable = "obstacle-addr-not-available",
        /// This user may not.
        Forbidden = "obstacle-forbidden",
        /// There is no such file, folder or program.
        Missing = "obstacle-missing",
        /// There is one already.
        #[serde(rename = "there")]
        AlreadyExists = "obstacle-already-exists",
        /// The disk or the user's share of it is full.
        Full = "obstacle-full",
        /// The file is larger than may be.
        TooLarge = "obstacle-too-large",
        /// The disk cannot be written to.
        ReadOnly = "obstacle-read-only",
        /// A folder is wanted.
        NoFolder = "obstacle-no-folder",
        /// A file is wanted.
        Folder = "obstacle-folder",
        /// A program is wanted.
        NoProgram = "obstacle-no-program",
        /// The limit of open files is reached.
        TooManyOpen = "obstacle-too-many-open",
        /// There is no memory left.
        NoMemory = "obstacle-no-memory",
        /// The system has no such thing.
        Unsupported = "obstacle-unsupported",
        /// A program is wanted that is not installed.
        MissingProgram(program: String) = "obstacle-missing-program",
        /// A program did not exit in time.
        HungProgram {
            /// Its name.
            program: String,
            /// The time limit.
            seconds: u64,
        } = "obstacle-hung-program",
        /// The system does not say where the user's files are.
        NoHome = "obstacle-no-home",
        /// The package that brought this program decides on it.
        Package = "obstacle-package",
        /// It ended in the middle.
        Unfinished = "obstacle-unfinished",
        /// What came is no HTTP.
        NotHttp = "obstacle-not-http",
        /// The certificate is signed by nobody that is trusted here.
        UnknownIssuer = "obstacle-unknown-issuer",
        /// The certificate has ended, or begins later: by the clock of this machine.
        CertificateTime = "obstacle-certificate-time",
        /// The certificate is for another name.
        CertificateName = "obstacle-certificate-name",
        /// Something else is wrong with the certificate.
        Certificate = "obstacle-certificate",
        /// The two sides did not come to terms.
        Tls = "obstacle-tls",
        /// None of these: in its own words.
        Other(text: String) = verbatim,
    }
}
