//! The settings in another client's file, converted to ours.
//!
//! Supported are the `gui-config.json` of shadowsocks-windows, of ShadowsocksR for Windows and of shadowsocks-electron,
//! by their field names. A setting is converted only if it has the same meaning here; values that are not set
//! there (off, empty, zero) are ignored. Nothing is changed here: the user sees the result and confirms it.

mod electron;
mod windows;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SettingChange;
use crate::locale::Locale;
use crate::model::node::{NodeId, Secret, list};

/// What another client's settings would change here, or have changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForeignSettings {
    /// Our settings that change.
    pub settings: Vec<SettingChange>,
    /// Subscriptions of the other client. They are added one by one, since each has to be downloaded first.
    pub subscriptions: Vec<ForeignSubscription>,
    /// Settings that are skipped.
    pub left: Vec<SkippedSetting>,
}

impl ForeignSettings {
    /// Whether there is nothing to confirm.
    pub fn is_nothing(&self) -> bool {
        self.settings.is_empty() && self.subscriptions.is_empty()
    }
}

/// A subscription of another client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignSubscription {
    /// Its name there; may be empty.
    pub name: String,
    /// Its URL.
    pub url: Secret,
    /// Its URL without the secret part.
    pub address: String,
}

/// A setting of another client that is skipped. Contains no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedSetting {
    /// Its name in the file.
    pub name: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why a setting of another client is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// There is no such setting here.
    #[serde(rename = "no-counterpart")]
    Unsupported,
    /// Sharing the port with other devices needs a login, and the file has none.
    NeedsLogin,
    /// Start at login is set in the tray's menu.
    InTheTray,
    /// Its value is invalid.
    #[serde(rename = "no-sense")]
    InvalidValue,
}

/// The converted settings: values by dotted key, as for `set`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ConvertedSettings {
    /// Our settings with their values, each key once.
    pub settings: Vec<ForeignValue>,
    /// Names and URLs of subscriptions.
    pub subscriptions: Vec<(String, Secret)>,
    /// Settings that are skipped.
    pub left: Vec<SkippedSetting>,
}

/// A value for one of our settings.
#[derive(Debug, PartialEq, Eq)]
pub struct ForeignValue {
    /// Its name in the file.
    pub name: &'static str,
    /// Our dotted key.
    pub key: &'static str,
    /// The value, as text.
    pub value: Secret,
}

/// Whether a text may contain settings: only JSON files do.
pub fn may_be_in(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// Converts the settings in a text; empty if it is not a file of such a client.
pub fn read(text: &str) -> ConvertedSettings {
    match list::json(text) {
        Some(Value::Object(file)) => of(&file),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => {
            ConvertedSettings::default()
        }
    }
}

fn of(file: &Fields) -> ConvertedSettings {
    let has_list = |name: &str| file.get(name).is_some_and(Value::is_array);
    match file.get("settings") {
        Some(Value::Object(settings)) if has_list("config") => electron::read(settings, file),
        Some(_) | None if has_list("configs") => windows::read(file),
        Some(_) | None => ConvertedSettings::default(),
    }
}

type Fields = Map<String, Value>;

impl ConvertedSettings {
    fn take(&mut self, name: &'static str, key: &'static str, value: impl Into<String>) {
        self.settings.retain(|value| value.key != key);
        self.settings.push(ForeignValue { name, key, value: value.into().into() });
    }

    fn leave(&mut self, name: &str, reason: SkipReason) {
        self.left.push(SkippedSetting { name: name.to_owned(), reason });
    }

    /// Converts a value that may be invalid.
    fn take_if(&mut self, name: &'static str, key: &'static str, value: Option<String>) {
        match value {
            Some(value) => self.take(name, key, value),
            None => self.leave(name, SkipReason::InvalidValue),
        }
    }

    /// The port, on loopback or shared with a login.
    fn listen(&mut self, file: &Fields, login: Option<(&str, &str)>) {
        let is_shared = is_on(file, "shareOverLan");
        if let Some((user, password)) = login {
            let login = serde_json::json!({ "user": user, "password": password });
            self.take("authUser", "gateway.login", login.to_string());
        }
        if is_shared && login.is_none() {
            self.leave("shareOverLan", SkipReason::NeedsLogin);
        }
        let host = if is_shared && login.is_some() { "0.0.0.0" } else { "127.0.0.1" };
        if file.contains_key("localPort") || host == "0.0.0.0" {
            let port = file.get("localPort").map_or(Some(1080), port);
            self.take_if("localPort", "gateway.listen", port.map(|port| format!("{host}:{port}")));
        }
    }

    /// Records all remaining settings that are set as skipped.
    fn leave_rest(&mut self, file: &Fields, known: &[&str]) {
        for (name, value) in file {
            if !known.contains(&name.as_str()) && is_chosen(value) && is_plain(name) {
                self.leave(name, SkipReason::Unsupported);
            }
        }
    }
}

/// Whether a user may have chosen the value: it is not off, empty, zero or an empty list.
fn is_chosen(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is_on) => *is_on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => fields.values().any(is_chosen),
    }
}

/// Whether a name looks like a field name, and so may be shown.
fn is_plain(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn is_on(fields: &Fields, name: &str) -> bool {
    fields.get(name) == Some(&Value::Bool(true))
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default()
}

/// A port, as a number or as text.
fn port(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    u16::try_from(number).ok().filter(|port| *port != 0)
}

/// Our language for a language name of the other client; empty for the system's.
fn language(name: &str) -> Option<&'static str> {
    Locale::named(name).map(Locale::tag)
}

/// The id of a server in the file.
fn id(server: Option<&Value>) -> Option<NodeId> {
    list::node(server?).ok().map(|node| node.id())
}

#[cfg(test)]
mod tests;
