//! Dynamic access keys of Outline: the configuration behind a `ssconf://` address, as JSON or YAML.
//!
//! Read is a tunnel of one Shadowsocks server (`transport`, with its own endpoints for `tcp` and `udp`, and
//! `first-supported` of several), and the error that a provider may give in its place. What this program
//! cannot do (WebSocket, a dialer in front of another) is refused with its name.
//! Format: <https://developers.google.com/outline/docs/reference/config>.

use serde_json::{Map, Value};

use super::{Item, ListError, Where};
use crate::model::node::link::{self, LinkError, plugins};
use crate::model::node::outline::{self, OutlineOptions};
use crate::model::node::{Kind, Node};

/// The longest message of a provider that is repeated, in characters.
const LONGEST_MESSAGE: usize = 200;

/// Alternatives that are tried, and how deep they may be nested.
const MOST_OPTIONS: usize = 16;

/// The node of a configuration; none if it is another kind of file.
///
/// # Errors
/// It is the provider's error.
pub(super) fn read(config: &Value) -> Option<Result<Vec<Item>, ListError>> {
    let Value::Object(fields) = config else { return None };
    if let Some(error) = fields.get("error").and_then(Value::as_object) {
        let said = ["message", "details"].into_iter().filter_map(|key| error.get(key)?.as_str()).map(link::shown);
        let said: String = said.collect::<Vec<_>>().join(": ").chars().take(LONGEST_MESSAGE).collect();
        return Some(Err(ListError::Provider(said)));
    }
    let transport = fields.get("transport")?;
    Some(Ok(vec![Item { place: Where::Server(1), node: tunnel(transport) }]))
}

fn tunnel(transport: &Value) -> Result<Node, LinkError> {
    let Value::Object(fields) = transport else { return dialer(transport, MOST_OPTIONS).and_then(Dialer::node) };
    if type_of(fields) != "tcpudp" {
        return dialer(transport, MOST_OPTIONS).and_then(Dialer::node);
    }
    let mut tcp = dialer(fields.get("tcp").unwrap_or(&Value::Null), MOST_OPTIONS)?;
    if let Some(udp) = fields.get("udp").filter(|udp| !udp.is_null()) {
        let udp = dialer(udp, MOST_OPTIONS)?;
        if (&udp.method, &udp.secret) != (&tcp.method, &tcp.secret) {
            return Err(LinkError::Transport("udp".into()));
        }
        tcp.udp = Some((udp.host, udp.port)).filter(|place| *place != (tcp.host.clone(), tcp.port));
    }
    tcp.node()
}

/// A Shadowsocks server.
struct Dialer {
    host: String,
    port: u16,
    method: String,
    secret: String,
    prefix: Vec<u8>,
    udp: Option<(String, u16)>,
}

impl Dialer {
    fn node(self) -> Result<Node, LinkError> {
        let options = OutlineOptions { prefix: self.prefix, udp: self.udp };
        let plugin = options.plugin();
        let plugin = plugin.as_ref().map(|plugin| (plugin.name.as_str(), plugin.options.as_str()));
        link::shadowsocks(self.host, self.port, &self.method, self.secret.into(), plugin)
    }

    /// A server as a static key names it.
    fn of_key(key: &str) -> Result<Self, LinkError> {
        let node = link::parse(key)?;
        let Kind::Ss { method, password, plugin } = node.kind else {
            return Err(LinkError::Unsupported(node.kind.word().into()));
        };
        let OutlineOptions { prefix, udp } = match &plugin {
            None => OutlineOptions::default(),
            Some(plugin) => {
                OutlineOptions::of(plugin)?.ok_or_else(|| LinkError::UnknownPlugin(plugins::word(&plugin.name)))?
            }
        };
        let secret = password.expose().to_owned();
        Ok(Self { host: node.host, port: node.port, method, secret, prefix, udp })
    }
}

/// Reads a dialer; `left` alternatives may be tried in it.
fn dialer(value: &Value, left: usize) -> Result<Dialer, LinkError> {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::String(key) => return Dialer::of_key(key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return Err(LinkError::Host),
    };
    match type_of(fields) {
        "" | "shadowsocks" => shadowsocks(fields, left),
        "first-supported" => first(fields, left, dialer),
        other => Err(LinkError::Transport(plugins::word(other))),
    }
}

