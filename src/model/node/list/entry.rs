//! One server of a configuration file, with the field names of the supported clients.

use serde_json::Value;

use crate::model::node::link::outline::{self, OutlineOptions};
use crate::model::node::link::plugins::{self, EntryFields};
use crate::model::node::link::{self, LinkError};
use crate::model::node::{Node, Secret};

const HOST: &[&str] = &["server", "address", "serverHost"];
const PORT: &[&str] = &["server_port", "port", "serverPort"];
const METHOD: &[&str] = &["method", "cipher", "encryptMethod"];
const NAME: &[&str] = &["remarks", "name", "remark", "tag"];
const PLUGIN_OPTIONS: &[&str] = &["plugin_opts", "pluginOpts", "plugin-opts"];
const PROTOCOL_PARAM: &[&str] = &["protocol_param", "protocolparam", "protocolParam", "protocol-param"];
const OBFS_PARAM: &[&str] = &["obfs_param", "obfsparam", "obfsParam", "obfs-param"];

/// Fields that select another transport, unless they are off or empty.
const TRANSPORT: &[&str] = &[
    "tls",
    "ws-opts",
    "grpc-opts",
    "h2-opts",
    "http-opts",
    "reality-opts",
    "ech-opts",
    "dialer-proxy",
    "plugin_args",
    "plugin-args",
];

/// Whether these are the fields of a server.
pub(super) fn is_server(fields: &EntryFields) -> bool {
    HOST.iter().any(|name| fields.contains_key(*name)) && METHOD.iter().any(|name| fields.contains_key(*name))
}

/// The number of hosts of a server: shadowsocks-libev allows a list, and each of them is a server.
pub(super) fn host_count(value: &Value) -> usize {
    let host = HOST.iter().find_map(|name| value.get(*name));
    host.and_then(Value::as_array).map_or(1, |hosts| hosts.len().max(1))
}

/// Parses one server, by the same rules as a link; if it has several hosts, the one with this index.
pub(super) fn read(value: &Value, host: usize) -> Result<Node, LinkError> {
    let Value::Object(fields) = value else { return Err(LinkError::Host) };
    let text = |names: &[&str]| text(fields, names);
    let kind = kind(fields)?;
    check_transport(fields, kind)?;
    let (host, port) = link::place(&host_text(fields, host), &port_text(fields))?;
    let mut node = match kind {
        EntryKind::Ss => {
            let plugin = plugin(fields)?;
            let plugin = plugin.as_ref().map(|(name, options)| (name.as_str(), options.as_str()));
            link::shadowsocks(host, port, &text(METHOD), text(&["password"]).into(), plugin)?
        }
        EntryKind::Ssr => {
            let (method, password, protocol, obfs) =
                (text(METHOD), text(&["password"]), text(&["protocol"]), text(&["obfs"]));
            let (protocol_param, obfs_param) = (text(PROTOCOL_PARAM), text(OBFS_PARAM));
            let fields = link::SsrFields {
                method: &method,
                password: &password,
                protocol: &protocol,
                protocol_param: &protocol_param,
                obfs: &obfs,
                obfs_param: &obfs_param,
            };
            link::shadowsocks_r(host, port, &fields)?
        }
        EntryKind::Socks5 => {
            let password: Secret = text(&["password"]).into();
            link::socks5(host, port, text(&["username", "user"]), password)?
        }
    };
    node.name = link::shown(&text(NAME));
    node.group = link::shown(&text(&["group"]));
    Ok(node)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    Ss,
    Ssr,
    Socks5,
}

