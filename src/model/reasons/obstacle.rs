//! What stood in the way: what the system, TLS or HTTP say of something that did not work, as a kind for which
//! every language has words. Their own text is kept only where it is none of these kinds.
//!
//! `os::obstacle` reads it from an error; here is no error to read.

use serde::{Deserialize, Serialize};

/// What stood in the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// Nobody listens there.
    #[error("Connection refused")]
    Refused,
    /// It broke off in the middle.
    #[error("the connection was reset")]
    Reset,
    /// The other side closed, and nothing had come.
    #[error("the connection was closed without an answer")]
    Closed,
    /// Nothing came for too long.
    #[error("it took too long")]
    Late,
    /// There is no way there.
    #[error("there is no route to it")]
    NoRoute,
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// Another program has the address.
    #[error("the address is in use")]
    InUse,
    /// The address is of another machine.
    #[error("this machine has no such address")]
    NotHere,
    /// This user may not.
    #[error("permission denied")]
    Forbidden,
    /// There is no such file, folder or program.
    #[error("no such file")]
    Missing,
    /// There is one already.
    #[error("there is such a file already")]
    There,
    /// The disk or the user's share of it is full.
    #[error("there is no room left on the disk")]
    Full,
    /// The file is larger than may be.
    #[error("the file is too large")]
    TooLarge,
    /// The disk cannot be written to.
    #[error("the disk is read-only")]
    ReadOnly,
    /// A folder is wanted.
    #[error("it is no folder")]
    NoFolder,
    /// A file is wanted.
    #[error("it is a folder")]
    Folder,
    /// A program is wanted.
    #[error("it is no program for this system")]
    NoProgram,
    /// The limit of open files is reached.
    #[error("too many files are open")]
    TooManyOpen,
    /// There is no memory left.
    #[error("there is no memory left")]
    NoMemory,
    /// The system has no such thing.
    #[error("the system cannot do that")]
    Unsupported,
    /// A program is wanted that is not installed.
    #[error("the program {0} is missing")]
    MissingProgram(String),
    /// The system does not say where the user's files are.
    #[error("this user has no home folder")]
    NoHome,
    /// The package that brought this program decides on it.
    #[error("on this system the installed package decides on that")]
    Package,
    /// It ended in the middle.
    #[error("it did not come whole")]
    Unfinished,
    /// What came is no HTTP.
    #[error("what came is no HTTP")]
    NotHttp,
    /// The certificate is signed by nobody that is trusted here.
    #[error("nobody that is trusted here has signed the certificate")]
    UnknownIssuer,
    /// The certificate has ended, or begins later: by the clock of this machine.
    #[error("the certificate is not valid at this time")]
    CertificateTime,
    /// The certificate is for another name.
    #[error("the certificate is for another name")]
    CertificateName,
    /// Something else is wrong with the certificate.
    #[error("the certificate is not valid")]
    Certificate,
    /// The two sides did not come to terms.
    #[error("no encrypted connection came about")]
    Tls,
    /// None of these: in its own words.
    #[error("{0}")]
    Other(String),
}
