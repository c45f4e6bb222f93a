//! Imports settings of other clients.

use crate::engine::backup::other_settings;
use crate::engine::event_loop::EventLoop;
use crate::engine::foreign::OwnSettings;
use crate::model::foreign::ForeignSettings;
use crate::model::settings::Settings;
use crate::model::{EventKind, Fault, Secret};

impl EventLoop {
    /// The state that settings of other clients are compared with.
    pub(super) fn own_settings(&self) -> OwnSettings {
        OwnSettings { settings: self.settings.clone(), addresses: self.subscriptions.addresses().cloned().collect() }
    }

    /// Imports the settings in a text.
    ///
    /// # Errors
    /// They cannot be applied, such as a port in use; then nothing has changed.
    pub(super) async fn take_foreign(&mut self, text: Secret) -> Result<ForeignSettings, Fault> {
        let own = self.own_settings();
        let (settings, mut told) = self.on_thread(move || own.with(text.expose())).await;
        let before = self.settings.clone();
        // A server of the file that was not imported cannot be chosen.
        let node = settings.node.clone().filter(|id| self.nodes.get(id).is_some()).or_else(|| before.node.clone());
        let settings = Settings { node, ..settings };
        if settings != before {
            self.adopt(settings).await?;
        }
        told.settings = other_settings(&before, &self.settings);
        let keys: Vec<_> = told.settings.iter().map(|change| change.key.clone()).collect();
        if !keys.is_empty() {
            self.activity.note(EventKind::SettingsChanged { keys });
        }
        Ok(told)
    }
}
