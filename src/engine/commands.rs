//! What users ask for, one method each. A fault goes back to who asked and nowhere else.

use std::collections::BTreeMap;
use std::time::Instant;

use super::book::Entry;
use super::handle::Call;
use super::owner::Engine;
use crate::model::backup::Restoration;
use crate::model::command::TestReport;
use crate::model::preview::{ShareForm, Shared};
use crate::model::settings::{Invalid, Mode, Settings, Strategy, Wanted};
use crate::model::{Command, EventKind, Fault, Kind, Node, Reply, link, list};
use crate::pool::Candidate;

impl Engine {
    /// Carries a command out and answers it; a long one answers later by itself.
    pub(super) async fn answer(&mut self, call: Call) {
        let Call { command, answer } = call;
        let mut asker = Some(answer);
        let result = self.obey(command, &mut asker).await;
        reply_to(asker, result);
    }

    /// Carries a command out. What takes its time takes the asker with it and answers by itself, and then
    /// the result here is that it has begun.
    async fn obey(&mut self, command: Command, asker: &mut Option<Answer>) -> Result<Reply, Fault> {
        match command {
            Command::Status => Ok(self.status()),
            Command::Connect { node } => self.connect(node).await,
            Command::Disconnect => self.change(|settings| settings.active = false).await,
            Command::ClusterOn { group, size, strategy } => self.cluster_on(group, size, strategy).await,
            Command::ClusterOff => self.change(cluster_off).await,
            Command::Mode { mode } => self.set_mode(mode).await,
            Command::Import { text } => self.import(&text).await.map(Reply::Imported),
            Command::Preview { text } => self.book.preview(&text).map(Reply::Preview),
            Command::Propose { text } => Ok(self.propose(text)),
            Command::Proposals => Ok(Reply::Proposals(std::mem::take(&mut self.proposals))),
            Command::ForeignPreview { text } => Ok(self.compare_foreign(&text)),
            Command::ForeignTake { text } => self.take_foreign(&text).await,
            Command::Nodes => self.nodes(),
            Command::Share { node } => Ok(Reply::Link(link::print(&self.book.find(&node)?.node).into())),
            Command::ShareMany { nodes, form } => self.share_many(&nodes, form).map(Reply::Shared),
            Command::BackupTake => self.take_backup().map(Reply::Backup),
            Command::BackupPreview { text } => self.compare(&text).map(restoration),
            Command::BackupRestore { text } => self.restore(&text).await.map(restoration),
            Command::BackupUndo => self.undo_restoration().await.map(restoration),
            Command::NodeEdit { node, changes } => self.edit(&node, changes).await,
            Command::NodeRemove { node } => self.remove(&[node]).await,
            Command::NodesRemove { nodes } => self.remove(&nodes).await,
            Command::NodesRestore => self.restore_nodes().await,
            Command::NodesMove { nodes, before } => self.reorder(&nodes, before.as_deref()).await,
            Command::NodeReplace { node, link } => self.replace(&node, link.expose()).await,
            Command::Show { page } => {
                self.activity.pass_on(EventKind::PageAsked { page });
                Ok(Reply::Done)
            }
            Command::RulesTest { url } => self.guide.ruled(&url).map(Reply::Ruled),
            Command::RulesReload => self.reload_rules().await,
            Command::RulesText => self.rules_text(),
            Command::RulesWrite { text } => self.write_rules(&text).await,
            Command::AclText => self.acl_text(),
            Command::AclWrite { text } => self.write_acl(&text).await,
            Command::PacList => Ok(self.list()),
            Command::Why { host } => self.why(&host),
            Command::Set { changes } => self.set(&changes).await,
            Command::Get { key } => self.get(key.as_deref()),
            Command::Events => Ok(Reply::Events(self.activity.kept())),
            Command::Shutdown => {
                self.stopping.cancel();
                Ok(Reply::Done)
            }
            Command::Subscriptions => Ok(self.list_subscriptions()),
            Command::SubscriptionEdit { name, changes } => self.edit_subscription(&name, changes).await,
            Command::SubscriptionRemove { name } => self.remove_subscription(&name).await,
            Command::Test { nodes } => self.start_tests(&nodes, asker).await,
            Command::PacUpdate => self.start_list_update(asker.take()),
            Command::Diagnose => self.diagnose(asker),
            Command::SubscriptionPreview { url } => self.preview_subscription(url, asker),
            Command::SubscriptionAdd { url, name, update_h } => self.try_subscription(url, name, update_h, asker),
            Command::SubscriptionUpdate { name } => self.update_subscriptions(name.as_deref(), asker),
        }
    }

