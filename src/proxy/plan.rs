//! What is written into a desktop's settings, and how it is restored. Pure.

use serde::{Deserialize, Serialize};

use super::desired::{DesiredProxy, SettingRole, desired_settings};
use crate::os::system_proxy::Desktop;

/// One setting: its value before and the value that we write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Setting {
    pub(super) key: String,
    #[serde(rename = "part")]
    pub(super) role: SettingRole,
    pub(super) before: Option<String>,
    /// `None` to remove the entry.
    pub(super) ours: Option<String>,
}

/// What to write to restore a desktop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RestorePlan {
    /// Keys and values, in this order.
    pub(super) writes: Vec<(String, Option<String>)>,
    /// Whether another program has changed something.
    pub(super) is_foreign: bool,
}

impl DesiredProxy {
    /// The settings of a desktop for a desired proxy, the switch last, so that the others have no effect until then.
    /// `before` reads the current value of a key.
    pub(super) fn settings<E>(
        &self,
        desktop: Desktop,
        scopes: &[String],
        mut before: impl FnMut(&str) -> Result<Option<String>, E>,
    ) -> Result<Vec<Setting>, E> {
        let mut settings = Vec::new();
        for scope in scopes {
            for wanted in desired_settings(self, desktop) {
                let key = if scope.is_empty() { wanted.key.to_owned() } else { format!("{} {scope}", wanted.key) };
                let before = before(&key)?;
                let ours = wanted.value.beside(before.as_deref());
                settings.push(Setting { key, role: wanted.role, before, ours });
            }
        }
        Ok(settings)
    }
}

/// What to write to restore a desktop, given its current values in the order of `settings`. The switch comes first, so
/// that the other settings have no effect while they are restored.
///
/// A value that is neither ours nor the previous one was set by another program and is kept. If that is the address of
/// a proxy, the switch is kept as well, since it now applies to that address.
pub(super) fn restore_plan(settings: &[Setting], now: &[Option<String>]) -> RestorePlan {
    let is_ours = |(setting, now): &(&Setting, &Option<String>)| **now == setting.ours;
    let is_foreign = |pair: &(&Setting, &Option<String>)| !is_ours(pair) && *pair.1 != pair.0.before;
    let pairs: Vec<_> = settings.iter().zip(now).collect();
    let is_replaced = pairs.iter().any(|pair| pair.0.role == SettingRole::Address && is_foreign(pair));
    let is_due = |pair: &&(&Setting, &Option<String>)| {
        is_ours(pair) && *pair.1 != pair.0.before && !(pair.0.role == SettingRole::Switch && is_replaced)
    };
    let writes = pairs.iter().rev().filter(is_due).map(|(setting, _)| (setting.key.clone(), setting.before.clone()));
    RestorePlan { writes: writes.collect(), is_foreign: pairs.iter().any(is_foreign) }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn settings(desired: &DesiredProxy, desktop: Desktop) -> Vec<Setting> {
        let before = |key: &str| {
            let value = match key {
                "org.gnome.system.proxy mode" => Some("'none'".to_owned()),
                "org.gnome.system.proxy ignore-hosts" => Some("['localhost', 'corp.example']".to_owned()),
                "ProxyType" => None,
                other => Some(format!("before of {other}")),
            };
            Ok::<_, Infallible>(value)
        };
        desired.settings(desktop, &[String::new()], before).unwrap()
    }

    fn global() -> DesiredProxy {
        DesiredProxy::Global("127.0.0.1:1080".parse().unwrap())
    }

    fn ours(settings: &[Setting]) -> Vec<Option<String>> {
        settings.iter().map(|setting| setting.ours.clone()).collect()
    }

    #[test]
    fn the_switch_is_set_last_and_restored_first() {
        for desired in [global(), DesiredProxy::Script("http://127.0.0.1:1/proxy.pac?0".into())] {
            for desktop in [Desktop::Gnome, Desktop::Kde, Desktop::Windows] {
                let settings = settings(&desired, desktop);
                assert_eq!(settings.last().unwrap().role, SettingRole::Switch);
                let back = restore_plan(&settings, &ours(&settings));
                assert_eq!(back.writes[0].0, settings.last().unwrap().key);
                assert_eq!((back.writes.len(), back.is_foreign), (settings.len(), false));
            }
        }
    }

    #[test]
    fn the_users_exceptions_are_kept() {
        let settings = settings(&global(), Desktop::Gnome);
        let exceptions = settings.iter().find(|setting| setting.role == SettingRole::Exceptions).unwrap();
        let ours = exceptions.ours.as_deref().unwrap();
        assert!(ours.starts_with("['localhost', 'corp.example', '127.0.0.0/8', '::1', "), "{exceptions:?}");
        assert_eq!(settings[0].ours.as_deref(), Some("'127.0.0.1'"));
    }

    #[test]
    fn a_partly_applied_proxy_is_restored_completely() {
        let settings = settings(&global(), Desktop::Gnome);
        for written in 0..=settings.len() {
            let mut now: Vec<_> = settings.iter().map(|setting| setting.before.clone()).collect();
            now[..written].clone_from_slice(&ours(&settings)[..written]);
            let back = restore_plan(&settings, &now);
            assert!(!back.is_foreign);
            for (key, value) in back.writes {
                let index = settings.iter().position(|setting| setting.key == key).unwrap();
                now[index] = value;
            }
            assert!(settings.iter().zip(&now).all(|(setting, now)| setting.before == *now), "after {written}");
        }
    }

    #[test]
    fn values_of_other_programs_are_kept() {
        let settings = settings(&global(), Desktop::Gnome);
        let with = |key: &str, value: &str| {
            let mut now = ours(&settings);
            now[settings.iter().position(|setting| setting.key.ends_with(key)).unwrap()] = Some(value.into());
            restore_plan(&settings, &now)
        };
        let is_written = |back: &RestorePlan, key: &str| back.writes.iter().any(|(written, _)| written.ends_with(key));

        let off = with("proxy mode", "'auto'");
        assert!(off.is_foreign && !is_written(&off, "mode") && is_written(&off, "http host"));
        let elsewhere = with("http host", "'proxy.corp.example'");
        assert!(elsewhere.is_foreign && !is_written(&elsewhere, "mode") && is_written(&elsewhere, "https host"));
        let exceptions = with("ignore-hosts", "['mine']");
        assert!(exceptions.is_foreign && is_written(&exceptions, "mode") && !is_written(&exceptions, "ignore-hosts"));
    }
}
