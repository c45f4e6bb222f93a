//! Dynamic access keys of Outline: the configuration behind a `ssconf://` address, as JSON or YAML.
//!
//! Supported are a tunnel through one Shadowsocks server (`transport`, with separate endpoints and prefixes for `tcp`
//! and `udp`, WebSockets, and `first-supported` of several), and the error message that a provider may return instead.
//! Unsupported types (such as a dialer in front of another) are rejected by name. Format:
//! <https://developers.google.com/outline/docs/reference/config>.

mod endpoint;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::endpoint::{KeyEndpoint, endpoint, first, type_of};
use super::{Item, ListError, ListPosition};
use crate::model::node::link::outline::{self, OutlineOptions, OutlineTransport};
use crate::model::node::link::{self, LinkError, plugins};
use crate::model::node::{Kind, Node};

/// Maximum length of a provider's message that is shown, in characters.
const MAX_MESSAGE: usize = 200;

/// Maximum number of alternatives that are tried, and of their nesting levels.
const MAX_ALTERNATIVES: usize = 16;

/// The node of a configuration; none if it is another kind of file.
///
/// # Errors
/// It is an error message of the provider.
pub(super) fn read(config: &Value) -> Option<Result<Vec<Item>, ListError>> {
    let Value::Object(fields) = config else { return None };
    if let Some(error) = fields.get("error").and_then(Value::as_object) {
        let said = ["message", "details"].into_iter().filter_map(|key| error.get(key)?.as_str()).map(link::shown);
        let said: String = said.collect::<Vec<_>>().join(": ").chars().take(MAX_MESSAGE).collect();
        return Some(Err(ListError::Provider(said)));
    }
    let transport = fields.get("transport")?;
    Some(Ok(vec![Item { place: ListPosition::Server(1), node: tunnel(transport, MAX_ALTERNATIVES) }]))
}

/// Parses a transport; `left` alternatives may still be tried.
fn tunnel(transport: &Value, left: usize) -> Result<Node, LinkError> {
    let fields = match transport {
        Value::Object(fields) => fields,
        Value::String(key) => return static_key(key).map(|(node, _)| node),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return Err(LinkError::Host),
    };
    match type_of(fields) {
        "tcpudp" => {
            let tcp = dialer(fields.get("tcp").unwrap_or(&Value::Null), left)?;
            let udp = fields.get("udp").filter(|udp| !udp.is_null());
            let udp = udp.map(|udp| dialer(udp, left)).transpose()?;
            tcp.node(udp)
        }
        "first-supported" => first(fields, left, tunnel),
        // One server for both. Its prefix is for streams only: older keys have no prefix for datagrams.
        _dialer => {
            let tcp = dialer(transport, left)?;
            let udp = Dialer { prefix: Vec::new(), ..tcp.clone() };
            tcp.node(Some(udp))
        }
    }
}

/// A Shadowsocks server.
#[derive(Clone)]
struct Dialer {
    endpoint: KeyEndpoint,
    method: String,
    secret: String,
    prefix: Vec<u8>,
}

impl Dialer {
    /// The node with one server for streams and another one for datagrams.
    fn node(self, udp: Option<Self>) -> Result<Node, LinkError> {
        let place = self.endpoint.place;
        let mut options = OutlineOptions::of_prefix(self.prefix);
        options.tcp.websocket = self.endpoint.websocket;
        if let Some(udp) = udp {
            if (&udp.method, &udp.secret) != (&self.method, &self.secret) {
                return Err(LinkError::Transport("udp".into()));
            }
            options.udp = OutlineTransport { prefix: udp.prefix, websocket: udp.endpoint.websocket };
            // Without a separate server, datagrams would need the WebSocket of the streams.
            let needs_place = udp.endpoint.place != place || !options.carries_datagrams();
            options.udp_place = Some(udp.endpoint.place).filter(|_| needs_place);
        }
        let plugin = options.plugin();
        let plugin = plugin.as_ref().map(|plugin| (plugin.name.as_str(), plugin.options.as_str()));
        link::shadowsocks(place.0, place.1, &self.method, self.secret.into(), plugin)
    }

    /// A server in a static key, which has one address.
    fn of_key(key: &str) -> Result<Self, LinkError> {
        let (node, OutlineOptions { tcp, udp, udp_place }) = static_key(key)?;
        if udp_place.is_some() || udp != OutlineTransport::default() {
            return Err(LinkError::PluginOption("udp".into()));
        }
        let Kind::Ss { method, password, .. } = node.kind else {
            return Err(LinkError::Unsupported(node.kind.as_str().into()));
        };
        let endpoint = KeyEndpoint { place: (node.host, node.port), websocket: tcp.websocket };
        Ok(Self { endpoint, method, secret: password.expose().to_owned(), prefix: tcp.prefix })
    }
}

/// A static key: its node, and its Outline options.
fn static_key(key: &str) -> Result<(Node, OutlineOptions), LinkError> {
    let node = link::parse(key)?;
    let Kind::Ss { plugin, .. } = &node.kind else {
        return Err(LinkError::Unsupported(node.kind.as_str().into()));
    };
    let options = match plugin {
        None => OutlineOptions::default(),
        Some(plugin) => {
            OutlineOptions::of(plugin)?.ok_or_else(|| LinkError::UnknownPlugin(plugins::word(&plugin.name)))?
        }
    };
    Ok((node, options))
}

/// Parses a dialer; `left` alternatives may still be tried.
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
    let endpoint = match ["endpoint", "address"].iter().find_map(|name| fields.get(*name)) {
        Some(place) => endpoint(place, left)?,
        None => KeyEndpoint::at(link::place(&text(&["server"]), &text(&["server_port"]))?),
    };
    let prefix = outline::prefix(&text(&["prefix"])).ok_or(LinkError::Prefix)?;
    let (method, secret) = (text(&["cipher", "method"]), text(&["secret", "password"]));
    Ok(Dialer { endpoint, method, secret, prefix })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
