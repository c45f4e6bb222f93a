//! Settings that are being edited: a draft over the current settings, applied or discarded as a whole. Pure.
//!
//! A field that was not edited follows the current setting, so that changes made elsewhere show up; an edited one keeps
//! its text until it is applied or discarded.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::settings::{InvalidValue, Settings};

/// The settings key that the two login fields are sent under.
const LOGIN: &str = "gateway.login";

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SettingField {
    /// The setting with this key.
    Key(&'static str),
    /// The user name of `gateway.login`.
    User,
    /// The password of `gateway.login`, which is never shown.
    Password,
}

/// The fields that were edited.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Edits {
    typed: BTreeMap<SettingField, String>,
}

impl Edits {
    /// Whether nothing was edited.
    pub(super) fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// Discards all edits.
    pub(super) fn discard(&mut self) {
        self.typed.clear();
    }

    /// The text of a field.
    pub(super) fn text(&self, field: SettingField, settings: &Settings) -> String {
        self.typed.get(&field).cloned().unwrap_or_else(|| holds(field, settings))
    }

    /// Takes the text that the user has typed.
    pub(super) fn take(&mut self, field: SettingField, text: String, settings: &Settings) {
        if text == holds(field, settings) {
            self.typed.remove(&field);
        } else {
            self.typed.insert(field, text);
        }
    }

    /// The changes to send to the engine.
    pub(super) fn changes(&self, settings: &Settings) -> BTreeMap<String, String> {
        let keys = self.typed.iter().filter_map(|(field, text)| match field {
            SettingField::Key(key) => Some(((*key).to_owned(), value(key, text, settings))),
            SettingField::User | SettingField::Password => None,
        });
        let mut changes: BTreeMap<_, _> = keys.collect();
        if self.typed.contains_key(&SettingField::User) || self.typed.contains_key(&SettingField::Password) {
            let (user, password) =
                (self.text(SettingField::User, settings), self.text(SettingField::Password, settings));
            let login = if user.is_empty() && password.is_empty() {
                Value::Null
            } else {
                json!({ "user": user, "password": password })
            };
            changes.insert(LOGIN.to_owned(), login.to_string());
        }
        changes
    }

    /// All errors: after the first invalid change is removed, the others are checked again.
    pub(super) fn wrong(&self, settings: &Settings) -> Vec<InvalidValue> {
        let mut wrong = Vec::new();
        if self.is_empty() {
            return wrong;
        }
        let mut changes = self.changes(settings);
        while let Err(invalid) = settings.with_all(changes.iter().map(|(key, text)| (key.as_str(), text.as_str()))) {
            let is_of_draft = changes.remove(&invalid.key).is_some();
            wrong.push(invalid);
            if !is_of_draft {
                break;
            }
        }
        wrong
    }
}

impl SettingField {
    /// Whether an error with this key belongs to this field.
    pub(super) fn is(self, key: &str) -> bool {
        match self {
            Self::Key(own) => own == key,
            Self::User => key == LOGIN,
            Self::Password => false,
        }
    }
}

/// The JSON of a field: an empty field is `null`, and lists are typed without brackets and quotes.
fn value(key: &str, text: &str, settings: &Settings) -> String {
    let text = text.trim();
    let row = settings.listing().into_iter().find(|(other, _)| other == key);
    match row {
        Some((_, Value::Array(_))) if !text.starts_with('[') => format!("[{text}]"),
        Some(_) | None if text.is_empty() => "null".to_owned(),
        Some(_) | None => text.to_owned(),
    }
}

fn holds(field: SettingField, settings: &Settings) -> String {
    match field {
        SettingField::Key(wanted) => {
            let row = settings.listing().into_iter().find(|(key, _)| key == wanted);
            match row.map(|(_, value)| value) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text,
                Some(Value::Array(items)) => items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))) => other.to_string(),
            }
        }
        SettingField::User => settings.gateway.login.as_ref().map(|login| login.user.clone()).unwrap_or_default(),
        // The current password is unknown here; an empty field keeps it.
        SettingField::Password => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTEN: SettingField = SettingField::Key("gateway.listen");
    const IDLE: SettingField = SettingField::Key("gateway.idle_limit_s");

    #[test]
    fn unedited_fields_show_the_current_settings() {
        let (mut edits, before) = (Edits::default(), Settings::default());
        edits.take(IDLE, "60".into(), &before);
        let after = before.with("gateway.listen", "127.0.0.1:9999").unwrap();
        assert_eq!((edits.text(LISTEN, &after).as_str(), edits.text(IDLE, &after).as_str()), ("127.0.0.1:9999", "60"));
        assert_eq!(edits.changes(&after), [("gateway.idle_limit_s".to_owned(), "60".to_owned())].into());
        edits.take(IDLE, "7200".into(), &after);
        assert!(edits.is_empty());
    }

    #[test]
    fn invalid_input_is_kept_and_attributed_to_its_field() {
        let (mut edits, settings) = (Edits::default(), Settings::default());
        edits.take(IDLE, "long".into(), &settings);
        edits.take(LISTEN, "here".into(), &settings);
        let wrong = edits.wrong(&settings);
        assert!(wrong.len() == 2 && [IDLE, LISTEN].iter().all(|field| wrong.iter().any(|wrong| field.is(&wrong.key))));
        assert_eq!((edits.text(IDLE, &settings), edits.text(LISTEN, &settings)), ("long".into(), "here".into()));
    }

    #[test]
    fn a_login_is_two_fields_and_one_setting() {
        let (mut edits, settings) = (Edits::default(), Settings::default());
        edits.take(LISTEN, "0.0.0.0:1080".into(), &settings);
        assert!(LISTEN.is(&edits.wrong(&settings)[0].key));
        edits.take(SettingField::User, "me".into(), &settings);
        assert!(SettingField::User.is(&edits.wrong(&settings)[0].key));
        edits.take(SettingField::Password, "secret".into(), &settings);
        assert_eq!(edits.wrong(&settings), []);
        let with = settings.with("gateway.login", r#"{"user":"me","password":"x"}"#).unwrap();
        let mut none = Edits::default();
        none.take(SettingField::User, String::new(), &with);
        assert_eq!(none.changes(&with)["gateway.login"], "null");
    }

    #[test]
    fn lists_and_paths_are_edited_as_plain_text() {
        let (mut edits, settings) = (Edits::default(), Settings::default());
        let ports = SettingField::Key("members.excluded_ports");
        assert_eq!(edits.text(ports, &settings), "");
        edits.take(ports, "1, 2".into(), &settings);
        assert_eq!(edits.changes(&settings)["members.excluded_ports"], "[1, 2]");
        let path = SettingField::Key("members.ss_local");
        edits.take(path, "/usr/bin/ss-local".into(), &settings);
        assert_eq!(edits.wrong(&settings), []);
        let with = settings.with("members.ss_local", "/x").unwrap();
        let mut none = Edits::default();
        none.take(path, String::new(), &with);
        assert_eq!(none.changes(&with)["members.ss_local"], "null");
    }
}
