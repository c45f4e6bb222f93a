//! The settings in another client's file, one line per change.

use super::labels::one_line;
use super::restoration::setting;
use super::{Locale, tr};
use crate::model::foreign::{ForeignSettings, ForeignSubscription, SkipReason, SkippedSetting};

/// The changes, and the settings that are skipped; empty if the file has no settings.
pub fn lines(locale: Locale, ForeignSettings { settings, subscriptions, left }: &ForeignSettings) -> Vec<String> {
    let mut lines: Vec<_> = settings.iter().map(|change| setting(locale, change)).collect();
    lines.extend(subscriptions.iter().map(|one| subscription(locale, one)));
    lines.extend(left.iter().map(|one| left_out(locale, one)));
    if !lines.is_empty() {
        lines.insert(0, tr!(locale, "foreign-head"));
    }
    lines
}

/// A subscription that would be added.
pub fn subscription(locale: Locale, ForeignSubscription { name, address, .. }: &ForeignSubscription) -> String {
    if name.is_empty() {
        return tr!(locale, "foreign-subscription-unnamed", address = address.as_str());
    }
    tr!(locale, "foreign-subscription", name = one_line(name), address = address.as_str())
}

/// A setting that is skipped, and why.
pub fn left_out(locale: Locale, SkippedSetting { name, reason }: &SkippedSetting) -> String {
    let why = match reason {
        SkipReason::Unsupported => tr!(locale, "foreign-unsupported"),
        SkipReason::NeedsLogin => tr!(locale, "foreign-needs-login"),
        SkipReason::InTheTray => tr!(locale, "foreign-in-the-tray"),
        SkipReason::InvalidValue => tr!(locale, "foreign-invalid-value"),
    };
    tr!(locale, "foreign-left", name = one_line(name), why = why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::SettingChange;

    #[test]
    fn each_setting_has_a_line_and_addresses_are_hidden() {
        let url = || "https://h.test/hunter2".into();
        let one =
            |name: &str| ForeignSubscription { name: name.into(), url: url(), address: "https://h.test/…".into() };
        let left = |reason| SkippedSetting { name: "x".into(), reason };
        let all = ForeignSettings {
            settings: vec![SettingChange { key: "mode".into(), from: "manual".into(), to: "pac".into() }],
            subscriptions: vec![one("mine"), one("")],
            left: vec![
                left(SkipReason::Unsupported),
                left(SkipReason::NeedsLogin),
                left(SkipReason::InTheTray),
                left(SkipReason::InvalidValue),
            ],
        };
        for locale in Locale::ALL {
            let lines = lines(locale, &all);
            assert_eq!(lines.len(), 8);
            assert!(!lines.concat().contains("hunter2"));
        }
        assert_eq!(lines(Locale::English, &all)[1], "mode: manual → pac");
        assert!(lines(Locale::English, &ForeignSettings::default()).is_empty());
    }
}
