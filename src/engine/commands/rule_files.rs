//! The rule files as text: the user's own rules and the access list.
//!
//! A text with invalid lines is rejected as a whole, with all of them and the reasons; a valid one is written and used
//! at once. A file that was broken by hand can still be read here, so that it can be fixed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::{rules, store};
use crate::model::route::{BadLine, RulesFile};
use crate::model::{Fault, Reply};
use crate::rules::RuleList;
use crate::rules::acl::Acl;

impl EventLoop {
    /// Reloads the rule files.
    ///
    /// # Errors
    /// One of them is unreadable or invalid; then the previous rules stay in use.
    pub(super) async fn reload_rules(&mut self) -> Result<Reply, Fault> {
        let settings = self.settings.clone();
        let were_loaded = self.rules.is_loaded();
        self.load_rules(&settings).await?;
        if were_loaded {
            self.set_desktop(settings.mode).await;
        } else {
            // The invalid rules were the only reason why the settings could not be applied.
            self.adopt(settings).await?;
        }
        Ok(Reply::Done)
    }

    /// Replies with the user's own rules.
    pub(super) fn rules_text(&mut self, call: CallId) -> Completion {
        let path = self.files.paths().rules();
        self.inbox.workers.answer(call, move || file(&path).map(Reply::Rules))
    }

    /// Replaces the user's own rules.
    ///
    /// The file cannot be written, or another rule file is invalid: then the new rules are written, and used as soon as
    /// the other file is fixed.
    pub(super) async fn write_rules(&mut self, text: String) -> Result<Reply, Fault> {
        let read = move || (RuleList::parse(&text).skipped().to_vec(), text);
        let (bad, text) = self.on_thread(read).await;
        if bad.is_empty() {
            let path = self.files.paths().rules();
            self.on_thread(move || store::save_text(&path, &text)).await.map_err(|error| Fault::from(&error))?;
            self.reload_rules().await?;
        }
        Ok(Reply::Written(bad))
    }

    /// Replies with the access list; empty if there is none.
    pub(super) fn acl_text(&mut self, call: CallId) -> Completion {
        let none = RulesFile { path: self.files.paths().acl().display().to_string(), text: String::new() };
        let set = self.settings.rules.acl.clone();
        let read = move || set.as_deref().map_or(Ok(none), file);
        self.inbox.workers.answer(call, move || read().map(Reply::Rules))
    }

    /// Replaces the access list. A blank one ends its use and leaves the file unchanged.
    ///
    /// # Errors
    /// As for the user's own rules.
    pub(super) async fn write_acl(&mut self, text: String) -> Result<Reply, Fault> {
        if text.trim().is_empty() {
            return self.use_acl(None).await;
        }
        let read = move || (Acl::bad_lines(&text), text);
        let (bad, text) = self.on_thread(read).await;
        if !bad.is_empty() {
            return Ok(Reply::Written(bad));
        }
        let path = self.settings.rules.acl.clone().unwrap_or_else(|| self.files.paths().acl());
        let to = path.clone();
        let write = move || {
            // A symbolic link is kept, and its target is replaced.
            let real = fs::canonicalize(&to).unwrap_or(to);
            store::save_text(&real, &text)
        };
        self.on_thread(write).await.map_err(|error| Fault::from(&error))?;
        self.use_acl(Some(path)).await
    }

    async fn use_acl(&mut self, acl: Option<PathBuf>) -> Result<Reply, Fault> {
        let mut settings = self.settings.clone();
        if settings.rules.acl == acl {
            self.reload_rules().await?;
        } else {
            settings.rules.acl = acl;
            self.adopt(settings).await?;
        }
        Ok(Reply::Written(Vec::<BadLine>::new()))
    }
}

fn file(path: &Path) -> Result<RulesFile, Fault> {
    let text = rules::text(path)?.unwrap_or_default();
    Ok(RulesFile { path: path.display().to_string(), text })
}