fn shadowsocks(fields: &Map<String, Value>, left: usize) -> Result<Dialer, LinkError> {
    let text = |names: &[&str]| names.iter().find_map(|name| scalar(fields.get(*name)?)).unwrap_or_default();
    let (host, port) = match ["endpoint", "address"].iter().find_map(|name| fields.get(*name)) {
        Some(place) => endpoint(place, left)?,
        None => link::place(&text(&["server"]), &text(&["server_port"]))?,
    };
    let prefix = outline::prefix(&text(&["prefix"])).ok_or(LinkError::Prefix)?;
    let (method, secret) = (text(&["cipher", "method"]), text(&["secret", "password"]));
    Ok(Dialer { host, port, method, secret, prefix, udp: None })
}

fn endpoint(value: &Value, left: usize) -> Result<(String, u16), LinkError> {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::String(place) => return link::endpoint(place),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return Err(LinkError::Host),
    };
    match type_of(fields) {
        "" | "dial" if fields.get("dialer").is_some_and(|dialer| !dialer.is_null()) => {
            Err(LinkError::Transport("dialer".into()))
        }
        "" | "dial" => endpoint(fields.get("address").filter(|place| place.is_string()).unwrap_or(&Value::Null), left),
        "first-supported" => first(fields, left, endpoint),
        other => Err(LinkError::Transport(plugins::word(other))),
    }
}

/// The first alternative that this program supports, or why it does not support the first.
fn first<T>(
    fields: &Map<String, Value>,
    left: usize,
    read: fn(&Value, usize) -> Result<T, LinkError>,
) -> Result<T, LinkError> {
    let options = fields.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut why = LinkError::Host;
    for (index, option) in options.iter().take(left).enumerate() {
        match read(option, left / 2) {
            Ok(found) => return Ok(found),
            Err(error) if index == 0 => why = error,
            Err(_) => {}
        }
    }
    Err(why)
}

fn type_of(fields: &Map<String, Value>) -> &str {
    fields.get("$type").and_then(Value::as_str).unwrap_or_default()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::node::list;

    fn of(text: &str) -> String {
        match list::read(text) {
            Ok(items) => {
                let said = |item: &Item| item.node.as_ref().map_or_else(ToString::to_string, link::print);
                items.iter().map(said).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    }

    const PREFIXED: &str = "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpwdw@ss.test:80/?outline=1&prefix=POST%20";

    #[test]
    fn every_form_of_a_key_is_read() {
        let tcp = "$type: shadowsocks\n    endpoint: ss.test:80\n    cipher: chacha20-ietf-poly1305\n    secret: pw\n    prefix: \"POST \"";
        let yaml = |udp: &str| format!("transport:\n  $type: tcpudp\n  tcp: &shared\n    {tcp}\n  udp: {udp}\n");
        assert_eq!(of(&yaml("*shared")), PREFIXED);
        assert_eq!(
            of(&yaml("{<<: *shared, endpoint: 'ss.test:53', prefix: \"\\u0097\\u00a7\"}")),
            "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpwdw@ss.test:80/?plugin=outline%3Bprefix%3DPOST%2520%3Budp%3Dss.test%3A53"
        );
        let legacy = r#"{"server":"ss.test","server_port":80,"password":"pw","method":"chacha20-ietf-poly1305","prefix":"POST "}"#;
        assert_eq!(of(legacy), PREFIXED);
        assert_eq!(of(&format!(r#"{{"transport":"{PREFIXED}"}}"#)), PREFIXED);
        let choice = r#"{"transport":{"$type":"tcpudp","tcp":{"$type":"shadowsocks","endpoint":{"$type":"first-supported",
            "options":[{"$type":"websocket","url":"wss://w.test/tcp"},{"$type":"dial","address":"ss.test:80"}]},
            "cipher":"chacha20-ietf-poly1305","secret":"pw","prefix":"POST "}}}"#;
        assert_eq!(of(choice), PREFIXED);
    }

    #[test]
    fn what_is_not_supported_and_what_the_provider_says_is_told() {
        let endpoint = |endpoint: &str| {
            of(&format!(
                r#"{{"transport":{{"$type":"shadowsocks","endpoint":{endpoint},"cipher":"aes-256-gcm","secret":"pw"}}}}"#
            ))
        };
        let websocket = r#"{"$type":"websocket","url":"wss://w.test/tcp"}"#;
        assert_eq!(endpoint(websocket), "the transport option websocket is not supported");
        let hop = r#"{"$type":"dial","address":"a.test:1","dialer":{"$type":"shadowsocks"}}"#;
        assert_eq!(endpoint(hop), "the transport option dialer is not supported");
        let error = "error:\n  message: Quota exceeded\n  details: Used 100GB\n";
        assert_eq!(of(error), "the provider says: Quota exceeded: Used 100GB");
        assert_eq!(of(r#"{"error":{"message":"gone"}}"#), "the provider says: gone");
    }
}
