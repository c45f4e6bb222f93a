//! Backups taken and restored.
//!
//! A backup is read whole before anything changes, what was before is kept for one undo, and where something cannot be
//! restored, all is as it was.

use std::path::PathBuf;

use crate::engine::backup::{BackupContent, UserState, refused, text_of};
use crate::engine::event_loop::EventLoop;
use crate::engine::store::{self, StateFile};
use crate::model::backup::Restoration;
use crate::model::{BackupProblem, EventKind, Fault, Reply, Secret, Settings};

impl EventLoop {
    /// All that a user has made, as one text.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn take_backup(&self) -> Result<Secret, Fault> {
        self.user_state().backup()
    }

    fn user_state(&self) -> UserState<'_> {
        let Self { settings, nodes, subscriptions, .. } = self;
        UserState { settings, nodes, subscriptions, paths: self.files.paths() }
    }

    /// Says what a backup would change.
    ///
    /// # Errors
    /// It is no backup that can be restored.
    pub(super) async fn compare(&mut self, text: Secret) -> Result<Reply, Fault> {
        let content = self.on_thread(move || BackupContent::read(&text)).await?;
        self.user_state().difference(&content).map(reply)
    }

    /// Has all be as in a backup, and keeps what was before.
    ///
    /// # Errors
    /// It is no backup that can be restored, or cannot take effect here; then nothing has changed.
    pub(super) async fn restore(&mut self, text: Secret) -> Result<Reply, Fault> {
        let content = self.on_thread(move || BackupContent::read(&text)).await?;
        let restoration = self.user_state().difference(&content)?;
        let before = self.take_backup()?;
        store::save_text(&self.files.paths().undo(), before.expose()).map_err(|error| Fault::from(&error))?;
        if let Err(fault) = self.take_over(content).await {
            self.go_back(&before).await;
            return Err(fault);
        }
        let (added, removed, changed) = (restoration.added.len(), restoration.removed.len(), restoration.changed.len());
        self.activity.note(EventKind::Restored { added, removed, changed });
        Ok(reply(restoration))
    }

    /// Has all be as before the last restoration.
    ///
    /// # Errors
    /// There was none, or as of [`EventLoop::restore`].
    pub(super) async fn undo_restoration(&mut self) -> Result<Reply, Fault> {
        let before = store::read_text(&self.files.paths().undo()).map_err(|error| Fault::from(&error))?;
        let before = before.ok_or_else(|| refused(BackupProblem::NothingToUndo))?;
        self.restore(before.into()).await
    }

    /// After a restoration that failed half-way. What held a moment ago can be restored.
    async fn go_back(&mut self, before: &Secret) {
        if let Err(error) = store::take_back(&self.files.paths().undo()) {
            tracing::error!(error = &error as &dyn std::error::Error, "the undo is of a restoration that failed");
        }
        let content = BackupContent::read(before).expect("it was taken a moment ago");
        if let Err(fault) = self.take_over(content).await {
            tracing::error!(%fault, "what was before a restoration does not hold again");
        }
    }

    async fn take_over(&mut self, content: BackupContent) -> Result<(), Fault> {
        let mut settings = content.settings.unwrap_or_else(|| self.settings.clone());
        if let Some(text) = &content.access_list {
            settings.rules.acl = Some(self.access_list(&settings, text)?);
        }
        if let Some(text) = &content.rules
            && *text != text_of(&self.files.paths().rules())?
        {
            let file = self.files.paths().rules();
            let written = if text.is_empty() { store::remove(&file) } else { store::save_text(&file, text) };
            written.map_err(|error| Fault::from(&error))?;
        }
        self.load_rules(&settings).await?;
        if let Some(nodes) = content.nodes {
            self.record_traffic();
            self.nodes.replace(nodes);
            self.files.save(StateFile::Nodes, &self.nodes.file())?;
        }
        if let Some(file) = content.subscriptions {
            let finished = self.subscriptions.replace(file);
            self.answer_waiting(finished);
            self.save_subscriptions()?;
        }
        self.adopt(settings).await
    }

    /// The file with an access list: the one that the settings name where it holds this text, or else
    /// our own copy.
    fn access_list(&self, settings: &Settings, text: &str) -> Result<PathBuf, Fault> {
        if let Some(path) = &settings.rules.acl
            && std::fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes) == text)
        {
            return Ok(path.clone());
        }
        let own = self.files.paths().acl();
        store::save_text(&own, text).map_err(|error| Fault::from(&error))?;
        Ok(own)
    }
}

fn reply(restoration: Restoration) -> Reply {
    Reply::Restoration(Box::new(restoration))
}
