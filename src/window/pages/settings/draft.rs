//! Settings that are edited first and applied together: ports, limits, external programs.

use std::collections::BTreeMap;

use eframe::egui::{RichText, Ui};

use super::edits::{Edits, SettingField};
use crate::i18n::{Locale, Localize, tr};
use crate::model::settings::{InvalidValue, Settings};
use crate::window::parts;
use crate::window::theme::Palette;

/// A setting's field with its label, a hint, its width and its unit.
struct SettingRow<'a> {
    field: SettingField,
    label: String,
    hint: &'a str,
    width: f32,
    unit: String,
}

impl SettingRow<'_> {
    fn show(self, ui: &mut Ui, locale: Locale, settings: &Settings, wrong: &[InvalidValue], edits: &mut Edits) {
        let mut text = edits.text(self.field, settings);
        let wrong = wrong.iter().find(|wrong| self.field.is(&wrong.key));
        let wrong = wrong.map(|wrong| tr!(locale, "settings-wanted", wanted = wrong.wanted.localize(locale)));
        let line = parts::Field::new(&self.label, &mut text).hint(self.hint).width(self.width).wrong(wrong.as_deref());
        let line = if self.field == SettingField::Password { line.secret() } else { line };
        let unit = RichText::new(self.unit).color(Palette::of(ui).weak);
        if line.show_with(ui, |ui| drop(ui.label(unit))).changed() {
            edits.take(self.field, text, settings);
        }
    }
}

/// The gateway's address.
pub(super) fn port(ui: &mut Ui, locale: Locale, settings: &Settings, wrong: &[InvalidValue], edits: &mut Edits) {
    parts::section(ui, &tr!(locale, "settings-port"), |ui| {
        parts::weak(ui, tr!(locale, "settings-port-text"));
        let line = |field, label, hint| SettingRow { field, label, hint, width: 240.0, unit: String::new() };
        let listen = SettingField::Key("gateway.listen");
        let http = SettingField::Key("gateway.http_listen");
        let known = if settings.gateway.login.is_some() { "••••••" } else { "" };
        for line in [
            line(listen, tr!(locale, "settings-listen"), "127.0.0.1:1080"),
            line(http, tr!(locale, "settings-http-listen"), "127.0.0.1:8080"),
            line(SettingField::Key("gateway.metrics"), tr!(locale, "settings-metrics"), "127.0.0.1:9180"),
            line(SettingField::User, tr!(locale, "form-user"), ""),
            line(SettingField::Password, tr!(locale, "form-password"), known),
        ] {
            line.show(ui, locale, settings, wrong, edits);
        }
    });
}

/// Time and connection limits.
pub(super) fn limits(ui: &mut Ui, locale: Locale, settings: &Settings, wrong: &[InvalidValue], edits: &mut Edits) {
    parts::section(ui, &tr!(locale, "settings-limits"), |ui| {
        let seconds = || tr!(locale, "settings-seconds");
        for (key, label, unit) in [
            ("gateway.max_connections", tr!(locale, "settings-max-connections"), String::new()),
            ("gateway.handshake_limit_s", tr!(locale, "settings-handshake-limit"), seconds()),
            ("gateway.connect_limit_ms", tr!(locale, "settings-connect-limit"), tr!(locale, "settings-millis")),
            ("gateway.idle_limit_s", tr!(locale, "settings-idle-limit"), seconds()),
            ("gateway.drain_limit_s", tr!(locale, "settings-drain-limit"), seconds()),
        ] {
            let line = SettingRow { field: SettingField::Key(key), label, hint: "", width: 96.0, unit };
            line.show(ui, locale, settings, wrong, edits);
        }
    });
}

/// External programs that replace the built-in clients.
pub(super) fn programs(ui: &mut Ui, locale: Locale, settings: &Settings, wrong: &[InvalidValue], edits: &mut Edits) {
    parts::section(ui, &tr!(locale, "settings-programs"), |ui| {
        parts::weak(ui, tr!(locale, "settings-programs-text"));
        let built_in = tr!(locale, "settings-built-in");
        for (key, label, hint, width) in [
            ("members.ss_local", "ss-local".to_owned(), built_in.as_str(), 280.0),
            ("members.ssr_local", "ssr-local".to_owned(), &built_in, 280.0),
            ("members.port_base", tr!(locale, "settings-port-base"), "", 96.0),
            ("members.excluded_ports", tr!(locale, "settings-excluded-ports"), "21090, 21100", 280.0),
            ("members.plugins", tr!(locale, "settings-plugins"), "\"my-plugin\"", 280.0),
        ] {
            let line = SettingRow { field: SettingField::Key(key), label, hint, width, unit: String::new() };
            line.show(ui, locale, settings, wrong, edits);
        }
    });
}

/// The changes that reset every setting to its default, except whether it is connected, the chosen node, and what was
/// shown once.
pub(super) fn defaults() -> BTreeMap<String, String> {
    let is_kept = |key: &str| ["version", "active", "node", "window.welcome_seen"].contains(&key);
    let rows = Settings::default().listing().into_iter().filter(|(key, _)| !is_kept(key));
    rows.map(|(key, value)| (key, value.as_str().map_or_else(|| value.to_string(), str::to_owned))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_restores_all_defaults() {
        let settings = Settings::default().with("cluster.size", "9").unwrap().with("language", "en").unwrap();
        let settings = settings.with("gateway.login", r#"{"user":"a","password":"b"}"#).unwrap();
        let changes = defaults();
        let reset = settings.with_all(changes.iter().map(|(key, text)| (key.as_str(), text.as_str()))).unwrap();
        assert_eq!(reset, Settings::default());
    }
}
