//! SIP003 plugins: programs that transport a node's traffic to its server, and the rules for running them.
//!
//! A node may come from anyone, in a link, a subscription or a file. So without permission it may only start a plugin
//! that is known to do nothing but transport traffic, with options that do not change this ([`known_plugins`]). Any
//! other program needs the user's permission, once for each name.

use serde::{Deserialize, Serialize};

use super::known_plugins;
#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, display, one_line, tr};

/// Options whose values are not shown.
const SECRET_OPTIONS: [&str; 10] =
    ["password", "passwd", "pass", "psk", "key", "secret", "token", "uid", "ws", "udp-ws"];

/// Maximum length of displayed options, in characters.
const MAX_SHOWN: usize = 200;

/// A SIP003 plugin and its options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// Program name, such as `obfs-local` or `v2ray-plugin`.
    pub name: String,
    /// `SS_PLUGIN_OPTIONS` as written in the link: `key=value;key=value`.
    #[serde(default)]
    pub options: String,
}

impl Plugin {
    /// Whether the program may run: it is known with these options, or the user has allowed it.
    pub fn may_run(&self, allowed: &[String]) -> bool {
        known_plugins::is_known(&self.name, &self.options) || allowed.contains(&self.name)
    }

    /// The options in a form that can be displayed: one line, without secrets.
    pub fn shown_options(&self) -> String {
        let shown = self.options.split(';').map(|option| match option.split_once('=') {
            Some((key, _)) if SECRET_OPTIONS.contains(&key.trim().to_ascii_lowercase().as_str()) => {
                format!("{key}=***")
            }
            Some(_) | None => option.to_owned(),
        });
        let shown = shown.collect::<Vec<_>>().join(";");
        let printable = shown.chars().filter(|letter| !letter.is_control());
        printable.take(MAX_SHOWN).collect()
    }

    /// The permission that the user has to give.
    pub fn request(&self) -> PluginRequest {
        PluginRequest { plugin: self.name.clone(), options: self.shown_options() }
    }
}

/// A program that a node needs and that the user has not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginRequest {
    /// Program name.
    pub plugin: String,
    /// Its options, without secrets.
    pub options: String,
}

impl Localize for PluginRequest {
    fn localize(&self, locale: Locale) -> String {
        let (plugin, options) = (one_line(&self.plugin), one_line(&self.options));
        if options.is_empty() {
            return tr!(locale, "plugin-request-plain", plugin = plugin);
        }
        tr!(locale, "plugin-request", plugin = plugin, options = options)
    }
}

display!(PluginRequest);

#[cfg(test)]
impl Samples for PluginRequest {
    fn samples() -> Vec<Self> {
        let of = |options: &str| Self { plugin: "my-plugin".into(), options: options.into() };
        vec![of("host=a.example"), of("")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(name: &str, options: &str) -> Plugin {
        Plugin { name: name.into(), options: options.into() }
    }

    #[test]
    fn only_known_and_allowed_programs_may_run() {
        let allowed = ["my-plugin".to_owned()];
        for name in ["obfs-local", "ss-v2ray-plugin", "my-plugin"] {
            assert!(plugin(name, "").may_run(&allowed), "{name}");
        }
        for name in ["sh", "script", "/bin/obfs-local", "../obfs-local", "obfs-local ", "OBFS-LOCAL", "my-plugin2", ""]
        {
            assert!(!plugin(name, "").may_run(&allowed), "{name}");
        }
        assert!(!plugin("v2ray-plugin", "server").may_run(&allowed));
        assert!(plugin("v2ray-plugin", "server").may_run(&["v2ray-plugin".to_owned()]));
    }

    #[test]
    fn options_are_shown_without_secrets_and_in_one_line() {
        let shown = plugin("x", "host=a.example;Password=sesame;key=abc;fast\n;-c touch /tmp/x").shown_options();
        assert_eq!(shown, "host=a.example;Password=***;key=***;fast;-c touch /tmp/x");
        assert_eq!(plugin("x", &"a".repeat(9_000)).shown_options().len(), MAX_SHOWN);
    }
}
