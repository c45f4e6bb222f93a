//! Endpoints: the address of a server in an access key, and the WebSocket to use.

use serde_json::{Map, Value};

use crate::model::node::link::{self, LinkError, plugins};
use crate::model::node::websocket::WebSocketUrl;

/// The address of a server.
#[derive(Clone)]
pub(super) struct KeyEndpoint {
    pub(super) place: (String, u16),
    pub(super) websocket: Option<WebSocketUrl>,
}

impl KeyEndpoint {
    /// A server that is connected to directly.
    pub(super) fn at(place: (String, u16)) -> Self {
        Self { place, websocket: None }
    }
}

/// Parses an endpoint; `left` alternatives may still be tried.
pub(super) fn endpoint(value: &Value, left: usize) -> Result<KeyEndpoint, LinkError> {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::String(place) => return link::endpoint(place).map(KeyEndpoint::at),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return Err(LinkError::Host),
    };
    match type_of(fields) {
        "" | "dial" if fields.get("dialer").is_some_and(|dialer| !dialer.is_null()) => {
            Err(LinkError::Transport("dialer".into()))
        }
        "" | "dial" => endpoint(fields.get("address").filter(|place| place.is_string()).unwrap_or(&Value::Null), left),
        "first-supported" => first(fields, left, endpoint),
        "websocket" => websocket(fields, left),
        other => Err(LinkError::Transport(plugins::word(other))),
    }
}

/// A WebSocket, at the host of its URL or at a separate endpoint.
fn websocket(fields: &Map<String, Value>, left: usize) -> Result<KeyEndpoint, LinkError> {
    let url = fields.get("url").and_then(Value::as_str).and_then(WebSocketUrl::parse).ok_or(LinkError::WebSocket)?;
    let place = match fields.get("endpoint").filter(|endpoint| !endpoint.is_null()) {
        None => link::place(&url.host(), &url.port().to_string())?,
        Some(inner) => match endpoint(inner, left)? {
            KeyEndpoint { place, websocket: None } => place,
            KeyEndpoint { .. } => return Err(LinkError::Transport("websocket".into())),
        },
    };
    Ok(KeyEndpoint { place, websocket: Some(url) })
}

/// The first alternative that this program supports, or why the first one is not supported.
pub(super) fn first<T>(
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

/// The type in the configuration.
pub(super) fn type_of(fields: &Map<String, Value>) -> &str {
    fields.get("$type").and_then(Value::as_str).unwrap_or_default()
}
