//! Commands about nodes.

use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::nodes::{KnownNodes, ViewContext};
use crate::engine::store::StateFile;
use crate::engine::traffic::today;
use crate::model::command::{ImportScope, Imported, NodeChanges};
use crate::model::preview::{ShareForm, TextPreview};
use crate::model::{EventKind, Fault, FaultCode, Reply, Secret, link};

impl EventLoop {
    pub(super) fn propose(&mut self, text: Secret) -> Reply {
        self.nodes.propose(text);
        Reply::Done
    }

    /// Previews texts; a node in two of them is new in the first one only.
    pub(super) fn preview(&mut self, texts: Vec<Secret>, call: CallId) -> Completion {
        let (known, own) = (self.nodes.known(), self.own_settings());
        self.inbox.workers.answer(call, move || {
            let mut known = KnownNodes::of(known);
            let preview = |text: &Secret| {
                let rows = known.preview(text.expose(), &own.settings.members.plugins)?;
                Ok(TextPreview { rows, settings: own.compare(text.expose()) })
            };
            Ok(Reply::Preview(texts.iter().map(preview).collect()))
        })
    }

    /// Imports texts independently of each other.
    pub(in crate::engine) async fn import(&mut self, texts: Vec<Secret>, scope: ImportScope) -> Reply {
        let mut results = Vec::new();
        for text in texts {
            results.push(self.import_text(text, scope).await);
        }
        Reply::Imported(results)
    }

    async fn import_text(&mut self, text: Secret, scope: ImportScope) -> Result<Imported, Fault> {
        let known = self.nodes.known();
        let read = move || (KnownNodes::of(known).import(text.expose()), text);
        let (read, text) = self.on_thread(read).await;
        let (new, nodes) = read?;
        self.nodes.add(new);
        let (added, known, refused) = (nodes.added.len(), nodes.known.len(), nodes.refused.len());
        self.activity.note(EventKind::Imported { added, known, refused });
        if added > 0 {
            self.adopt_nodes().await?;
        } else {
            // Known nodes may never have been saved.
            self.files.check_saved(StateFile::Nodes)?;
        }
        let settings = match scope {
            ImportScope::Nodes => {
                let own = self.own_settings();
                Ok(self.on_thread(move || own.compare(text.expose())).await)
            }
            ImportScope::NodesAndSettings => self.take_foreign(text).await,
        };
        Ok(Imported { nodes, settings })
    }

    /// Answers with all nodes as they are now.
    pub(super) fn list_nodes(&mut self, call: CallId) -> Completion {
        let (nodes, context) = (self.nodes.list(), self.view_context());
        self.inbox.workers.answer_list(call, move || Ok(Reply::Nodes(nodes.views(&context))))
    }

    /// What views of nodes show beside the nodes, as of now.
    pub(super) fn view_context(&mut self) -> ViewContext {
        self.record_traffic();
        ViewContext { traffic: self.traffic.totals(), today: today(), allowed: self.settings.members.plugins.clone() }
    }

    pub(super) async fn edit(&mut self, named: &str, changes: NodeChanges) -> Result<Reply, Fault> {
        self.nodes.edit(named, changes)?;
        self.adopt_changed_nodes().await
    }

    /// Allows the plugin of a node.
    pub(super) async fn allow_plugin(&mut self, named: &str) -> Result<Reply, Fault> {
        let request = self.nodes.find(named)?.node.plugin_request(&self.settings.members.plugins);
        let Some(request) = request else { return Ok(Reply::Done) };
        let mut settings = self.settings.clone();
        settings.members.plugins.push(request.plugin);
        self.adopt(settings).await?;
        self.activity.note(EventKind::SettingsChanged { keys: vec!["members.plugins".into()] });
        Ok(Reply::Done)
    }

    pub(super) async fn remove(&mut self, named: &[String]) -> Result<Reply, Fault> {
        self.record_traffic();
        for entry in self.nodes.remove(named)? {
            self.activity.note(EventKind::NodeRemoved { id: entry.id.clone(), name: entry.node.label() });
        }
        self.adopt_nodes().await?;
        Ok(Reply::Done)
    }

    pub(super) async fn restore_nodes(&mut self) -> Result<Reply, Fault> {
        let nodes = self.nodes.restore();
        if nodes == 0 {
            return Err(Fault::new(FaultCode::UnknownNode, ""));
        }
        self.activity.note(EventKind::NodesRestored { nodes });
        self.adopt_nodes().await?;
        Ok(Reply::Done)
    }

    pub(super) async fn reorder(&mut self, named: &[String], before: Option<&str>) -> Result<Reply, Fault> {
        self.nodes.reorder(named, before)?;
        self.adopt_changed_nodes().await
    }

    pub(super) async fn replace(&mut self, named: &str, link: &str) -> Result<Reply, Fault> {
        let node = link::parse(link)?;
        self.record_traffic();
        let (old, new) = self.nodes.exchange(named, node)?;
        self.traffic.rename(&old, &new);
        self.listening.sites().rename(&old, &new);
        let mut settings = self.settings.clone();
        settings.replace_node(&old, &new);
        if settings.node.as_ref() == Some(&old) {
            settings.node = Some(new);
        }
        if settings != self.settings {
            self.adopt(settings).await?;
        }
        self.adopt_changed_nodes().await
    }

    async fn adopt_changed_nodes(&mut self) -> Result<Reply, Fault> {
        self.adopt_nodes().await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(Reply::Done)
    }

    pub(super) fn share(&self, named: &str) -> Result<Reply, Fault> {
        Ok(Reply::Link(link::print(&self.nodes.find(named)?.node).into()))
    }

    /// Answers with the nodes that were named as one text; with all if none was.
    pub(super) fn share_many(&mut self, named: Vec<String>, form: ShareForm, call: CallId) -> Completion {
        let nodes = self.nodes.list();
        self.inbox.workers.answer_list(call, move || nodes.share(&named, form).map(Reply::Shared))
    }

    /// Starts tests of the nodes that were named, or of all; the call is answered when the last one has ended.
    pub(super) fn start_tests(&mut self, named: &[String], call: CallId) -> Result<Completion, Fault> {
        let entries = self.nodes.list().named_or_all(named)?;
        if entries.is_empty() {
            return Ok(Completion::Now(Reply::Tested(Vec::new())));
        }
        let tests = entries.iter().map(|entry| self.members.test(entry));
        self.tests.start(call, tests.collect());
        Ok(Completion::Later)
    }
}
