//! Settings of other clients: what they would change here, and taking them over.
//!
//! Each is held to the bounds of ours, and one that is out of them is left without the others; what remains holds
//! together or not at all. Addresses of lists are only named here: to add one it has to be fetched.

use std::fs::{self, Metadata};
use std::path::Path;

use crate::engine::backup::other_settings;
use crate::engine::event_loop::EventLoop;
use crate::engine::rules;
use crate::model::foreign::{self, Foreign, ForeignSettings, ForeignSubscription, ForeignValue, LeftOut, LeftReason};
use crate::model::settings::Settings;
use crate::model::{EventKind, Fault, Secret};
use crate::rules::acl::Acl;
use crate::subscription::address;

/// Largest access list that is taken over, in bytes: the longest in use have some megabytes.
const LARGEST_LIST: u64 = 8 << 20;

impl EventLoop {
    /// Says what the settings in a text would change.
    pub(super) fn compare_foreign(&self, text: &str) -> ForeignSettings {
        if foreign::may_be_in(text) { self.foreign(text).1 } else { ForeignSettings::default() }
    }

    /// Takes them over.
    ///
    /// # Errors
    /// They cannot be made true here, such as a port that is taken; then nothing has changed.
    pub(super) async fn take_foreign(&mut self, text: &str) -> Result<ForeignSettings, Fault> {
        if !foreign::may_be_in(text) {
            return Ok(ForeignSettings::default());
        }
        let (settings, mut told) = self.foreign(text);
        let before = self.settings.clone();
        // A server of the file that was not imported cannot be gone through.
        let node = settings.node.clone().filter(|id| self.nodes.get(id).is_some()).or_else(|| before.node.clone());
        self.adopt(Settings { node, ..settings }).await?;
        told.settings = other_settings(&before, &self.settings);
        let keys: Vec<_> = told.settings.iter().map(|change| change.key.clone()).collect();
        if !keys.is_empty() {
            self.activity.note(EventKind::SettingsChanged { keys });
        }
        Ok(told)
    }

    /// The settings with those of a text taken over, and what that changes.
    fn foreign(&self, text: &str) -> (Settings, ForeignSettings) {
        let Foreign { settings: mut wishes, subscriptions, mut left } = foreign::read(text);
        let is_usable = |wish: &ForeignValue| wish.key != "rules.acl" || is_access_list(wish.value.expose());
        left.extend(wishes.iter().filter(|wish| !is_usable(wish)).map(left_out));
        wishes.retain(is_usable);
        let settings = self.with_wishes(wishes, &mut left);
        let is_new = |url: &Secret| !self.subscriptions.addresses().any(|known| known == url);
        let subscriptions = subscriptions.into_iter().filter(|(_, url)| is_new(url)).map(|(name, url)| {
            let address = address::shown(url.expose());
            ForeignSubscription { name, url, address }
        });
        let told = ForeignSettings {
            settings: other_settings(&self.settings, &settings),
            subscriptions: subscriptions.collect(),
            left,
        };
        (settings, told)
    }

    /// The settings with all wishes that can be fulfilled; the others are left.
    fn with_wishes(&self, mut wishes: Vec<ForeignValue>, left: &mut Vec<LeftOut>) -> Settings {
        loop {
            let invalid = match self.settings.with_all(wishes.iter().map(|wish| (wish.key, wish.value.expose()))) {
                Ok(settings) => return settings,
                Err(invalid) => invalid,
            };
            let Some(place) = wishes.iter().position(|wish| wish.key == invalid.key) else {
                // None of them alone is at fault.
                left.extend(wishes.iter().map(left_out));
                return self.settings.clone();
            };
            left.push(left_out(&wishes.remove(place)));
        }
    }
}

fn left_out(wish: &ForeignValue) -> LeftOut {
    LeftOut { name: wish.name.into(), reason: LeftReason::NoSense }
}

/// Whether there is a file with a list that can be followed, on this machine. The path is a stranger's: what is no
/// file with an end, such as a device, is not opened.
fn is_access_list(path: &str) -> bool {
    let path = Path::new(path);
    let is_whole = |file: Metadata| file.is_file() && (1..=LARGEST_LIST).contains(&file.len());
    let text = || rules::text(path).ok().flatten();
    let is_there = path.is_absolute() && fs::metadata(path).is_ok_and(is_whole);
    is_there && text().is_some_and(|text| Acl::parse(&text).is_ok())
}
