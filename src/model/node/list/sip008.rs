//! Prints SIP008 (<https://shadowsocks.org/doc/sip008.html>): a list of Shadowsocks servers as JSON.

use serde_json::{Map, Value, json};

use crate::model::node::{Kind, Node};

/// Prints the Shadowsocks nodes as SIP008; other nodes are left out. The text contains passwords.
pub fn print_sip008(nodes: &[&Node]) -> String {
    let servers: Vec<_> = nodes.iter().filter_map(|node| server(node)).collect();
    let mut text = serde_json::to_string_pretty(&json!({ "version": 1, "servers": servers }))
        .expect("a list of servers is plain JSON");
    text.push('\n');
    text
}

fn server(node: &Node) -> Option<Value> {
    let Kind::Ss { method, password, plugin } = &node.kind else { return None };
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.into(), value);
    // The node id in the form of a UUID, which the standard requires (RFC 9562 section 5.8).
    put("id", format!("00000000-0000-8000-8000-{}", node.id()).into());
    put("remarks", node.name.as_str().into());
    put("server", node.host.as_str().into());
    put("server_port", node.port.into());
    put("password", password.expose().into());
    put("method", method.as_str().into());
    if let Some(plugin) = plugin {
        put("plugin", plugin.name.as_str().into());
        put("plugin_opts", plugin.options.as_str().into());
    }
    if !node.group.is_empty() {
        // Not part of the standard, which requires readers to ignore unknown fields.
        put("group", node.group.as_str().into());
    }
    Some(fields.into())
}
