//! Links: a node as one line of text, for sharing, scanning and pasting.
//!
//! Parsed are `ss://` in both its forms (SIP002 and the older one that is base64 as a whole), `ssr://` and `socks5://`;
//! printed is always the standard form. Links are untrusted input: ambiguous ones are rejected, none can cause a panic,
//! control characters are removed from names, and a plugin is the name of a program, never a path.
//!
//! [`outline`] has the options of Outline access keys that a plain link does not have.
//!
//! An error names the part that is invalid and never a user name, password or key, because errors are shown on screens
//! and written to logs.

pub mod outline;
mod parts;
pub(super) mod plugins;
mod socks5;
mod ss;
mod ssr;

#[cfg(test)]
mod properties;

pub use self::parts::shown;
pub(super) use self::parts::{authority as endpoint, decode, encode, place};
pub(super) use self::socks5::socks5;
pub(super) use self::ss::shadowsocks;
pub(super) use self::ssr::{SsrFields, shadowsocks_r};

use serde::{Deserialize, Serialize};

use super::cipher::KeyError;
use super::ssr::UnsupportedName;
use crate::locale::messages;
use crate::model::node::{Kind, Node};

messages! {
    /// Why a text is not a valid link. Contains no secrets.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum LinkError {
        /// It does not begin with `scheme://`.
        NoLink = "link-no-link",
        /// A link of an unsupported protocol.
        Unsupported(scheme: String) = "link-unsupported",
        /// The URL of a web page, which may be a subscription.
        Page = "link-page",
        /// The part before the host is neither `method:password` nor its base64.
        Credentials = "link-credentials",
        /// That part is text without a `:`.
        NoPassword = "link-no-password",
        /// A user name or password that SOCKS5 does not support (RFC 1929).
        LoginLength = "link-login-length",
        /// An unknown cipher; named if it looks like the name of a cipher.
        Cipher(name: Option<String>) = "link-cipher" | "link-cipher-unnamed",
        /// The password is not valid for the cipher.
        Key(error: KeyError) = transparent,
        /// A part is not valid base64.
        NotBase64(part: LinkPart) = "link-not-base64",
        /// An `ssr://` link must be `host:port:protocol:method:obfs:password`.
        Parts = "link-parts",
        /// An unknown ShadowsocksR cipher, protocol or obfs.
        Name(error: UnsupportedName) = transparent,
        /// The server's host is missing or invalid.
        Host = "link-host",
        /// The host is not followed by `:port`.
        NoPort = "link-no-port",
        /// The port is invalid.
        Port = "link-port",
        /// The port is followed by a path.
        Path = "link-path",
        /// The plugin's name is missing, or is not a plain program name.
        Plugin = "link-plugin",
        /// A plugin that is built into another client and has no known program.
        UnknownPlugin(name: String) = "link-unknown-plugin",
        /// An option of a built-in plugin that the corresponding program does not have.
        PluginOption(option: String) = "link-plugin-option",
        /// An option that selects an unsupported transport, such as WebSocket.
        Transport(option: String) = "link-transport",
        /// A salt prefix that the method does not support, or that is too long for it.
        Prefix = "link-prefix",
        /// The URL of a WebSocket is invalid.
        WebSocket = "link-websocket",
    }
}

messages! {
    /// The parts of an `ssr://` link that are base64.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum LinkPart {
        /// The whole link.
        Whole = "link-part-whole",
        /// The password.
        Password = "link-part-password",
        /// The protocol's parameter.
        ProtocolParam = "link-part-protocol-param",
        /// The obfs's parameter.
        ObfsParam = "link-part-obfs-param",
    }
}

/// Schemes of links that may follow another link on the same line.
const SCHEMES: [&str; 3] = ["ss://", "ssr://", "socks5://"];

/// Maximum length in bytes of a line that may be a base64 link.
const MAX_ENCODED_LINE: usize = 8 << 10;

/// A line of a text, and the result of parsing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkLine {
    /// Its number, from 1.
    pub number: usize,
    /// The node, or why the line is not valid.
    pub node: Result<Node, LinkError>,
}

/// Parses a text of links, one per line; some clients write several on one line, separated by spaces, or encode each of
/// them in base64. Empty lines and lines that begin with `#` are skipped.
pub fn parse_lines(text: &str) -> Vec<LinkLine> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let numbered = text.lines().map(str::trim).enumerate();
    let filled = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let read = |(index, line)| {
        apart(line).map(move |link| LinkLine { number: index + 1, node: parse_packed(link) }).collect::<Vec<_>>()
    };
    filled.flat_map(read).collect()
}

/// The links of a line. A name may contain spaces; if the text after one begins with a supported scheme, it is another
/// link.
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

/// Parses a link that may be encoded in base64 as a whole.
fn parse_packed(link: &str) -> Result<Node, LinkError> {
    match parse(link) {
        Err(LinkError::NoLink) if link.len() <= MAX_ENCODED_LINE => {
            let inner = parts::decode_base64(link).filter(|inner| inner.contains("://"));
            inner.map_or(Err(LinkError::NoLink), |inner| parse(&inner))
        }
        result => result,
    }
}

/// Parses a link.
///
/// # Errors
/// The invalid part. Nothing that would change where traffic goes is guessed.
pub fn parse(link: &str) -> Result<Node, LinkError> {
    let (scheme, rest) = link.trim().split_once("://").ok_or(LinkError::NoLink)?;
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "ss" | "shadowsocks" => ss::parse(rest),
        "ssr" => ssr::parse(rest),
        "socks5" | "socks5h" | "socks" => socks5::parse(rest),
        "http" | "https" | "ssconf" => Err(LinkError::Page),
        _ if is_scheme(&scheme) => Err(LinkError::Unsupported(scheme)),
        _ => Err(LinkError::NoLink),
    }
}

/// Prints a node as a link, with its password: SIP002 for Shadowsocks.
pub fn print(node: &Node) -> String {
    match &node.kind {
        Kind::Ss { method, password, plugin } => ss::print(node, method, password, plugin.as_ref()),
        Kind::Ssr(ssr) => ssr::print(node, ssr),
        Kind::Socks5 { login } => socks5::print(node, login.as_ref()),
    }
}

/// Whether a text begins with a supported scheme.
pub(super) fn is_link(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

/// RFC 3986, section 3.1; the limit keeps other text out of error messages.
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
    fn invalid_schemes_are_not_repeated() {
        for text in ["hunter2 and more://x", "://x", "hunter2hunter2hunter2hunter2://x", "ü://x", ""] {
            assert_eq!(parse(text), Err(LinkError::NoLink), "{text}");
        }
    }
}
