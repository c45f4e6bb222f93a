//! Backup and restore.
//!
//! A backup is validated before anything changes, the previous state is kept for one undo, and if something cannot be
//! restored, nothing has changed.

use crate::engine::backup::{BackupContent, UserState, refused};
use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::store::{self, StateFile};
use crate::model::backup::{ProgramScope, Restoration};
use crate::model::{BackupProblem, EventKind, Fault, Reply, Secret};

impl EventLoop {
    /// Replies with everything the user has configured, as one text.
    pub(super) fn take_backup(&mut self, call: CallId) -> Completion {
        let state = self.user_state();
        self.inbox.workers.answer(call, move || state.backup().map(Reply::Backup))
    }

    fn user_state(&self) -> UserState {
        UserState {
            settings: self.settings.clone(),
            nodes: self.nodes.listed(),
            subscriptions: self.subscriptions.file(),
            paths: self.files.paths().clone(),
        }
    }

    /// Replies with what restoring a backup would change, and the programs that it names.
    pub(super) fn compare(&mut self, text: Secret, call: CallId) -> Completion {
        let state = self.user_state();
        let compare = move || state.difference(&BackupContent::read(&text)?, ProgramScope::Known);
        self.inbox.workers.answer(call, move || compare().map(reply))
    }

    /// Restores a backup, and keeps the previous state for one undo.
    ///
    /// # Errors
    /// The backup is invalid or cannot be applied here; then nothing has changed.
    pub(super) async fn restore(&mut self, text: Secret, programs: ProgramScope) -> Result<Reply, Fault> {
        let state = self.user_state();
        let read = move || -> Result<_, Fault> {
            let content = BackupContent::read(&text)?;
            let restoration = state.difference(&content, programs)?;
            let before = state.backup()?;
            store::save_text(&state.paths.undo(), before.expose()).map_err(|error| Fault::from(&error))?;
            Ok((content, restoration, before))
        };
        let (content, restoration, before) = self.on_thread(read).await?;
        if let Err(fault) = self.apply_backup(content, programs).await {
            self.revert_restore(before).await;
            return Err(fault);
        }
        let (added, removed, changed) = (restoration.added.len(), restoration.removed.len(), restoration.changed.len());
        self.activity.note(EventKind::Restored { added, removed, changed });
        Ok(reply(restoration))
    }

    /// Restores the state before the last restore, including the programs that the user had configured.
    ///
    /// # Errors
    /// There was no restore, or as for [`EventLoop::restore`].
    pub(super) async fn undo_restoration(&mut self) -> Result<Reply, Fault> {
        let path = self.files.paths().undo();
        let before = self.on_thread(move || store::read_text(&path)).await.map_err(|error| Fault::from(&error))?;
        let before = before.ok_or_else(|| refused(BackupProblem::NothingToUndo))?;
        self.restore(before.into(), ProgramScope::All).await
    }

    /// Returns to the previous state after a failed restore; that state was valid a moment ago.
    async fn revert_restore(&mut self, before: Secret) {
        let path = self.files.paths().undo();
        let read = move || (store::revert(&path), BackupContent::read(&before));
        let (undo, content) = self.on_thread(read).await;
        if let Err(error) = undo {
            tracing::error!(error = &error as &dyn std::error::Error, "undo of a failed restore");
        }
        let content = content.expect("it was taken a moment ago");
        if let Err(fault) = self.apply_backup(content, ProgramScope::All).await {
            tracing::error!(%fault, "the state before a restore cannot be restored");
        }
    }

    async fn apply_backup(&mut self, content: BackupContent, programs: ProgramScope) -> Result<(), Fault> {
        let (own, paths) = (self.settings.clone(), self.files.paths().clone());
        let write = move || content.write_texts(&own, &paths, programs).map(|settings| (settings, content));
        let (settings, content) = self.on_thread(write).await?;
        self.load_rules(&settings).await?;
        if let Some(nodes) = content.nodes {
            self.record_traffic();
            self.nodes.replace(nodes);
            self.save(StateFile::Nodes).await?;
        }
        if let Some(file) = content.subscriptions {
            let finished = self.subscriptions.replace(file);
            self.answer_waiting(finished);
            self.save(StateFile::Subscriptions).await?;
        }
        self.adopt(settings).await
    }
}

fn reply(restoration: Restoration) -> Reply {
    Reply::Restoration(Box::new(restoration))
}
