//! What is written into a desktop's settings, and what of it is given back. Rules only.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::desired::wanted;
use crate::os::system_proxy::Desktop;

/// What the desktop's proxy is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Everything goes to the gateway, at an address of this machine.
    Global(SocketAddr),
    /// The gateway's script at this address decides.
    Script(String),
}

/// What a setting is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    /// Says which of the others count.
    Switch,
    /// Says where the proxy is.
    Place,
    /// Says what goes past it.
    Exceptions,
}

/// One setting: what it was, and what we make of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) part: Part,
    pub(super) before: Option<String>,
    /// None where we take it away.
    pub(super) ours: Option<String>,
}

/// What is to be written to give a desktop back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Restoration {
    /// Keys and values, in this order.
    pub(super) writes: Vec<(String, Option<String>)>,
    /// Whether somebody else has changed something.
    pub(super) is_foreign: bool,
}

impl Want {
    /// The settings of a desktop that say this, the switch last: until then nothing counts. `before` is
    /// asked for each value as it is.
    pub(super) fn settings<E>(
        &self,
        desktop: Desktop,
        scopes: &[String],
        mut before: impl FnMut(&str) -> Result<Option<String>, E>,
    ) -> Result<Vec<Setting>, E> {
        let mut settings = Vec::new();
        for scope in scopes {
            for wanted in wanted(self, desktop) {
                let key = if scope.is_empty() { wanted.key.to_owned() } else { format!("{} {scope}", wanted.key) };
                let before = before(&key)?;
                let ours = wanted.value.beside(before.as_deref());
                settings.push(Setting { key, part: wanted.part, before, ours });
            }
        }
        Ok(settings)
    }
}

/// What is to be written so that a desktop is as it was, given its values now, in the order of
/// `settings`. The switch is first: what it does not lead to may be put back in peace.
///
/// A value that is neither ours nor the one before is somebody else's and stays. Where somebody has
/// set another proxy, the switch stays as well, since it leads there now.
pub(super) fn restoration(settings: &[Setting], now: &[Option<String>]) -> Restoration {
    let is_ours = |(setting, now): &(&Setting, &Option<String>)| **now == setting.ours;
    let is_foreign = |pair: &(&Setting, &Option<String>)| !is_ours(pair) && *pair.1 != pair.0.before;
    let pairs: Vec<_> = settings.iter().zip(now).collect();
    let is_led_elsewhere = pairs.iter().any(|pair| pair.0.part == Part::Place && is_foreign(pair));
    let is_due = |pair: &&(&Setting, &Option<String>)| {
        is_ours(pair) && *pair.1 != pair.0.before && !(pair.0.part == Part::Switch && is_led_elsewhere)
    };
    let writes = pairs.iter().rev().filter(is_due).map(|(setting, _)| (setting.key.clone(), setting.before.clone()));
    Restoration { writes: writes.collect(), is_foreign: pairs.iter().any(is_foreign) }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn settings(want: &Want, desktop: Desktop) -> Vec<Setting> {
        let before = |key: &str| {
            let value = match key {
                "org.gnome.system.proxy mode" => Some("'none'".to_owned()),
                "org.gnome.system.proxy ignore-hosts" => Some("['localhost', 'corp.example']".to_owned()),
                "ProxyType" => None,
                other => Some(format!("before of {other}")),
            };
            Ok::<_, Infallible>(value)
        };
        want.settings(desktop, &[String::new()], before).unwrap()
    }

    fn global() -> Want {
        Want::Global("127.0.0.1:1080".parse().unwrap())
    }

    fn ours(settings: &[Setting]) -> Vec<Option<String>> {
        settings.iter().map(|setting| setting.ours.clone()).collect()
    }

    #[test]
    fn the_switch_is_thrown_last_and_first_put_back() {
        for want in [global(), Want::Script("http://127.0.0.1:1/proxy.pac?0".into())] {
            for desktop in [Desktop::Gnome, Desktop::Kde, Desktop::Windows] {
                let settings = settings(&want, desktop);
                assert_eq!(settings.last().unwrap().part, Part::Switch);
                let back = restoration(&settings, &ours(&settings));
                assert_eq!(back.writes[0].0, settings.last().unwrap().key);
                assert_eq!((back.writes.len(), back.is_foreign), (settings.len(), false));
            }
        }
    }

    #[test]
    fn the_users_exceptions_stay_among_ours() {
        let settings = settings(&global(), Desktop::Gnome);
        let exceptions = settings.iter().find(|setting| setting.part == Part::Exceptions).unwrap();
        let ours = exceptions.ours.as_deref().unwrap();
        assert!(ours.starts_with("['localhost', 'corp.example', '127.0.0.0/8', '::1', "), "{exceptions:?}");
        assert_eq!(settings[0].ours.as_deref(), Some("'127.0.0.1'"));
    }

    #[test]
    fn wherever_applying_ended_all_is_put_back() {
        let settings = settings(&global(), Desktop::Gnome);
        for written in 0..=settings.len() {
            let mut now: Vec<_> = settings.iter().map(|setting| setting.before.clone()).collect();
            now[..written].clone_from_slice(&ours(&settings)[..written]);
            let back = restoration(&settings, &now);
            assert!(!back.is_foreign);
            for (key, value) in back.writes {
                let index = settings.iter().position(|setting| setting.key == key).unwrap();
                now[index] = value;
            }
            assert!(settings.iter().zip(&now).all(|(setting, now)| setting.before == *now), "after {written}");
        }
    }

    #[test]
    fn what_somebody_else_has_set_stays() {
        let settings = settings(&global(), Desktop::Gnome);
        let with = |key: &str, value: &str| {
            let mut now = ours(&settings);
            now[settings.iter().position(|setting| setting.key.ends_with(key)).unwrap()] = Some(value.into());
            restoration(&settings, &now)
        };
        let is_written = |back: &Restoration, key: &str| back.writes.iter().any(|(written, _)| written.ends_with(key));

        let off = with("proxy mode", "'auto'");
        assert!(off.is_foreign && !is_written(&off, "mode") && is_written(&off, "http host"));
        let elsewhere = with("http host", "'proxy.corp.example'");
        assert!(elsewhere.is_foreign && !is_written(&elsewhere, "mode") && is_written(&elsewhere, "https host"));
        let exceptions = with("ignore-hosts", "['mine']");
        assert!(exceptions.is_foreign && is_written(&exceptions, "mode") && !is_written(&exceptions, "ignore-hosts"));
    }
}
