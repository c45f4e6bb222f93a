//! Why a line is no rule, and none of an access list.

use serde::{Deserialize, Serialize};

/// Why a line is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineError {
    /// More than so many bytes.
    #[error("a rule of more than {0} bytes")]
    TooLong(usize),
    /// It says nothing.
    #[error("it would match every address")]
    Everything,
    /// There is no name where one is wanted.
    #[error("no domain")]
    NoDomain,
    /// A regular expression with a letter that addresses do not have.
    #[error("an address has no such letter in it: write it as %XX")]
    NotAscii,
    /// It is no regular expression; why, in the words of who reads them.
    #[error("no regular expression: {0}")]
    Regex(String),
    /// It is one, and browsers know none like it.
    #[error("no regular expression that browsers know as well")]
    NotForBrowsers,
    /// A section that is not known.
    #[error("there is no section {0}")]
    NoSection(String),
    /// An entry that stands in no section.
    #[error("an entry before the section it is for")]
    BeforeSection,
    /// It looks like a network.
    #[error("no network: {0}")]
    NoNetwork(String),
    /// An address stands where only a name may.
    #[error("an address where a name is wanted: {0}")]
    AddressForName(String),
    /// It cannot be a host's name.
    #[error("no name: {0}")]
    NoName(String),
}
