//! The names of the obfuscation methods.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{UnsupportedName, plain_name};
use crate::model::node::safe_name;

/// How the ciphertext is obfuscated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Obfs {
    /// Not at all.
    Plain,
    /// As an HTTP GET request and its response.
    HttpSimple,
    /// As an HTTP POST request and its response.
    HttpPost,
    /// With random bytes in front.
    RandomHead,
    /// As a resumed TLS 1.2 session.
    TlsTicketAuth,
    /// The same, without waiting for the server.
    TlsTicketFastauth,
}

impl Obfs {
    /// All obfuscation methods.
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
}

impl FromStr for Obfs {
    type Err = UnsupportedName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = plain_name(name);
        if wanted.is_empty() {
            return Ok(Self::Plain);
        }
        let known = Self::ALL.into_iter().find(|it| it.name() == wanted);
        known.ok_or_else(|| UnsupportedName::Obfs(safe_name::safe_name(&wanted, &super::OBFS)))
    }
}

spelled!(Obfs);
