//! The names of the obfs and what follows from a name.

use std::fmt;
use std::str::FromStr;

use crate::ssr::config::{UnsupportedName, plain_name};

/// What the ciphertext is dressed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obfs {
    /// Nothing.
    Plain,
    /// A GET request and its answer.
    HttpSimple,
    /// A POST request and its answer.
    HttpPost,
    /// Random bytes first.
    RandomHead,
    /// A resumed TLS 1.2 session.
    TlsTicketAuth,
    /// The same, without waiting for the server.
    TlsTicketFastauth,
}

impl Obfs {
    /// All obfs.
    pub const ALL: [Self; 6] =
        [Self::Plain, Self::HttpSimple, Self::HttpPost, Self::RandomHead, Self::TlsTicketAuth, Self::TlsTicketFastauth];

    /// The name in links.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::HttpSimple => "http_simple",
            Self::HttpPost => "http_post",
            Self::RandomHead => "random_head",
            Self::TlsTicketAuth => "tls1.2_ticket_auth",
            Self::TlsTicketFastauth => "tls1.2_ticket_fastauth",
        }
    }

    /// Bytes that a packet grows by, as both ends count them.
    pub const fn overhead(self) -> u16 {
        match self {
            Self::Plain | Self::HttpSimple | Self::HttpPost | Self::RandomHead => 0,
            Self::TlsTicketAuth | Self::TlsTicketFastauth => 5,
        }
    }
}

impl FromStr for Obfs {
    type Err = UnsupportedName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = plain_name(name);
        if wanted.is_empty() {
            return Ok(Self::Plain);
        }
        Self::ALL.into_iter().find(|it| it.name() == wanted).ok_or_else(|| UnsupportedName::Obfs(name.to_owned()))
    }
}

impl fmt::Display for Obfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
