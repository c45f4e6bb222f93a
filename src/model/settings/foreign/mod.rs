//! The settings in another client's file: what of them has a counterpart here, and what has none.
//!
//! Read are the `gui-config.json` of shadowsocks-windows, of ShadowsocksR for Windows and of
//! shadowsocks-electron, by the names that those programs give their fields. A setting is taken only as
//! far as it means the same here; what nobody chose there (off, empty, zero) is passed over. Nothing is
//! guessed and nothing is changed: what comes of it is for the user to see and to confirm.

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
    /// Settings of ours that get another value.
    pub settings: Vec<SettingChange>,
    /// Addresses of lists that the other client updates. They are added one by one, since each has to be
    /// fetched first.
    pub subscriptions: Vec<ForeignSubscription>,
    /// What is not taken.
    pub left: Vec<LeftOut>,
}

impl ForeignSettings {
    /// Whether there is nothing to confirm.
    pub fn is_nothing(&self) -> bool {
        self.settings.is_empty() && self.subscriptions.is_empty()
    }
}

/// A list that another client updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignSubscription {
    /// What it is called there; may be empty.
    pub name: String,
    /// Its address.
    pub url: Secret,
    /// The address as it may be shown.
    pub address: String,
}

/// A setting of another client that is not taken. Its value is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name in the file.
    pub name: String,
    /// Why.
    pub reason: LeftReason,
}

/// Why a setting of another client is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftReason {
    /// Nothing here is like it.
    NoCounterpart,
    /// The port is shared with other devices only behind a login, and the file has none.
    NeedsLogin,
    /// Starting with the session is switched on in the tray's menu.
    InTheTray,
    /// Its value makes no sense here.
    NoSense,
}

/// What a file says, in our words: values by dotted key, as `set` takes them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Foreign {
    /// Each of our settings and its value, each once.
    pub settings: Vec<ForeignValue>,
    /// Names and addresses of lists.
    pub subscriptions: Vec<(String, Secret)>,
    /// What is not taken.
    pub left: Vec<LeftOut>,
}

/// A value for a setting of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct ForeignValue {
    /// Its name in the file.
    pub name: &'static str,
    /// Our dotted key.
    pub key: &'static str,
    /// The value, as text.
    pub value: Secret,
}

/// Whether it is worth looking for settings in a text: only the files of other clients have any, and these are JSON.
pub fn may_be_in(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// Reads the settings of a text; none where it is no file of such a client.
pub fn read(text: &str) -> Foreign {
    match list::json(text) {
        Some(Value::Object(file)) => of(&file),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => {
            Foreign::default()
        }
    }
}

fn of(file: &Fields) -> Foreign {
    let has_list = |name: &str| file.get(name).is_some_and(Value::is_array);
    match file.get("settings") {
        Some(Value::Object(settings)) if has_list("config") => electron::read(settings, file),
        Some(_) | None if has_list("configs") => windows::read(file),
        Some(_) | None => Foreign::default(),
    }
}

type Fields = Map<String, Value>;

impl Foreign {
    fn take(&mut self, name: &'static str, key: &'static str, value: impl Into<String>) {
        self.settings.retain(|value| value.key != key);
        self.settings.push(ForeignValue { name, key, value: value.into().into() });
    }

    fn leave(&mut self, name: &str, reason: LeftReason) {
        self.left.push(LeftOut { name: name.to_owned(), reason });
    }

    /// Takes a value that may make no sense.
    fn take_if(&mut self, name: &'static str, key: &'static str, value: Option<String>) {
        match value {
            Some(value) => self.take(name, key, value),
            None => self.leave(name, LeftReason::NoSense),
        }
    }

    /// The port, for this machine or for all that have the login.
    fn listen(&mut self, file: &Fields, login: Option<(&str, &str)>) {
        let is_shared = is_on(file, "shareOverLan");
        if let Some((user, password)) = login {
            let login = serde_json::json!({ "user": user, "password": password });
            self.take("authUser", "gateway.login", login.to_string());
        }
        if is_shared && login.is_none() {
            self.leave("shareOverLan", LeftReason::NeedsLogin);
        }
        let host = if is_shared && login.is_some() { "0.0.0.0" } else { "127.0.0.1" };
        if file.contains_key("localPort") || host == "0.0.0.0" {
            let port = file.get("localPort").map_or(Some(1080), port);
            self.take_if("localPort", "gateway.listen", port.map(|port| format!("{host}:{port}")));
        }
    }

    /// What was chosen there and is neither taken nor of no account here.
    fn leave_rest(&mut self, file: &Fields, known: &[&str]) {
        for (name, value) in file {
            if !known.contains(&name.as_str()) && is_chosen(value) && is_plain(name) {
                self.leave(name, LeftReason::NoCounterpart);
            }
        }
    }
}

/// Whether somebody may have chosen a value: it is not off, empty, zero or a list of nothing.
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

/// Whether a name may be shown: it is like that of a field.
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

/// The language here that is called so there; an empty name is that of the system.
fn language(name: &str) -> Option<&'static str> {
    Locale::named(name).map(Locale::tag)
}

/// The identity of a server of the file.
fn id(server: Option<&Value>) -> Option<NodeId> {
    list::node(server?).ok().map(|node| node.id())
}

#[cfg(test)]
mod tests;
