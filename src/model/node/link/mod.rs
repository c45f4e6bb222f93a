//! Links: one node as one line of text, to be passed around, scanned and pasted.
//!
//! Read here are `ss://` in both its forms (SIP002 and the older one that is base64 as a whole),
//! `ssr://` and `socks5://`; printed is always the form of the standard. What is read comes from strangers: it is
//! refused where it is unclear, nothing in it can make this code panic, control characters never
//! reach a name, and a plugin is a program's name, never a path.
//!
//! A reason for a refusal names the part that is wrong and never a user name, password or key: it is
//! shown on screens and written to logs.

mod parts;
mod socks5;
mod ss;
mod ssr;

#[cfg(test)]
mod properties;

pub(super) use self::parts::place;
pub use self::parts::shown;
pub(super) use self::socks5::socks5;
pub(super) use self::ss::shadowsocks;
pub(super) use self::ssr::{Fields as SsrFields, shadowsocks_r};

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cipher::KeyError;
use super::ssr::UnsupportedName;
use crate::model::node::{Kind, Node};

/// Why a text is no link that can be used. Names no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkError {
    /// There is no `scheme://` in front.
    #[error("this is no link")]
    NoLink,
    /// A link of another program's protocol.
    #[error("{0}:// is not supported")]
    Unsupported(String),
    /// The address of a page, which may well have a list behind it.
    #[error("this is the address of a page; a list there is added as a subscription")]
    Page,
    /// The part before the host is neither `method:password` nor that in base64.
    #[error("the part before the host is neither plain nor base64")]
    Credentials,
    /// It is text, but without a `:`.
    #[error("there is no password")]
    NoPassword,
    /// A user name or password that SOCKS5 cannot carry (RFC 1929).
    #[error("user name and password take 1 to 255 bytes each")]
    LoginLength,
    /// A cipher that this program does not have; named if it looks like a cipher's name.
    #[error("the cipher{} is not supported", .0.as_deref().map(|name| format!(" {name}")).unwrap_or_default())]
    Cipher(Option<String>),
    /// The password does not fit the cipher.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What should be base64 is none.
    #[error("{0} is no base64")]
    NotBase64(Part),
    /// A `ssr://` link is `host:port:protocol:method:obfs:password`.
    #[error("the link has not the six parts of a ShadowsocksR server")]
    Parts,
    /// A name that ShadowsocksR has, or not, and this program has not.
    #[error(transparent)]
    Name(#[from] UnsupportedName),
    /// The server's host is missing or is no host.
    #[error("the host is missing or wrong")]
    Host,
    /// There is no `:port` behind the host.
    #[error("the port is missing")]
    NoPort,
    /// What stands there is no port.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// There is a path behind the port.
    #[error("there is something behind the port")]
    Path,
    /// The plugin has no name, or one that is more than a program's name.
    #[error("the plugin's name is not a program's name")]
    Plugin,
    /// A plugin that another client has built in, and no program that is known does the same.
    #[error("the plugin {0} is not supported")]
    UnknownPlugin(String),
}

/// What of a `ssr://` link is encoded by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// All of it.
    Whole,
    /// The password.
    Password,
    /// The protocol's parameter.
    ProtocolParam,
    /// The obfs's parameter.
    ObfsParam,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "the link",
            Self::Password => "the password",
            Self::ProtocolParam => "protoparam",
            Self::ObfsParam => "obfsparam",
        })
    }
}

/// How links begin that may stand behind another in one line.
const SCHEMES: [&str; 3] = ["ss://", "ssr://", "socks5://"];

/// Longest line that may be one packed link, in bytes.
const LONGEST_PACKED: usize = 8 << 10;

/// One line of a text and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// The node, or why it is none.
    pub node: Result<Node, LinkError>,
}

/// Reads a text of links, one a line; some clients write several into one, with spaces between, or pack
/// each by itself into base64. Empty lines and lines that begin with `#` are left out.
pub fn parse_lines(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let numbered = text.lines().map(str::trim).enumerate();
    let filled = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let read = |(index, line)| {
        apart(line).map(move |link| Line { number: index + 1, node: parse_packed(link) }).collect::<Vec<_>>()
    };
    filled.flat_map(read).collect()
}

/// The links of a line. A name may hold spaces; what behind one begins like a link of ours is another link.
fn apart(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let begins = |(at, _): &(usize, char)| SCHEMES.iter().any(|scheme| line[at + 1..].starts_with(scheme));
        let next = line.char_indices().filter(|(_, letter)| matches!(letter, ' ' | '\t')).find(begins);
        let (link, behind) = next.map_or((line, None), |(at, _)| (&line[..at], Some(&line[at + 1..])));
        rest = behind;
        Some(link.trim())
    })
}

/// A link, or one that is packed into base64 by itself.
fn parse_packed(link: &str) -> Result<Node, LinkError> {
    match parse(link) {
        Err(LinkError::NoLink) if link.len() <= LONGEST_PACKED => {
            let inner = parts::decode_base64(link).filter(|inner| inner.contains("://"));
            inner.map_or(Err(LinkError::NoLink), |inner| parse(&inner))
        }
        result => result,
    }
}

/// Reads one link.
///
/// # Errors
/// The part that is wrong. Nothing is guessed that would change where traffic goes.
pub fn parse(link: &str) -> Result<Node, LinkError> {
    let (scheme, rest) = link.trim().split_once("://").ok_or(LinkError::NoLink)?;
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "ss" | "shadowsocks" => ss::parse(rest),
        "ssr" => ssr::parse(rest),
        "socks5" | "socks5h" | "socks" => socks5::parse(rest),
        "http" | "https" => Err(LinkError::Page),
        _ if is_scheme(&scheme) => Err(LinkError::Unsupported(scheme)),
        _ => Err(LinkError::NoLink),
    }
}

/// Prints a node as a link: SIP002 for Shadowsocks. It holds the password.
pub fn print(node: &Node) -> String {
    match &node.kind {
        Kind::Ss { method, password, plugin } => ss::print(node, method, password, plugin.as_ref()),
        Kind::Ssr(ssr) => ssr::print(node, ssr),
        Kind::Socks5 { login } => socks5::print(node, login.as_ref()),
    }
}

/// Whether a text begins as a link of some kind does.
pub(super) fn is_link(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

/// RFC 3986 section 3.1; the limit keeps other text out of a message.
fn is_scheme(text: &str) -> bool {
    let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.len() <= 16 && text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(of_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers() {
        let text = "\u{feff}ss://YWVzLTI1Ni1nY206dGVzdA@127.0.0.1:8388\r\n\n# a remark\nhello\n vmess://abc \n";
        let lines = parse_lines(text);
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 4, 5]);
        assert!(lines[0].node.is_ok());
        assert_eq!(lines[1].node, Err(LinkError::NoLink));
        assert_eq!(lines[2].node.as_ref().unwrap_err().to_string(), "vmess:// is not supported");
    }

    #[test]
    fn what_is_no_scheme_is_not_repeated() {
        for text in ["hunter2 and more://x", "://x", "hunter2hunter2hunter2hunter2://x", "ü://x", ""] {
            assert_eq!(parse(text), Err(LinkError::NoLink), "{text}");
        }
    }
}
