//! Exports nodes as configuration for other programs: sing-box and mihomo, and HAProxy in front of several machines
//! that run Sluice. Pure.
//!
//! A node that the program does not support is skipped, with the reason. The text contains passwords; all its values
//! are quoted by a JSON library ([`sing_box`], [`mihomo`], whose YAML is JSON) or validated ([`mod@haproxy`]).

mod haproxy;
mod mihomo;
mod sing_box;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::net::SocketAddr;

use serde_json::Value;

pub use self::haproxy::{Balanced, InvalidServer, OtherMachine, haproxy};
use crate::locale::messages;
use crate::model::node::Login;
use crate::model::{Node, Secret};

/// A program that uses nodes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportProgram {
    /// sing-box, version 1.12 or newer.
    SingBox,
    /// mihomo, formerly Clash Meta.
    Mihomo,
}

/// How the program listens and checks its nodes.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// A loopback address, since the exported program requires no login.
    pub listen: SocketAddr,
    /// The page that is fetched through each node.
    pub check_url: String,
}

messages! {
    /// Why a program does not support a node.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Unusable {
        /// The protocol is not supported.
        Protocol(name: String) = "export-protocol",
        /// The cipher, SSR protocol or obfs is not supported.
        Method(name: String) = "export-method",
        /// The plugin or its options are not supported.
        Plugin(name: String) = "export-plugin",
    }
}

/// A configuration.
#[derive(Clone, Debug)]
pub struct ExportedConfig {
    /// The text, with passwords.
    pub text: Secret,
    /// Number of nodes in it.
    pub count: usize,
    /// The skipped nodes, by name.
    pub left_out: Vec<(String, Unusable)>,
}

/// Writes the configuration for a program.
pub fn export(program: ExportProgram, nodes: &[Node], options: &ExportOptions) -> ExportedConfig {
    let (mut entries, mut left_out, mut names) = (Vec::new(), Vec::new(), Names::default());
    for node in nodes {
        let entry = match program {
            ExportProgram::SingBox => sing_box::outbound(node),
            ExportProgram::Mihomo => mihomo::proxy(node),
        };
        match entry {
            Ok(entry) => entries.push((names.take(node), entry)),
            Err(why) => left_out.push((node.label(), why)),
        }
    }
    let count = entries.len();
    let text = match program {
        ExportProgram::SingBox => sing_box::config(entries, options),
        ExportProgram::Mihomo => mihomo::config(entries, options),
    };
    ExportedConfig { text: text.into(), count, left_out }
}

/// Makes the names of nodes unique.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn take(&mut self, node: &Node) -> String {
        let (label, mut name) = (node.label(), node.label());
        let mut number = 2;
        // The group has this name.
        while name == GROUP || name == "DIRECT" || name == "REJECT" || !self.0.insert(name.clone()) {
            name = format!("{label} ({number})");
            number += 1;
        }
        name
    }
}

/// Name of the group of all nodes.
const GROUP: &str = "pool";

/// JSON as text, with a trailing line break.
fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("the values are plain JSON");
    text.push('\n');
    text
}

/// Checks that the program knows a method.
fn supports(known: &[&str], name: &str) -> Result<(), Unusable> {
    if known.contains(&name) { Ok(()) } else { Err(Unusable::Method(name.into())) }
}

/// Adds the login of a SOCKS5 server, if it requires one.
fn add_login(proxy: &mut Value, login: Option<&Login>) {
    if let Some(login) = login {
        proxy["username"] = login.user.as_str().into();
        proxy["password"] = login.password.expose().into();
    }
}

/// The options of a plugin: `key=value` or `key`, where a backslash escapes `;`, `=` and itself.
fn plugin_options(options: &str) -> Vec<(String, String)> {
    let (mut all, mut key, mut value, mut in_value) = (Vec::new(), String::new(), String::new(), false);
    let mut letters = options.chars();
    while let Some(letter) = letters.next() {
        let part = if in_value { &mut value } else { &mut key };
        match letter {
            '\\' => part.extend(letters.next()),
            ';' => {
                all.push((std::mem::take(&mut key), std::mem::take(&mut value)));
                in_value = false;
            }
            '=' if !in_value => in_value = true,
            other => part.push(other),
        }
    }
    all.push((key, value));
    all.retain(|(key, _)| !key.is_empty());
    all
}
