//! What users ask about the list of nodes.

use super::owner::Engine;
use crate::model::command::{ImportReport, NodeChanges};
use crate::model::settings::Settings;
use crate::model::{EventKind, Fault, FaultCode, Reply, Secret, link};

/// Texts that wait for a window: a page that opens links by the hundred gets no further.
const PROPOSALS: usize = 16;

impl Engine {
    /// Keeps a text until a window shows what is in it; the oldest gives way to the newest.
    pub(super) fn propose(&mut self, text: Secret) -> Reply {
        if self.proposals.len() == PROPOSALS {
            self.proposals.remove(0);
        }
        self.proposals.push(text);
        Reply::Done
    }

    pub(super) async fn import(&mut self, text: &str) -> Result<ImportReport, Fault> {
        let report = self.book.import(text)?;
        let (added, known, refused) = (report.added.len(), report.known.len(), report.refused.len());
        self.activity.note(EventKind::Imported { added, known, refused });
        if added > 0 {
            self.adopt_nodes().await?;
        }
        Ok(report)
    }

    pub(super) fn nodes(&mut self) -> Result<Reply, Fault> {
        self.look_at_meters();
        Ok(Reply::Nodes(self.book.views(&self.ledger, jiff::Zoned::now().date())))
    }

    pub(super) async fn edit(&mut self, named: &str, changes: NodeChanges) -> Result<Reply, Fault> {
        self.book.edit(named, changes)?;
        self.adopt_changed_nodes().await
    }

    pub(super) async fn remove(&mut self, named: &[String]) -> Result<Reply, Fault> {
        // What they moved until now belongs into the ledger, which no longer looks afterwards.
        self.look_at_meters();
        for entry in self.book.remove(named)? {
            self.activity.note(EventKind::NodeRemoved { id: entry.id.clone(), name: entry.node.label() });
        }
        self.adopt_nodes().await?;
        Ok(Reply::Done)
    }

    pub(super) async fn restore_nodes(&mut self) -> Result<Reply, Fault> {
        let nodes = self.book.restore();
        if nodes == 0 {
            return Err(Fault::new(FaultCode::UnknownNode, ""));
        }
        self.activity.note(EventKind::NodesRestored { nodes });
        self.adopt_nodes().await?;
        Ok(Reply::Done)
    }

    pub(super) async fn reorder(&mut self, named: &[String], before: Option<&str>) -> Result<Reply, Fault> {
        self.book.reorder(named, before)?;
        self.adopt_changed_nodes().await
    }

    pub(super) async fn replace(&mut self, named: &str, link: &str) -> Result<Reply, Fault> {
        let node = link::parse(link)?;
        self.look_at_meters();
        let (old, new) = self.book.exchange(named, node)?;
        self.ledger.rename(&old, &new);
        if self.settings.node.as_ref() == Some(&old) {
            let settings = Settings { node: Some(new), ..self.settings.clone() };
            self.adopt(settings).await?;
        }
        self.adopt_changed_nodes().await
    }

    async fn adopt_changed_nodes(&mut self) -> Result<Reply, Fault> {
        self.adopt_nodes().await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(Reply::Done)
    }
}
