//! Converts the plugins that other clients have built in to the corresponding SIP003 programs and their options.
//!
//! Everything that changes the plugin's protocol is kept or rejected, never dropped: a node that connects in another
//! way than its provider intended would fail or reveal too much.

use serde_json::{Map, Value};

use super::LinkError;

/// Options that every client names differently.
pub(in crate::model::node) type EntryFields = Map<String, Value>;

/// Name and options of the program that corresponds to a client's built-in plugin.
///
/// # Errors
/// No such program is known, or it does not have the option.
pub(in crate::model::node) fn translated(name: &str, options: &EntryFields) -> Result<(String, String), LinkError> {
    match name {
        "obfs" => obfs(&text(options, "mode"), &text(options, "host")).and_then(|plugin| {
            refuse_others(options, &["mode", "host"])?;
            Ok(plugin)
        }),
        "v2ray-plugin" => v2ray(options),
        other => Err(LinkError::UnknownPlugin(word(other))),
    }
}

/// simple-obfs.
pub(in crate::model::node) fn obfs(mode: &str, host: &str) -> Result<(String, String), LinkError> {
    match mode.to_ascii_lowercase().as_str() {
        mode @ ("http" | "tls") => {
            let mut options = format!("obfs={mode}");
            if !host.is_empty() {
                options += &format!(";obfs-host={}", escaped(host));
            }
            Ok(("obfs-local".into(), options))
        }
        other => Err(LinkError::PluginOption(option("obfs", other))),
    }
}

fn v2ray(options: &EntryFields) -> Result<(String, String), LinkError> {
    refuse_others(options, &["mode", "host", "path", "tls", "mux"])?;
    let mut words = Vec::new();
    if flag(options.get("tls")).ok_or_else(|| LinkError::PluginOption("tls".into()))? {
        words.push("tls".to_owned());
    }
    for key in ["mode", "host", "path"] {
        let value = text(options, key);
        if !value.is_empty() {
            words.push(format!("{key}={}", escaped(&value)));
        }
    }
    // The program's default is 1, as in Clash.
    let mux = options.get("mux").filter(|mux| !mux.is_null());
    match (mux, mux.and_then(|mux| flag(Some(mux)))) {
        (None, _) | (Some(_), Some(true)) => {}
        (Some(_), Some(false)) => words.push("mux=0".into()),
        (Some(_), None) => {
            let connections: u16 = text(options, "mux").parse().map_err(|_| LinkError::PluginOption("mux".into()))?;
            words.push(format!("mux={connections}"));
        }
    }
    Ok(("v2ray-plugin".into(), words.join(";")))
}

/// Rejects options that are set but not known.
fn refuse_others(options: &EntryFields, known: &[&str]) -> Result<(), LinkError> {
    let other = options.iter().find(|(key, value)| !known.contains(&key.as_str()) && is_chosen(value));
    other.map_or(Ok(()), |(key, _)| Err(LinkError::PluginOption(word(key))))
}

/// Whether an option is set: its value is not off, empty or missing.
pub(in crate::model::node) fn is_chosen(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(is_chosen),
        Value::Object(fields) => fields.values().any(is_chosen),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => flag(Some(value)) != Some(false),
    }
}

/// A boolean, as written in YAML, JSON and links; none if it is something else. Missing is false.
fn flag(value: Option<&Value>) -> Option<bool> {
    let text = match value {
        None | Some(Value::Null) => return Some(false),
        Some(Value::Bool(is_on)) => return Some(*is_on),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.to_ascii_lowercase(),
        Some(Value::Array(_) | Value::Object(_)) => return None,
    };
    match text.trim() {
        "" | "false" | "no" | "off" | "n" | "0" => Some(false),
        "true" | "yes" | "on" | "y" | "1" => Some(true),
        _other => None,
    }
}

fn text(options: &EntryFields, key: &str) -> String {
    match options.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}

/// SIP003: a backslash escapes the characters that end a value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(';', "\\;").replace('=', "\\=")
}

/// A key and its value in printable form: `type=ws`.
pub(in crate::model::node) fn option(key: &str, value: &str) -> String {
    format!("{}={}", word(key), word(value))
}

/// A name in printable form.
pub(in crate::model::node) fn word(name: &str) -> String {
    name.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).take(24).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(name: &str, options: &Value, expected: Result<&str, &str>) {
        let Value::Object(fields) = options else { panic!("{options}") };
        let found = translated(name, fields).map(|(name, options)| format!("{name};{options}"));
        assert_eq!(found.map_err(|error| error.to_string()).as_deref().map_err(String::as_str), expected, "{options}");
    }

    #[test]
    fn options_are_translated_for_the_program() {
        check("obfs", &json!({"mode": "http", "host": "a;b"}), Ok("obfs-local;obfs=http;obfs-host=a\\;b"));
        check("v2ray-plugin", &json!({"mode": "websocket"}), Ok("v2ray-plugin;mode=websocket"));
        let all = json!({"mode": "websocket", "host": "h", "path": "/w", "tls": "true", "mux": false});
        check("v2ray-plugin", &all, Ok("v2ray-plugin;tls;mode=websocket;host=h;path=/w;mux=0"));
        check("v2ray-plugin", &json!({"tls": "Yes", "mux": "4"}), Ok("v2ray-plugin;tls;mux=4"));
        let off = json!({"tls": "false", "mux": true, "skip-cert-verify": "false", "headers": {}, "fingerprint": ""});
        check("v2ray-plugin", &off, Ok("v2ray-plugin;"));
    }

    #[test]
    fn unsupported_plugin_options_are_refused() {
        let refused = |key: &str| format!("the plugin's option {key} is not supported");
        check("v2ray-plugin", &json!({"skip-cert-verify": true}), Err(&refused("skip-cert-verify")));
        check("v2ray-plugin", &json!({"headers": {"X": "y"}}), Err(&refused("headers")));
        check("v2ray-plugin", &json!({"v2ray-http-upgrade": "true"}), Err(&refused("v2ray-http-upgrade")));
        check("v2ray-plugin", &json!({"tls": "maybe"}), Err(&refused("tls")));
        check("obfs", &json!({"mode": "quic"}), Err(&refused("obfs=quic")));
        check("obfs", &json!({"mode": "tls", "uri": "/x"}), Err(&refused("uri")));
        check("shadow-tls", &json!({}), Err("unsupported plugin shadow-tls"));
    }
}
