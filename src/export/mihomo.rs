//! mihomo (Clash Meta): proxies and a group that uses the fastest (`url-test`). Its YAML is written as JSON, which is a
//! subset of YAML.

use serde_json::{Map, Value, json};

use super::{ExportOptions, GROUP, Unusable, add_login, plugin_options, pretty, supports};
use crate::model::Node;
use crate::model::node::ssr::Ssr;
use crate::model::node::{Kind, Plugin};

/// Supported Shadowsocks ciphers.
const CIPHERS: [&str; 22] = [
    "2022-blake3-aes-128-gcm",
    "2022-blake3-aes-256-gcm",
    "2022-blake3-chacha20-poly1305",
    "none",
    "aes-128-gcm",
    "aes-256-gcm",
    "aes-128-ccm",
    "aes-256-ccm",
    "aes-128-gcm-siv",
    "aes-256-gcm-siv",
    "chacha20-ietf-poly1305",
    "xchacha20-ietf-poly1305",
    "aes-128-ctr",
    "aes-192-ctr",
    "aes-256-ctr",
    "aes-128-cfb",
    "aes-192-cfb",
    "aes-256-cfb",
    "rc4-md5",
    "chacha20-ietf",
    "chacha20",
    "xchacha20",
];

/// Supported ShadowsocksR protocols and obfs.
const PROTOCOLS: [&str; 6] =
    ["origin", "auth_sha1_v4", "auth_aes128_md5", "auth_aes128_sha1", "auth_chain_a", "auth_chain_b"];
const OBFS: [&str; 6] =
    ["plain", "http_simple", "http_post", "random_head", "tls1.2_ticket_auth", "tls1.2_ticket_fastauth"];

/// A node as a proxy, without its name.
pub(super) fn proxy(node: &Node) -> Result<Value, Unusable> {
    let mut proxy = match &node.kind {
        Kind::Ss { method, password, plugin } => {
            supports(&CIPHERS, method)?;
            let mut proxy = json!({ "type": "ss", "cipher": method, "password": password.expose(), "udp": true });
            if let Some(plugin) = plugin {
                let (name, options) = translated(plugin).ok_or_else(|| Unusable::Plugin(plugin.name.clone()))?;
                proxy["plugin"] = name.into();
                proxy["plugin-opts"] = options;
            }
            proxy
        }
        Kind::Ssr(ssr) => shadowsocksr(ssr)?,
        Kind::Socks5 { login } => {
            let mut proxy = json!({ "type": "socks5", "udp": true });
            add_login(&mut proxy, login.as_ref());
            proxy
        }
    };
    proxy["server"] = node.host.as_str().into();
    proxy["port"] = node.port.into();
    Ok(proxy)
}

fn shadowsocksr(ssr: &Ssr) -> Result<Value, Unusable> {
    let (method, protocol, obfs) = (ssr.method.name(), ssr.protocol.name(), ssr.obfs.name());
    supports(&CIPHERS, method)?;
    supports(&PROTOCOLS, protocol)?;
    supports(&OBFS, obfs)?;
    Ok(json!({
        "type": "ssr",
        "cipher": method,
        "password": ssr.password.expose(),
        "protocol": protocol,
        "protocol-param": ssr.protocol_param.expose(),
        "obfs": obfs,
        "obfs-param": ssr.obfs_param,
        "udp": true,
    }))
}

/// A plugin and its options as in mihomo; `None` if the plugin or an option is not supported.
fn translated(plugin: &Plugin) -> Option<(&'static str, Value)> {
    let options = plugin_options(&plugin.options);
    let mut theirs = Map::new();
    match plugin.name.as_str() {
        "obfs-local" | "simple-obfs" => {
            for (key, value) in options {
                let key = match key.as_str() {
                    "obfs" => "mode",
                    "obfs-host" => "host",
                    _ => return None,
                };
                theirs.insert(key.into(), value.into());
            }
            Some(("obfs", theirs.into()))
        }
        "v2ray-plugin" | "ss-v2ray-plugin" => {
            theirs.insert("mode".into(), "websocket".into());
            theirs.insert("mux".into(), true.into());
            for (key, value) in options {
                match (key.as_str(), value.as_str()) {
                    ("mode", "websocket") | ("loglevel", _) => {}
                    ("tls", "") => _ = theirs.insert(key, true.into()),
                    ("mux", number) => _ = theirs.insert(key, (number != "0").into()),
                    ("host" | "path", _) => _ = theirs.insert(key, value.into()),
                    _ => return None,
                }
            }
            Some(("v2ray-plugin", theirs.into()))
        }
        _ => None,
    }
}

/// The whole configuration.
pub(super) fn config(nodes: Vec<(String, Value)>, options: &ExportOptions) -> String {
    let names: Vec<_> = nodes.iter().map(|(name, _)| name.as_str()).collect();
    let proxies = nodes.iter().map(|(name, proxy)| {
        let mut proxy = proxy.clone();
        proxy["name"] = name.as_str().into();
        proxy
    });
    pretty(&json!({
        "mixed-port": options.listen.port(),
        "bind-address": options.listen.ip().to_string(),
        "allow-lan": false,
        "mode": "rule",
        "log-level": "warning",
        "proxies": proxies.collect::<Vec<_>>(),
        "proxy-groups": [{
            "name": GROUP, "type": "url-test", "proxies": names, "url": options.check_url, "interval": 15,
        }],
        "rules": [format!("MATCH,{GROUP}")],
    }))
}
