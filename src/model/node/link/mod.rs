//! Links: one node as one line of text, to be passed around, scanned and pasted.
//!
//! Read here are `ss://` in both its forms (SIP002 and the older one that is base64 as a whole),
//! `ssr://` and `socks5://`; printed is always the form of the standard. What is read comes from strangers: it is
//! refused where it is unclear, nothing in it can make this code panic, control characters never
//! reach a name, and a plugin is a program's name, never a path.
//!
//! [`outline`] is what an access key of Outline says beyond a link.
//!
//! A reason for a refusal names the part that is wrong and never a user name, password or key: it is
//! shown on screens and written to logs.

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
    /// Why a text is no link that can be used. Names no secret.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum LinkError {
        /// There is no `scheme://` in front.
        NoLink = "link-no-link",
        /// A link of another program's protocol.
        Unsupported(scheme: String) = "link-unsupported",
        /// The address of a page, which may well have a list behind it.
        Page = "link-page",
        /// The part before the host is neither `method:password` nor that in base64.
        Credentials = "link-credentials",
        /// It is text, but without a `:`.
        NoPassword = "link-no-password",
        /// A user name or password that SOCKS5 cannot carry (RFC 1929).
        LoginLength = "link-login-length",
        /// A cipher that this program does not have; named if it looks like a cipher's name.
        Cipher(name: Option<String>) = "link-cipher" | "link-cipher-unnamed",
        /// The password does not fit the cipher.
        Key(error: KeyError) = transparent,
        /// What should be base64 is none.
        NotBase64(part: LinkPart) = "link-not-base64",
        /// A `ssr://` link is `host:port:protocol:method:obfs:password`.
        Parts = "link-parts",
        /// A name that ShadowsocksR has, or not, and this program has not.
        Name(error: UnsupportedName) = transparent,
        /// The server's host is missing or is no host.
        Host = "link-host",
        /// There is no `:port` behind the host.
        NoPort = "link-no-port",
        /// What stands there is no port.
        Port = "link-port",
        /// There is a path behind the port.
        Path = "link-path",
        /// The plugin has no name, or one that is more than a program's name.
        Plugin = "link-plugin",
        /// A plugin that another client has built in, and no program that is known does the same.
        UnknownPlugin(name: String) = "link-unknown-plugin",
        /// An option of such a plugin that the program does not have.
        PluginOption(option: String) = "link-plugin-option",
        /// An option by which the connection is made in another way, such as through WebSocket.
        Transport(option: String) = "link-transport",
        /// A prefix for salts, and a method that has none or none as long.
        Prefix = "link-prefix",
        /// What stands for a WebSocket is no address of one.
        WebSocket = "link-websocket",
    }
}

messages! {
    /// What of a `ssr://` link is encoded by itself.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum LinkPart {
        /// All of it.
        Whole = "link-part-whole",
        /// The password.
        Password = "link-part-password",
        /// The protocol's parameter.
        ProtocolParam = "link-part-protocol-param",
        /// The obfs's parameter.
        ObfsParam = "link-part-obfs-param",
    }
}

/// How links begin that may stand behind another in one line.
const SCHEMES: [&str; 3] = ["ss://", "ssr://", "socks5://"];

/// Longest line that may be one packed link, in bytes.
const LONGEST_PACKED: usize = 8 << 10;

/// One line of a text and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkLine {
    /// Its number, from 1.
    pub number: usize,
    /// The node, or why it is none.
    pub node: Result<Node, LinkError>,
}

/// Reads a text of links, one a line; some clients write several into one, with spaces between, or pack
/// each by itself into base64. Empty lines and lines that begin with `#` are left out.
pub fn parse_lines(text: &str) -> Vec<LinkLine> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let numbered = text.lines().map(str::trim).enumerate();
    let filled = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let read = |(index, line)| {
        apart(line).map(move |link| LinkLine { number: index + 1, node: parse_packed(link) }).collect::<Vec<_>>()
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
        "http" | "https" | "ssconf" => Err(LinkError::Page),
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
