//! The files of rules as people write them: the user's own rules and the access list.
//!
//! A text with a line that is no rule is refused whole, each such line named with its reason; a good one
//! is written and holds at once. A file that somebody has broken by hand can still be read here, or
//! nobody could put it right.

use std::fs;
use std::path::{Path, PathBuf};

use super::guide;
use super::owner::Engine;
use super::store;
use crate::model::route::{BadLine, ListView, RulesFile};
use crate::model::{Fault, Reply};
use crate::rules::RuleList;
use crate::rules::acl::Acl;

impl Engine {
    /// Has the files of rules hold as they are now.
    ///
    /// # Errors
    /// One of them cannot be read or understood; then those read before hold.
    pub(super) async fn reload_rules(&mut self) -> Result<Reply, Fault> {
        let settings = self.settings.clone();
        let had_rules = self.has_rules();
        self.follow_rules(&settings)?;
        if had_rules {
            self.set_desktop(&settings).await;
        } else {
            // The rules were all that kept the settings from holding.
            self.adopt(settings).await?;
        }
        Ok(Reply::Done)
    }

    /// The user's own rules.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(super) fn rules_text(&self) -> Result<Reply, Fault> {
        file(&self.paths.rules()).map(Reply::Rules)
    }

    /// Puts other rules in the place of the user's own.
    ///
    /// # Errors
    /// The file cannot be written, or another file of rules is broken: then these are written, and hold
    /// as soon as that is put right.
    pub(super) async fn write_rules(&mut self, text: &str) -> Result<Reply, Fault> {
        let bad = RuleList::parse(text).skipped().to_vec();
        if bad.is_empty() {
            store::save_text(&self.paths.rules(), text).map_err(|error| Fault::from(&error))?;
            self.reload_rules().await?;
        }
        Ok(Reply::Written(bad))
    }

    /// The access list; an empty one where none is set.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn acl_text(&self) -> Result<Reply, Fault> {
        let none = || RulesFile { path: self.paths.acl().display().to_string(), text: String::new() };
        let set = self.settings.rules.acl.as_deref();
        Ok(Reply::Rules(set.map(file).transpose()?.unwrap_or_else(none)))
    }

    /// Puts another access list in the place of the one there is. An empty one ends its use and leaves
    /// the file alone.
    ///
    /// # Errors
    /// As for the user's own rules.
    pub(super) async fn write_acl(&mut self, text: &str) -> Result<Reply, Fault> {
        if text.trim().is_empty() {
            return self.use_acl(None).await;
        }
        let bad = Acl::bad_lines(text);
        if !bad.is_empty() {
            return Ok(Reply::Written(bad));
        }
        let path = self.settings.rules.acl.clone().unwrap_or_else(|| self.paths.acl());
        // A link stays one, and what it leads to is replaced.
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        store::save_text(&real, text).map_err(|error| Fault::from(&error))?;
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

    /// What is known of the fetched list.
    pub(super) fn list(&self) -> Reply {
        let written = fs::metadata(self.paths.list()).and_then(|file| file.modified());
        let since_epoch = written.ok().and_then(|written| written.duration_since(std::time::UNIX_EPOCH).ok());
        Reply::List(ListView {
            rules: self.guide.listed(),
            fetched_at: since_epoch.and_then(|age| i64::try_from(age.as_millis()).ok()),
        })
    }
}

fn file(path: &Path) -> Result<RulesFile, Fault> {
    let text = guide::text(path)?.unwrap_or_default();
    Ok(RulesFile { path: path.display().to_string(), text })
}
