//! The building blocks of links: percent-encoding, all variants of base64, host and port.

use std::net::Ipv6Addr;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Host;

use super::{LinkError, plugins};
use crate::locale::is_hidden;
use crate::model::node::Node;
use crate::model::reasons::subscription_error::MAX_NAME;

/// Everything but the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One engine for all variants: the text is converted to this alphabet first. Some encoders omit the padding or set
/// bits after the last byte.
const SLOPPY: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Maximum length of a host name (RFC 1035, section 2.3.4), in its text form.
const MAX_HOST: usize = 253;

/// A link, split into its parts.
pub(super) struct Cut<'a> {
    /// Everything before `?` and `#`, without a trailing `/`.
    pub(super) body: &'a str,
    /// The query, after `?`; may be empty.
    query: &'a str,
    /// The fragment, after `#`, decoded.
    pub(super) name: String,
}

impl<'a> Cut<'a> {
    pub(super) fn at_marks(rest: &'a str) -> Self {
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (body, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self { body: body.strip_suffix('/').unwrap_or(body), query, name: name(fragment) }
    }

    /// The option in printable form if its value in the query is not one of these or empty.
    pub(super) fn other_than(&self, key: &str, plain: &[&str]) -> Option<String> {
        let mut pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let other = |value: &str| !value.is_empty() && !plain.iter().any(|plain| value.eq_ignore_ascii_case(plain));
        let (_, value) = pairs.find(|(name, value)| name.eq_ignore_ascii_case(key) && other(value))?;
        Some(plugins::option(key, value))
    }

    /// The decoded value of a key in the query.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == key).find_map(|(_, value)| decode(value))
    }
}

/// The name in the fragment.
pub(super) fn name(fragment: &str) -> String {
    shown(&percent_decode_str(fragment).decode_utf8_lossy())
}

/// A name in the form in which it is stored, whatever its source: without characters that move a terminal's cursor or
/// reorder the text around it, and at most [`MAX_NAME`] bytes long.
pub fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.trim().chars().filter(|character| !is_hidden(*character)) {
        if shown.len() + character.len_utf8() > MAX_NAME {
            break;
        }
        shown.push(character);
    }
    shown.trim().to_owned()
}

/// Decodes percent-encoding; none if the bytes are not UTF-8.
pub(in crate::model::node) fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

/// Percent-encodes all but the unreserved characters.
pub(in crate::model::node) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Decodes base64 of either alphabet, padded or not, with percent-encoded `+`, `/` and `=`.
pub(super) fn decode_base64(text: &str) -> Option<String> {
    String::from_utf8(base64_bytes(text)?).ok()
}

/// The same, with a replacement character for each invalid byte sequence.
pub(super) fn decode_base64_lossy(text: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&base64_bytes(text)?).into_owned())
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let text = decode(text)?.replace('+', "-").replace('/', "_");
    SLOPPY.decode(text.trim_end_matches('=')).ok()
}

/// Encodes base64 as required by SIP002: URL-safe, without padding.
pub(super) fn encode_base64(text: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// Parses `host:port`. A name is converted to ASCII (IDNA), the brackets of an IPv6 address are removed.
pub(in crate::model::node) fn authority(text: &str) -> Result<(String, u16), LinkError> {
    let (host, port) = split_port(text)?;
    if port.contains('/') {
        return Err(LinkError::Path);
    }
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|port| digits && *port != 0).ok_or(LinkError::Port)?;
    Ok((parse_host(host)?, port))
}

/// A host and a port that are already separate, by the same rules.
pub(in crate::model) fn place(host: &str, port: &str) -> Result<(String, u16), LinkError> {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    match (host, port) {
        ("", _) => Err(LinkError::Host),
        (_, "") => Err(LinkError::NoPort),
        (host, port) => authority(&format!("{host}:{port}")),
    }
}

fn split_port(text: &str) -> Result<(&str, &str), LinkError> {
    let Some(bracketed) = text.strip_prefix('[') else {
        return text.rsplit_once(':').ok_or(LinkError::NoPort);
    };
    let inside = bracketed.find(']').ok_or(LinkError::Host)?;
    let (host, behind) = text.split_at(inside + 2);
    Ok((host, behind.strip_prefix(':').ok_or(LinkError::NoPort)?))
}

fn parse_host(text: &str) -> Result<String, LinkError> {
    // Old links contain IPv6 addresses without brackets, and some encode their colons.
    let plain = decode(text).unwrap_or_default();
    let inside = plain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&plain);
    if let Ok(address) = inside.parse::<Ipv6Addr>() {
        return Ok(address.to_string());
    }
    match Host::parse(text).map_err(|_| LinkError::Host)? {
        Host::Domain(name) if name.len() > MAX_HOST => Err(LinkError::Host),
        Host::Domain(name) => Ok(name),
        Host::Ipv4(address) => Ok(address.to_string()),
        Host::Ipv6(address) => Ok(address.to_string()),
    }
}

/// The end of a link: `#name`, or nothing for a node without a name.
pub(super) fn fragment(node: &Node) -> String {
    if node.name.is_empty() { String::new() } else { format!("#{}", encode(&node.name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_bounded_line_without_bidi_controls() {
        assert_eq!(shown(" To\u{202e}ky\u{1b}o\n\u{2066} "), "Tokyo");
        let long = shown(&"東京".repeat(1_000));
        assert!(long.len() <= MAX_NAME && long.starts_with("東京"), "{}", long.len());
    }

    #[test]
    fn base64_is_decoded_in_every_variant() {
        for text in ["Pz8_Pj4-", "Pz8/Pj4+", "Pz8%2FPj4%2B"] {
            assert_eq!(decode_base64(text).as_deref(), Some("???>>>"), "{text}");
        }
        for text in ["YQ", "YQ==", "YQ%3D%3D"] {
            assert_eq!(decode_base64(text).as_deref(), Some("a"), "{text}");
        }
        assert_eq!(decode_base64("a*b"), None);
        assert_eq!(decode_base64("_w"), None, "no UTF-8");
    }

    #[test]
    fn hosts_and_ports_are_checked() {
        let read = |text| authority(text).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(read("Example.COM:1").unwrap(), "example.com 1");
        assert_eq!(read("192.0.2.1:65535").unwrap(), "192.0.2.1 65535");
        assert_eq!(read("[2001:DB8::0:1]:8388").unwrap(), "2001:db8::1 8388");
        assert_eq!(read("2001:db8::1:8388").unwrap(), "2001:db8::1 8388");
        assert_eq!(read("b%C3%BCcher.example:9").unwrap(), "xn--bcher-kva.example 9");
        for (text, error) in [
            ("example.com", LinkError::NoPort),
            ("[::1]", LinkError::NoPort),
            ("[::1", LinkError::Host),
            ("[::g]:1", LinkError::Host),
            (":80", LinkError::Host),
            ("a b:80", LinkError::Host),
            ("999.1.1.1:80", LinkError::Host),
            ("a:0", LinkError::Port),
            ("a:65536", LinkError::Port),
            ("a:+80", LinkError::Port),
            ("a:", LinkError::Port),
            ("a:80/path", LinkError::Path),
        ] {
            assert_eq!(authority(text), Err(error), "{text}");
        }
        assert_eq!(authority(&format!("{}:1", "a.".repeat(127))), Err(LinkError::Host));
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(Cut::at_marks("x#%1B[2J%0Aa%E4%B8%9C+b%FF ").name, "[2Ja东+b\u{fffd}");
    }
}
