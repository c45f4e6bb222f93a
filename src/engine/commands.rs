//! What users ask for, one method each. A fault goes back to who asked and nowhere else.

use std::collections::BTreeMap;
use std::time::Instant;

use super::handle::Call;
use super::owner::Engine;
use crate::model::command::TestReport;
use crate::model::settings::{Mode, Settings, Strategy};
use crate::model::{Command, EventKind, Fault, FaultCode, Reply, link};
use crate::pool::Candidate;

impl Engine {
    /// Carries a command out and answers it; a long one answers later by itself.
    pub(super) async fn answer(&mut self, call: Call) {
        let Call { command, answer } = call;
        if let Command::Test { nodes } = &command {
            match self.start_tests(nodes, answer).await {
                Ok(()) => {}
                Err((fault, answer)) => drop(answer.send(Err(fault))),
            }
            return;
        }
        if command == Command::PacUpdate {
            return self.start_update(Some(answer));
        }
        let result = self.obey(command).await;
        // Who asked may have left.
        let _left = answer.send(result);
    }

    async fn obey(&mut self, command: Command) -> Result<Reply, Fault> {
        match command {
            Command::Status => Ok(self.status()),
            Command::Connect { node } => self.connect(node).await,
            Command::Disconnect => self.change(|settings| settings.active = false).await,
            Command::ClusterOn { group, size, strategy } => self.cluster_on(group, size, strategy).await,
            Command::ClusterOff => self.change(cluster_off).await,
            Command::Mode { mode } => self.set_mode(mode).await,
            Command::Import { text } => self.import(&text).await.map(Reply::Imported),
            Command::Nodes => self.nodes(),
            Command::Share { node } => Ok(Reply::Link(link::print(&self.book.find(&node)?.node).into())),
            Command::NodeEdit { node, changes } => self.edit(&node, changes).await,
            Command::NodeRemove { node } => self.remove(&[node]).await,
            Command::NodesRemove { nodes } => self.remove(&nodes).await,
            Command::NodesRestore => self.restore().await,
            Command::NodesMove { nodes, before } => self.reorder(&nodes, before.as_deref()).await,
            Command::NodeReplace { node, link } => self.replace(&node, link.expose()).await,
            Command::Show { page } => {
                self.activity.pass_on(EventKind::PageAsked { page });
                Ok(Reply::Done)
            }
            Command::RulesTest { url } => self.guide.ruled(&url).map(Reply::Ruled),
            Command::RulesReload => self.reload_rules().await,
            Command::Why { host } => self.why(&host),
            Command::Set { changes } => self.set(&changes).await,
            Command::Get { key } => self.get(key.as_deref()),
            Command::Events => Ok(Reply::Events(self.activity.kept())),
            Command::Shutdown => {
                self.stopping.cancel();
                Ok(Reply::Done)
            }
            Command::Test { .. } | Command::PacUpdate => {
                Err(Fault::new(FaultCode::BadMessage, "this answers by itself"))
            }
        }
    }

    fn status(&mut self) -> Reply {
        self.status_asked = Some(Instant::now());
        self.look_at_meters();
        Reply::Status(Box::new(self.snapshot()))
    }

    async fn change(&mut self, change: impl FnOnce(&mut Settings)) -> Result<Reply, Fault> {
        let mut settings = self.settings.clone();
        change(&mut settings);
        settings.validate().map_err(|invalid| Fault::new(FaultCode::InvalidSetting, invalid.to_string()))?;
        self.adopt(settings).await?;
        Ok(Reply::Done)
    }

    async fn connect(&mut self, named: Option<String>) -> Result<Reply, Fault> {
        let chosen = named.map(|named| self.book.find(&named).map(|entry| entry.id.clone())).transpose()?;
        self.change(|settings| {
            settings.active = true;
            if let Some(id) = chosen {
                settings.cluster.on = false;
                settings.node = Some(id);
            }
        })
        .await
    }

    async fn cluster_on(
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

    async fn set_mode(&mut self, mode: Mode) -> Result<Reply, Fault> {
        let before = self.settings.mode;
        self.change(|settings| settings.mode = mode).await?;
        if let Some(fault) = self.desktop_fault.take() {
            self.change(|settings| settings.mode = before).await?;
            return Err(fault);
        }
        if before != mode {
            self.activity.note(EventKind::ModeChanged { mode });
        }
        Ok(Reply::Done)
    }

    async fn set(&mut self, changes: &BTreeMap<String, String>) -> Result<Reply, Fault> {
        let mut settings = self.settings.clone();
        for (key, text) in changes {
            let invalid =
                |invalid: crate::model::settings::Invalid| Fault::new(FaultCode::InvalidSetting, invalid.to_string());
            settings = settings.with(key, text).map_err(invalid)?;
        }
        self.adopt(settings).await?;
        self.activity.note(EventKind::SettingsChanged { keys: changes.keys().cloned().collect() });
        Ok(Reply::Done)
    }

    async fn reload_rules(&mut self) -> Result<Reply, Fault> {
        let settings = self.settings.clone();
        self.follow_rules(&settings)?;
        self.set_desktop(&settings).await;
        Ok(Reply::Done)
    }

    fn get(&self, key: Option<&str>) -> Result<Reply, Fault> {
        let is_wanted = |row: &(String, serde_json::Value)| {
            key.is_none_or(|key| row.0 == key || row.0.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
        };
        let rows: Vec<_> = self.settings.listing().into_iter().filter(is_wanted).collect();
        if rows.is_empty() {
            let detail = format!("{}: no such setting", key.unwrap_or_default());
            return Err(Fault::new(FaultCode::InvalidSetting, detail));
        }
        Ok(Reply::Settings(rows))
    }

    /// Starts tests that answer when the last has ended.
    async fn start_tests(&mut self, named: &[String], answer: Answer) -> Result<(), (Fault, Answer)> {
        let found: Result<Vec<_>, _> = if named.is_empty() {
            Ok(self.book.entries().to_vec())
        } else {
            named.iter().map(|name| self.book.find(name).cloned()).collect()
        };
        let entries = match found {
            Ok(entries) => entries,
            Err(fault) => return Err((fault, answer)),
        };
        let mut running = Vec::new();
        for entry in entries {
            let candidate = Candidate { id: entry.id.clone(), node: entry.node.clone(), meter: entry.meter.clone() };
            running.push((entry.id, entry.node.label(), self.pool.test(candidate).await));
        }
        let tested = self.tested.clone();
        self.errands.spawn(async move {
            let mut reports = Vec::new();
            for (id, name, result) in running {
                // The pool ends: so will this answer.
                let Ok(result) = result.await else { return };
                let ms = result.clone().map(|took| took.as_millis() as u32);
                let _ending = tested.send((id.clone(), result)).await;
                reports.push(TestReport { id, name, result: ms });
            }
            let _left = answer.send(Ok(Reply::Tested(reports)));
        });
        Ok(())
    }
}

type Answer = tokio::sync::oneshot::Sender<Result<Reply, Fault>>;

/// Back to the single node; off where none was chosen.
fn cluster_off(settings: &mut Settings) {
    settings.active &= !settings.cluster.on || settings.node.is_some();
    settings.cluster.on = false;
}
