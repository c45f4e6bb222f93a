//! What restoring a backup changes, one line per change.

use serde_json::Value;

use super::labels::one_line;
use super::{Locale, tr};
use crate::model::backup::Restoration;
use crate::model::settings::SettingChange;

/// The changes as text; at least one line.
pub fn lines(locale: Locale, restoration: &Restoration) -> Vec<String> {
    let Restoration { made, by, settings, programs, added, removed, changed, reordered, parts, unknown } = restoration;
    let mut lines = vec![tr!(locale, "restore-made", time = one_line(made), version = one_line(by))];
    lines.extend(settings.iter().map(|change| setting(locale, change)));
    lines.extend(added.iter().map(|node| tr!(locale, "restore-added", node = one_line(node))));
    lines.extend(removed.iter().map(|node| tr!(locale, "restore-removed", node = one_line(node))));
    lines.extend(changed.iter().map(|node| tr!(locale, "restore-changed", node = one_line(node))));
    if *reordered {
        lines.push(tr!(locale, "restore-reordered"));
    }
    lines.extend(parts.iter().map(|part| tr!(locale, "restore-part", part = one_line(part))));
    if restoration.is_nothing() {
        lines.push(tr!(locale, "restore-nothing"));
    }
    lines.extend(programs.iter().map(|change| tr!(locale, "restore-program", change = setting(locale, change))));
    lines.extend(unknown.iter().map(|part| tr!(locale, "restore-unknown", part = one_line(part))));
    lines
}

/// A setting that changes.
pub(super) fn setting(locale: Locale, SettingChange { key, from, to }: &SettingChange) -> String {
    let shown = |value: &Value| one_line(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    tr!(locale, "restore-setting", key = key.as_str(), from = shown(from), to = shown(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_a_line() {
        let restoration = Restoration {
            made: "2026-01-01T00:00:00Z".into(),
            by: "0.1.0".into(),
            settings: vec![SettingChange { key: "cluster.size".into(), from: 3.into(), to: 5.into() }],
            programs: vec![SettingChange { key: "members.ss_local".into(), from: Value::Null, to: "/a\x1b".into() }],
            added: vec!["Tokyo".into()],
            removed: vec!["Osa\x1bka".into()],
            changed: vec!["Lima".into()],
            reordered: true,
            parts: vec!["rules".into()],
            unknown: vec!["later".into()],
        };
        let lines = lines(Locale::English, &restoration);
        assert_eq!(lines.len(), 9);
        assert_eq!(lines[1], "cluster.size: 3 → 5");
        assert!(lines[7].ends_with("members.ss_local: null → /a"), "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains('\x1b')));
        for locale in Locale::ALL {
            assert_eq!(super::lines(locale, &Restoration::default()).len(), 2);
        }
    }
}
