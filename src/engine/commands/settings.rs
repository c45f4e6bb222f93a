//! Commands that connect and disconnect, set modes, and change settings by key.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::engine::event_loop::EventLoop;
use crate::model::settings::{ExpectedValue, InvalidValue, Mode, Settings, Strategy};
use crate::model::{EventKind, Fault, Reply};

impl EventLoop {
    pub(super) fn status(&mut self) -> Reply {
        self.publisher.note_status_request(Instant::now());
        self.listening.find_own_addresses();
        self.record_traffic();
        Reply::Status(Box::new(self.snapshot()))
    }

    pub(super) async fn change(&mut self, change: impl FnOnce(&mut Settings)) -> Result<Reply, Fault> {
        let mut settings = self.settings.clone();
        change(&mut settings);
        settings.validate()?;
        self.adopt(settings).await?;
        Ok(Reply::Done)
    }

    pub(super) async fn connect(&mut self, named: Option<String>) -> Result<Reply, Fault> {
        let chosen = named.map(|named| self.nodes.find(&named).map(|entry| entry.id.clone())).transpose()?;
        self.change(|settings| {
            settings.active = true;
            if let Some(id) = chosen {
                settings.cluster.on = false;
                settings.node = Some(id);
            }
        })
        .await
    }

    pub(super) async fn cluster_on(
        &mut self,
        group: Option<String>,
        size: Option<usize>,
        strategy: Option<Strategy>,
    ) -> Result<Reply, Fault> {
        self.change(|settings| {
            settings.active = true;
            let cluster = &mut settings.cluster;
            cluster.on = true;
            cluster.group = group.unwrap_or_else(|| std::mem::take(&mut cluster.group));
            cluster.size = size.unwrap_or(cluster.size);
            cluster.strategy = strategy.unwrap_or(cluster.strategy);
        })
        .await
    }

    /// Turns load balancing off: back to the single node, or disconnects if none was chosen.
    pub(super) async fn cluster_off(&mut self) -> Result<Reply, Fault> {
        self.change(|settings| {
            settings.active &= !settings.cluster.on || settings.node.is_some();
            settings.cluster.on = false;
        })
        .await
    }

    pub(super) async fn set_mode(&mut self, mode: Mode) -> Result<Reply, Fault> {
        let before = self.settings.mode;
        self.change(|settings| settings.mode = mode).await?;
        if let Some(fault) = self.desktop.take_fault() {
            self.change(|settings| settings.mode = before).await?;
            return Err(fault);
        }
        if before != mode {
            self.activity.note(EventKind::ModeChanged { mode });
        }
        Ok(Reply::Done)
    }

    pub(super) async fn set(&mut self, changes: &BTreeMap<String, String>) -> Result<Reply, Fault> {
        let texts = changes.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let settings = self.settings.with_all(texts)?;
        self.adopt(settings).await?;
        self.activity.note(EventKind::SettingsChanged { keys: changes.keys().cloned().collect() });
        Ok(Reply::Done)
    }

    pub(super) fn get(&self, key: Option<&str>) -> Result<Reply, Fault> {
        let is_wanted = |row: &(String, serde_json::Value)| {
            key.is_none_or(|key| row.0 == key || row.0.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
        };
        let rows: Vec<_> = self.settings.listing().into_iter().filter(is_wanted).collect();
        if rows.is_empty() {
            return Err(InvalidValue::new(key.unwrap_or_default(), ExpectedValue::Key).into());
        }
        Ok(Reply::Settings(rows))
    }
}
