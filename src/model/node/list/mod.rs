//! Reads many nodes from one text, in any format that providers and other clients write.
//!
//! Supported are links, one per line, the same encoded in base64 (most subscriptions), JSON (SIP008; `gui-config.json`
//! of the Windows clients for Shadowsocks and ShadowsocksR and of shadowsocks-electron; configuration files of
//! shadowsocks-libev and -rust) and YAML (Clash, mihomo). The format is detected from the text, never from a file name.
//! An item that is not a valid node is reported with its position and the reason, and a text in none of these formats
//! is rejected as a whole.

mod access_key;
mod entry;
mod json;
mod names;
mod sip008;
mod yaml;

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::link::{self, LinkError};
use crate::locale::messages;
use crate::model::node::Node;

pub use self::names::choose_names;
pub use self::sip008::print_sip008;

/// An item of a text, and the result of parsing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its position in the text.
    pub place: ListPosition,
    /// The node, or why the item is not valid.
    pub node: Result<Node, LinkError>,
}

/// A position in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListPosition {
    /// A line number, from 1.
    Line(usize),
    /// The number of a server in a configuration file, from 1.
    Server(usize),
}

messages! {
    /// Why a text contains no nodes at all. Repeats nothing of its content.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum ListError {
        /// HTML: the page that a provider sends to unknown clients.
        WebPage = "list-web-page",
        /// It looks like JSON, with a syntax error.
        Json {
            /// From 1.
            line: usize,
            /// From 1.
            column: usize,
        } = "json-invalid",
        /// It looks like a Clash configuration, with a syntax error.
        Yaml {
            /// From 1, if known.
            line: Option<usize>,
        } = "list-yaml-at" | "list-yaml",
        /// It is valid, but contains no servers.
        NoServers = "list-no-servers",
        /// It contains too many servers.
        TooMany(servers: usize) = "list-too-many" [most = MAX_ITEMS],
        /// The error message of a provider in place of an access key.
        Provider(message: String) = "list-provider",
        /// JSON that is too large when parsed.
        TooMuch = "list-too-large",
    }
}

/// Maximum number of lines or servers of a text. The longest public lists have some hundreds; megabytes of garbage have
/// millions, each of which would take memory.
pub const MAX_ITEMS: usize = 20_000;

/// The beginning of a YAML line that is followed by a list (Clash) or a tunnel (Outline).
const YAML_KEYS: [&str; 3] = ["proxies:", "transport:", "error:"];

/// Maximum number of nested layers of base64: some providers encode a list twice.
const LAYERS: usize = 3;

/// Decodes the bytes of a file: UTF-16 if there is a byte order mark, otherwise UTF-8. Invalid bytes are replaced, and
/// the item that contains them is rejected later.
pub fn text_of(bytes: &[u8]) -> String {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _narrow => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Parses a text in any of the formats. Items are in the order of the text.
///
/// # Errors
/// The text contains no nodes at all.
pub fn read(text: &str) -> Result<Vec<Item>, ListError> {
    let mut text = Cow::Borrowed(text);
    for _layer in 0..LAYERS {
        match unpacked(&text) {
            Some(inner) => text = inner.into(),
            None => break,
        }
    }
    read_plain(&with_plain_ends(&text))
}

/// Parses a JSON configuration file; `None` if the text is not one.
pub(in crate::model) fn json(text: &str) -> Option<Value> {
    let text = with_plain_ends(text);
    is_json(&text).then(|| json::parse(&text).ok()).flatten()
}

/// Parses an entry of a configuration file.
///
/// # Errors
/// It is not a valid node.
pub(in crate::model) fn node(entry: &Value) -> Result<Node, LinkError> {
    entry::read(entry, 0)
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The text with Unix line endings and without a byte order mark.
fn with_plain_ends(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

fn read_plain(text: &str) -> Result<Vec<Item>, ListError> {
    let start = text.trim_start();
    if start.starts_with('<') {
        return Err(ListError::WebPage);
    }
    if is_json(text) {
        return servers(&json::parse(text)?);
    }
    if text.lines().any(|line| YAML_KEYS.iter().any(|key| line.starts_with(key))) {
        return servers(&yaml::parse(text)?);
    }
    let filled = text.lines().filter(|line| !line.trim().is_empty()).count();
    if filled > MAX_ITEMS {
        return Err(ListError::TooMany(filled));
    }
    let lines = link::parse_lines(text).into_iter();
    Ok(lines.map(|line| Item { place: ListPosition::Line(line.number), node: line.node }).collect())
}

/// Decodes a text that is base64 as a whole, in either alphabet, with or without line breaks, or base64 line by line
/// with one link each.
fn unpacked(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A single word may be valid base64 by chance: the result must look like a list.
    let is_more = |inner: &String| inner.contains("://") || inner.contains(['{', '<']) || is_packed(inner);
    unpacked_lines(text).or_else(|| decoded(text).filter(is_more))
}

fn unpacked_lines(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    let first = lines.next()?;
    lines.peek()?;
    let inside = |line: &str| decoded(line).filter(|inner| link::is_link(inner));
    std::iter::once(first).chain(lines).map(inside).collect::<Option<Vec<_>>>().map(|links| links.join("\n"))
}

fn decoded(text: &str) -> Option<String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let bytes =
        [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(&digits).ok());
    String::from_utf8(bytes?).ok()
}

/// Whether a text may be base64 again: long, and consisting only of its digits.
fn is_packed(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(&byte);
    text.len() >= 24 && text.bytes().all(is_digit)
}

/// The servers of a configuration: a list, the list under a known name, or a single one.
fn servers(config: &Value) -> Result<Vec<Item>, ListError> {
    if let Some(key) = access_key::read(config) {
        return key;
    }
    // The last one is used by shadowsocks-electron.
    let lists = ["servers", "configs", "proxies", "config"];
    let list = match config {
        Value::Array(list) => list.as_slice(),
        Value::Object(fields) => match lists.iter().find_map(|name| fields.get(*name)) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(_) => return Err(ListError::NoServers),
            None if entry::is_server(fields) => std::slice::from_ref(config),
            None => return Err(ListError::NoServers),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(ListError::NoServers),
    };
    let count = list.iter().flat_map(entries).map(|(_, entry)| entry::host_count(entry)).sum();
    if count > MAX_ITEMS {
        return Err(ListError::TooMany(count));
    }
    let numbered = list.iter().flat_map(entries).enumerate();
    let items = numbered.flat_map(|(index, (group, entry))| {
        (0..entry::host_count(entry)).map(move |host| Item {
            place: ListPosition::Server(index + 1),
            node: entry::read(entry, host).map(|node| in_group(node, group)),
        })
    });
    Ok(items.collect())
}

/// An item of a list: a server, or a named group of servers, as in shadowsocks-electron.
fn entries(item: &Value) -> impl Iterator<Item = (Option<&str>, &Value)> {
    let (group, servers) = match item.get("servers") {
        Some(Value::Array(servers)) => (item.get("name").and_then(Value::as_str), servers.as_slice()),
        Some(_) | None => (None, std::slice::from_ref(item)),
    };
    servers.iter().map(move |server| (group, server))
}

fn in_group(mut node: Node, group: Option<&str>) -> Node {
    if node.group.is_empty() {
        node.group = group.map(link::shown).unwrap_or_default();
    }
    node
}

#[cfg(test)]
mod tests;
