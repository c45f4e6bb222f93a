//! What settings of other clients would change here. Long files take time: this runs on other threads.
//!
//! Each setting is validated, and an invalid one is skipped; the others are applied together or not at all.
//! Subscriptions are only listed: to add one, its list has to be downloaded.

use std::fs::{self, Metadata};
use std::path::Path;

use super::backup::other_settings;
use super::rules;
use crate::model::Secret;
use crate::model::foreign::{
    self, ConvertedSettings, ForeignSettings, ForeignSubscription, ForeignValue, SkipReason, SkippedSetting,
};
use crate::model::settings::Settings;
use crate::rules::acl::Acl;
use crate::subscription::address;

/// Maximum size of an access list in bytes: the longest in use have some megabytes.
const MAX_LIST_SIZE: u64 = 8 << 20;

/// The state that settings of other clients are compared with.
pub(super) struct OwnSettings {
    /// Our settings.
    pub(super) settings: Settings,
    /// The URLs of our subscriptions.
    pub(super) addresses: Vec<Secret>,
}

impl OwnSettings {
    /// The settings with those of a text applied, and what that changes.
    pub(super) fn with(&self, text: &str) -> (Settings, ForeignSettings) {
        if !foreign::may_be_in(text) {
            return (self.settings.clone(), ForeignSettings::default());
        }
        let ConvertedSettings { settings: mut values, subscriptions, mut left } = foreign::read(text);
        let is_usable = |value: &ForeignValue| value.key != "rules.acl" || is_access_list(value.value.expose());
        left.extend(values.iter().filter(|value| !is_usable(value)).map(left_out));
        values.retain(is_usable);
        let settings = self.with_values(values, &mut left);
        let is_new = |url: &Secret| !self.addresses.contains(url);
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

    /// What the settings of a text would change.
    pub(super) fn compare(&self, text: &str) -> ForeignSettings {
        self.with(text).1
    }

    /// The settings with all values that are valid; the others are skipped.
    fn with_values(&self, mut values: Vec<ForeignValue>, left: &mut Vec<SkippedSetting>) -> Settings {
        loop {
            let invalid = match self.settings.with_all(values.iter().map(|value| (value.key, value.value.expose()))) {
                Ok(settings) => return settings,
                Err(invalid) => invalid,
            };
            let Some(place) = values.iter().position(|value| value.key == invalid.key) else {
                // Each of them is valid alone.
                left.extend(values.iter().map(left_out));
                return self.settings.clone();
            };
            left.push(left_out(&values.remove(place)));
        }
    }
}

fn left_out(value: &ForeignValue) -> SkippedSetting {
    SkippedSetting { name: value.name.into(), reason: SkipReason::InvalidValue }
}

/// Whether there is a file on this computer with a valid access list. The path is untrusted: anything but a regular
/// file, such as a device, is not opened.
fn is_access_list(path: &str) -> bool {
    let path = Path::new(path);
    let is_whole = |file: Metadata| file.is_file() && (1..=MAX_LIST_SIZE).contains(&file.len());
    let text = || rules::text(path).ok().flatten();
    let is_there = path.is_absolute() && fs::metadata(path).is_ok_and(is_whole);
    is_there && text().is_some_and(|text| Acl::parse(&text).is_ok())
}
