//! The commands, one file per subject. A fault is returned to the caller and reported nowhere else.

mod backup;
mod diagnose;
mod doors;
mod fetching;
mod fix;
mod foreign;
mod nodes;
mod pins;
mod rule_files;
mod settings;
mod sites;
mod subscriptions;
mod updates;
mod why;

use super::calls::{CallId, Completion};
use super::event_loop::EventLoop;
use crate::gateway::ExplainedClient;
use crate::model::{Command, EventKind, Fault, Reply};

impl EventLoop {
    /// Executes a command. One that takes time is started, and its reply is sent later.
    pub(super) async fn execute(&mut self, command: Command, call: CallId) -> Result<Completion, Fault> {
        let reply = match command {
            Command::Status => self.status(),
            Command::Connect { node } => self.connect(node).await?,
            Command::Disconnect => self.change(|settings| settings.active = false).await?,
            Command::ClusterOn { group, size, strategy } => self.cluster_on(group, size, strategy).await?,
            Command::ClusterOff => self.cluster_off().await?,
            Command::Mode { mode } => self.set_mode(mode).await?,
            Command::Set { changes } => self.set(&changes).await?,
            Command::Get { key } => self.get(key.as_deref())?,
            Command::Import { texts, scope } => self.import(texts, scope).await,
            Command::Propose { text } => self.propose(text),
            Command::Proposals => Reply::Proposals(self.nodes.take_proposals()),
            Command::Share { node } => self.share(&node)?,
            Command::NodeEdit { node, changes } => self.edit(&node, changes).await?,
            Command::PluginAllow { node } => self.allow_plugin(&node).await?,
            Command::NodeRemove { node } => self.remove(&[node]).await?,
            Command::NodesRemove { nodes } => self.remove(&nodes).await?,
            Command::NodesRestore => self.restore_nodes().await?,
            Command::NodesMove { nodes, before } => self.reorder(&nodes, before.as_deref()).await?,
            Command::NodeReplace { node, link } => self.replace(&node, link.expose()).await?,
            Command::BackupRestore { text, programs } => self.restore(text, programs).await?,
            Command::BackupUndo => self.undo_restoration().await?,
            Command::Pin { traffic, to, fallback, place } => self.pin(&traffic, &to, fallback, place).await?,
            Command::Pins => self.pins(),
            Command::Unpin { traffic } => self.unpin(&traffic).await?,
            Command::Sites => self.list_sites(),
            Command::SitesForget { site } => self.forget_site(site.as_deref()).await?,
            Command::RulesTest { url, program } => {
                let client = ExplainedClient { program: program.as_deref(), door: None };
                self.rules.test(&url, |ruled, target| self.pinned_route(ruled, target, client))?
            }
            Command::RulesReload => self.reload_rules().await?,
            Command::RulesWrite { text } => self.write_rules(text).await?,
            Command::AclWrite { text } => self.write_acl(text).await?,
            Command::PacList => self.rules.list_view(),
            Command::FailedHosts => self.failed_hosts(),
            Command::Why { host, program, door } => {
                self.why(&host, ExplainedClient { program: program.as_deref(), door: door.as_deref() })?
            }
            Command::DoorAdd { name, changes } => self.add_door(&name, changes).await?,
            Command::DoorEdit { name, changes } => self.edit_door(&name, changes).await?,
            Command::DoorRemove { name } => self.remove_door(&name).await?,
            Command::Doors => {
                crate::handover::collect();
                Reply::Doors(self.door_views())
            }
            Command::ConnectionsClose { ids } => Reply::ConnectionsClosed(self.listening.close_connections(&ids)),
            Command::Events => Reply::Events(self.activity.kept()),
            Command::Show { page } => self.show(EventKind::PageRequested { page }),
            Command::Shutdown => self.shut_down(),
            Command::Subscriptions => self.list_subscriptions(),
            Command::SubscriptionEdit { name, changes } => self.edit_subscription(&name, changes).await?,
            Command::SubscriptionRemove { name } => self.remove_subscription(&name).await?,
            Command::SubscriptionUpdate { name } => return self.update_subscriptions(name.as_deref(), call),
            Command::SubscriptionPreview { url } => return self.preview_subscription(url, call),
            Command::SubscriptionAdd { url, name, update_h } => {
                return self.try_subscription(url, name, update_h, call);
            }
            Command::PacUpdate => return Ok(self.start_list_update(Some(call))),
            Command::Nodes => return Ok(self.list_nodes(call)),
            Command::ShareMany { nodes, form } => return Ok(self.share_many(nodes, form, call)),
            Command::Test { nodes } => return self.start_tests(&nodes, call),
            Command::Fix { site } => return self.fix(&site, call),
            Command::Diagnose => return Ok(self.diagnose(call)),
            Command::Preview { texts } => return Ok(self.preview(texts, call)),
            Command::BackupTake => return Ok(self.take_backup(call)),
            Command::BackupPreview { text } => return Ok(self.compare(text, call)),
            Command::RulesText => return Ok(self.rules_text(call)),
            Command::AclText => return Ok(self.acl_text(call)),
        };
        Ok(Completion::Now(reply))
    }

    fn show(&self, page: EventKind) -> Reply {
        self.activity.pass_on(page);
        Reply::Done
    }

    fn shut_down(&self) -> Reply {
        self.inbox.stopping.cancel();
        Reply::Done
    }
}
