//! sing-box: outbounds and a group that uses the fastest (`urltest`).

use serde_json::{Value, json};

use super::{ExportOptions, GROUP, Unusable, add_login, pretty, supports};
use crate::model::Node;
use crate::model::node::{Kind, Plugin};

/// Supported Shadowsocks ciphers.
const CIPHERS: [&str; 18] = [
    "2022-blake3-aes-128-gcm",
    "2022-blake3-aes-256-gcm",
    "2022-blake3-chacha20-poly1305",
    "none",
    "aes-128-gcm",
    "aes-256-gcm",
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
    "aes-192-gcm",
    "xchacha20",
];

/// Its built-in plugins, by our names.
const PLUGINS: [(&str, &str); 4] = [
    ("obfs-local", "obfs-local"),
    ("simple-obfs", "obfs-local"),
    ("v2ray-plugin", "v2ray-plugin"),
    ("ss-v2ray-plugin", "v2ray-plugin"),
];

/// A node as an outbound, without its tag.
pub(super) fn outbound(node: &Node) -> Result<Value, Unusable> {
    let mut outbound = match &node.kind {
        Kind::Ss { method, password, plugin } => {
            supports(&CIPHERS, method)?;
            let mut outbound = json!({ "type": "shadowsocks", "method": method, "password": password.expose() });
            if let Some(Plugin { name, options }) = plugin {
                let known = PLUGINS.iter().find(|(ours, _)| ours == name);
                let (_, theirs) = known.ok_or_else(|| Unusable::Plugin(name.clone()))?;
                outbound["plugin"] = (*theirs).into();
                outbound["plugin_opts"] = options.as_str().into();
            }
            outbound
        }
        Kind::Ssr(_) => return Err(Unusable::Protocol("ShadowsocksR".into())),
        Kind::Socks5 { login } => {
            let mut outbound = json!({ "type": "socks", "version": "5" });
            add_login(&mut outbound, login.as_ref());
            outbound
        }
    };
    outbound["server"] = node.host.as_str().into();
    outbound["server_port"] = node.port.into();
    Ok(outbound)
}

/// The whole configuration.
pub(super) fn config(nodes: Vec<(String, Value)>, options: &ExportOptions) -> String {
    let tags: Vec<_> = nodes.iter().map(|(tag, _)| tag.as_str()).collect();
    let group = json!({
        "type": "urltest", "tag": GROUP, "outbounds": tags, "url": options.check_url, "interval": "15s",
    });
    let outbounds: Vec<_> = std::iter::once(group)
        .chain(nodes.iter().map(|(tag, outbound)| {
            let mut outbound = outbound.clone();
            outbound["tag"] = tag.as_str().into();
            outbound
        }))
        .collect();
    pretty(&json!({
        "log": { "level": "warn" },
        "inbounds": [{
            "type": "mixed",
            "tag": "in",
            "listen": options.listen.ip().to_string(),
            "listen_port": options.listen.port(),
        }],
        "outbounds": outbounds,
        "route": { "final": GROUP },
    }))
}
