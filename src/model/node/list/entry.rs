//! One server of a configuration file, under the names that each client gives its fields.

use serde_json::{Map, Value};

use crate::model::node::link::{self, LinkError};
use crate::model::node::{Node, Secret};

type Fields = Map<String, Value>;

const HOST: &[&str] = &["server", "address", "serverHost"];
const PORT: &[&str] = &["server_port", "port", "serverPort"];
const METHOD: &[&str] = &["method", "cipher", "encryptMethod"];
const NAME: &[&str] = &["remarks", "name", "remark", "tag"];
const PLUGIN_OPTIONS: &[&str] = &["plugin_opts", "pluginOpts", "plugin-opts"];
const PROTOCOL_PARAM: &[&str] = &["protocol_param", "protocolparam", "protocolParam", "protocol-param"];
const OBFS_PARAM: &[&str] = &["obfs_param", "obfsparam", "obfsParam", "obfs-param"];

/// Whether these are the fields of a server.
pub(super) fn is_server(fields: &Fields) -> bool {
    HOST.iter().any(|name| fields.contains_key(*name)) && METHOD.iter().any(|name| fields.contains_key(*name))
}

/// Reads one server, by the same rules as a link.
pub(super) fn read(value: &Value) -> Result<Node, LinkError> {
    let Value::Object(fields) = value else { return Err(LinkError::Host) };
    let text = |names: &[&str]| text(fields, names);
    let (host, port) = link::place(&text(HOST), &text(PORT))?;
    let mut node = match kind(fields)? {
        Known::Ss => {
            let plugin = plugin(fields)?;
            let plugin = plugin.as_ref().map(|(name, options)| (name.as_str(), options.as_str()));
            link::shadowsocks(host, port, &text(METHOD), text(&["password"]).into(), plugin)?
        }
        Known::Ssr => link::shadowsocks_r(
            host,
            port,
            &link::SsrFields {
                method: &text(METHOD),
                password: &text(&["password"]),
                protocol: &text(&["protocol"]),
                protocol_param: &text(PROTOCOL_PARAM),
                obfs: &text(&["obfs"]),
                obfs_param: &text(OBFS_PARAM),
            },
        )?,
        Known::Socks5 => {
            let password: Secret = text(&["password"]).into();
            link::socks5(host, port, text(&["username", "user"]), password)?
        }
    };
    node.name = link::shown(&text(NAME));
    node.group = link::shown(&text(&["group"]));
    Ok(node)
}

enum Known {
    Ss,
    Ssr,
    Socks5,
}

/// What kind of server it is: what it says, or what its fields say.
fn kind(fields: &Fields) -> Result<Known, LinkError> {
    match text(fields, &["type"]).to_ascii_lowercase().as_str() {
        "ss" | "shadowsocks" => Ok(Known::Ss),
        "ssr" | "shadowsocksr" => Ok(Known::Ssr),
        "socks5" => Ok(Known::Socks5),
        "" if text(fields, &["protocol"]).is_empty() => Ok(Known::Ss),
        // shadowsocks-rust names a tunnel's protocol so; a ShadowsocksR server has an obfs as well.
        "" if fields.contains_key("obfs") => Ok(Known::Ssr),
        "" => Ok(Known::Ss),
        other => Err(LinkError::Unsupported(word(other))),
    }
}

/// A name as far as it may be repeated.
fn word(name: &str) -> String {
    name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(16).collect()
}

/// Name and options of the plugin (SIP003), if there is one.
fn plugin(fields: &Fields) -> Result<Option<(String, String)>, LinkError> {
    let name = text(fields, &["plugin"]);
    if name.is_empty() {
        return Ok(None);
    }
    let options = PLUGIN_OPTIONS.iter().find_map(|name| fields.get(*name));
    match options {
        Some(Value::Object(options)) => clash_plugin(&name, options).map(Some),
        Some(Value::String(options)) => Ok(Some((name, options.clone()))),
        Some(Value::Null) | None => Ok(Some((name, String::new()))),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => Err(LinkError::Plugin),
    }
}

/// The plugins that Clash has built in, as the programs that do the same.
fn clash_plugin(name: &str, options: &Fields) -> Result<(String, String), LinkError> {
    let value = |key: &str| text(options, &[key]);
    let mut words = Vec::new();
    let mut add = |key: &str, value: String| {
        if !value.is_empty() {
            words.push(format!("{key}={}", escaped(&value)));
        }
    };
    let program = match name {
        "obfs" => {
            add("obfs", value("mode"));
            add("obfs-host", value("host"));
            "obfs-local"
        }
        "v2ray-plugin" => {
            add("mode", value("mode"));
            add("host", value("host"));
            add("path", value("path"));
            if options.get("tls") == Some(&Value::Bool(true)) {
                words.insert(0, "tls".into());
            }
            "v2ray-plugin"
        }
        other => return Err(LinkError::UnknownPlugin(word(other))),
    };
    Ok((program.into(), words.join(";")))
}

/// SIP003: a backslash stands before what would end a value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(';', "\\;").replace('=', "\\=")
}

/// The first of these fields that has a text or a number.
fn text(fields: &Fields, names: &[&str]) -> String {
    let value = names.iter().filter_map(|name| fields.get(*name)).find(|value| !value.is_null());
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        // shadowsocks-libev takes a list of hosts, of which the first is the one.
        Some(Value::Array(list)) => list.first().and_then(Value::as_str).unwrap_or_default().into(),
        Some(Value::Null | Value::Bool(_) | Value::Object(_)) | None => String::new(),
    }
}