/// The protocol of a server: its declared type, or what its fields suggest.
fn kind(fields: &EntryFields) -> Result<EntryKind, LinkError> {
    match text(fields, &["type"]).to_ascii_lowercase().as_str() {
        "ss" | "shadowsocks" => Ok(EntryKind::Ss),
        "ssr" | "shadowsocksr" => Ok(EntryKind::Ssr),
        "socks5" => Ok(EntryKind::Socks5),
        "" if text(fields, &["protocol"]).is_empty() => Ok(EntryKind::Ss),
        // shadowsocks-rust uses this field for a tunnel's protocol; a ShadowsocksR server has an obfs as well.
        "" if fields.contains_key("obfs") => Ok(EntryKind::Ssr),
        "" => Ok(EntryKind::Ss),
        other => Err(LinkError::Unsupported(plugins::word(other))),
    }
}

/// Rejects options that select an unsupported transport. `smux` and `udp-over-tcp` are ignored: servers with these
/// options accept plain connections too.
fn check_transport(fields: &EntryFields, kind: EntryKind) -> Result<(), LinkError> {
    let chosen = TRANSPORT.iter().find(|key| fields.get(**key).is_some_and(plugins::is_chosen));
    if let Some(key) = chosen {
        return Err(LinkError::Transport(plugins::word(key)));
    }
    let network = text(fields, &["network"]).to_ascii_lowercase();
    if !["", "tcp", "raw", "udp", "tcp,udp", "tcp_and_udp"].contains(&network.as_str()) {
        return Err(LinkError::Transport(plugins::option("network", &network)));
    }
    let has_two = kind == EntryKind::Ss && old_obfs(fields).is_some() && !text(fields, &["plugin"]).is_empty();
    if has_two { Err(LinkError::Transport("obfs".into())) } else { Ok(()) }
}

/// The obfs of a Shadowsocks server, as Clash wrote it before it supported plugins.
fn old_obfs(fields: &EntryFields) -> Option<String> {
    Some(text(fields, &["obfs"])).filter(|mode| !["", "plain", "none"].contains(&mode.as_str()))
}

/// Name and options of the plugin (SIP003), if there is one.
fn plugin(fields: &EntryFields) -> Result<Option<(String, String)>, LinkError> {
    let name = text(fields, &["plugin"]);
    let prefix = text(fields, &["prefix"]);
    if !prefix.is_empty() {
        if !name.is_empty() || old_obfs(fields).is_some() {
            return Err(LinkError::Transport("prefix".into()));
        }
        // In legacy access keys of Outline.
        let prefix = outline::prefix(&prefix).ok_or(LinkError::Prefix)?;
        let plugin = OutlineOptions::of_prefix(prefix).plugin();
        return Ok(plugin.map(|plugin| (plugin.name, plugin.options)));
    }
    if name.is_empty() {
        let obfs = old_obfs(fields).map(|mode| plugins::obfs(&mode, &text(fields, &["obfs-host", "obfs_host"])));
        return obfs.transpose();
    }
    let options = PLUGIN_OPTIONS.iter().find_map(|name| fields.get(*name));
    match options {
        Some(Value::Object(options)) => plugins::translated(&name, options).map(Some),
        Some(Value::String(options)) => Ok(Some((name, options.clone()))),
        Some(Value::Null) | None => Ok(Some((name, String::new()))),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => Err(LinkError::Plugin),
    }
}

/// The first of these fields that is not null, if it is a text or an integer. A fraction is rejected, because its
/// original spelling is lost.
fn text(fields: &EntryFields, names: &[&str]) -> String {
    let value = names.iter().filter_map(|name| fields.get(*name)).find(|value| !value.is_null());
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}

/// The port, as any number: one that is not a port is rejected as such.
fn port_text(fields: &EntryFields) -> String {
    match PORT.iter().filter_map(|name| fields.get(*name)).find(|value| !value.is_null()) {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            text(fields, PORT)
        }
    }
}

/// The host with this index, if there is a list of them.
fn host_text(fields: &EntryFields, index: usize) -> String {
    let hosts = HOST.iter().find_map(|name| fields.get(*name)).and_then(Value::as_array);
    match hosts {
        Some(hosts) => hosts.get(index).and_then(Value::as_str).unwrap_or_default().into(),
        None => text(fields, HOST),
    }
}