    fn status(&mut self) -> Reply {
        self.status_asked = Some(Instant::now());
        self.look_at_addresses();
        self.look_at_meters();
        Reply::Status(Box::new(self.snapshot()))
    }

    async fn change(&mut self, change: impl FnOnce(&mut Settings)) -> Result<Reply, Fault> {
        let mut settings = self.settings.clone();
        change(&mut settings);
        settings.validate()?;
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

    fn share_many(&self, named: &[String], form: ShareForm) -> Result<Shared, Fault> {
        let entries: Vec<&Entry> = if named.is_empty() {
            self.book.entries().iter().collect()
        } else {
            named.iter().map(|name| self.book.find(name)).collect::<Result<_, _>>()?
        };
        let has_place = |entry: &&Entry| match form {
            ShareForm::Links => true,
            ShareForm::Sip008 => matches!(entry.node.kind, Kind::Ss { .. }),
        };
        let (shared, left_out): (Vec<_>, Vec<_>) = entries.into_iter().partition(has_place);
        let nodes: Vec<&Node> = shared.iter().map(|entry| &*entry.node).collect();
        let text = match form {
            ShareForm::Links => nodes.iter().map(|node| link::print(node) + "\n").collect(),
            ShareForm::Sip008 => list::print_sip008(&nodes),
        };
        let left_out = left_out.into_iter().map(|entry| entry.id.clone()).collect();
        Ok(Shared { text: text.into(), count: nodes.len(), left_out })
    }

    async fn set(&mut self, changes: &BTreeMap<String, String>) -> Result<Reply, Fault> {
        let texts = changes.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let settings = self.settings.with_all(texts)?;
        self.adopt(settings).await?;
        self.activity.note(EventKind::SettingsChanged { keys: changes.keys().cloned().collect() });
        Ok(Reply::Done)
    }

    fn get(&self, key: Option<&str>) -> Result<Reply, Fault> {
        let is_wanted = |row: &(String, serde_json::Value)| {
            key.is_none_or(|key| row.0 == key || row.0.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
        };
        let rows: Vec<_> = self.settings.listing().into_iter().filter(is_wanted).collect();
        if rows.is_empty() {
            return Err(Invalid::new(key.unwrap_or_default(), Wanted::Key).into());
        }
        Ok(Reply::Settings(rows))
    }

    /// Starts tests that answer when the last has ended; those that nobody waits for any more end.
    async fn start_tests(&mut self, named: &[String], asker: &mut Option<Answer>) -> Result<Reply, Fault> {
        let entries: Vec<_> = if named.is_empty() {
            self.book.entries().to_vec()
        } else {
            named.iter().map(|name| self.book.find(name).cloned()).collect::<Result<_, _>>()?
        };
        let mut running = Vec::new();
        for entry in entries {
            let candidate = Candidate { id: entry.id.clone(), node: entry.node.clone(), meter: entry.meter.clone() };
            running.push((entry.id, entry.node.label(), self.pool.test(candidate).await));
        }
        let (tested, mut asker) = (self.tested.clone(), asker.take());
        self.errands.spawn(async move {
            let tests = async {
                let mut reports = Vec::new();
                for (id, name, result) in running {
                    // The pool ends: so will this answer.
                    let result = result.await.ok()?;
                    let ms = result.clone().map(|took| took.as_millis() as u32);
                    let _ending = tested.send((id.clone(), result)).await;
                    reports.push(TestReport { id, name, result: ms });
                }
                Some(reports)
            };
            let reports = tokio::select! {
                reports = tests => reports,
                () = left(&mut asker) => None,
            };
            if let Some(reports) = reports {
                reply_to(asker, Ok(Reply::Tested(reports)));
            }
        });
        Ok(Reply::Done)
    }
}

pub(super) type Answer = tokio::sync::oneshot::Sender<Result<Reply, Fault>>;

/// Answers who asked, if nobody else does or has: the asker may have been taken by what answers later, and
/// may have left.
pub(super) fn reply_to(asker: Option<Answer>, result: Result<Reply, Fault>) {
    if let Some(asker) = asker {
        let _left = asker.send(result);
    }
}

/// Ends when who asked has left; never where nobody has asked.
pub(super) async fn left(asker: &mut Option<Answer>) {
    match asker {
        Some(asker) => asker.closed().await,
        None => std::future::pending().await,
    }
}

fn restoration(restoration: Restoration) -> Reply {
    Reply::Restoration(Box::new(restoration))
}

/// Back to the single node; off where none was chosen.
fn cluster_off(settings: &mut Settings) {
    settings.active &= !settings.cluster.on || settings.node.is_some();
    settings.cluster.on = false;
}
