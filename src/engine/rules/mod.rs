//! Rules: their files, their compiled form, and the updates of the downloaded list.
//!
//! Compiling long lists takes time, so it is done on a separate thread ([`read`]); the previous rules are used
//! meanwhile, and stay in use if a file is invalid.

mod list_updates;
mod rule_engine;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::list_updates::ListUpdates;
pub(super) use self::rule_engine::RuleEngine;
use crate::model::route::{ExplainedRoute, ListView, RoutingConfig};
use crate::model::why::RuleTestResult;
use crate::model::{Cause, Fault, FaultCode, Reply, Settings, Target};
use crate::os::paths::Paths;
use crate::os::system_error;

/// Compiled rules.
#[derive(Clone, Debug, Default)]
pub(super) struct LoadedRules {
    engine: Arc<RuleEngine>,
    routing: RoutingConfig,
}

/// Reads the rule files that the settings name.
///
/// # Errors
/// One of them exists, or is named, and is unreadable or invalid.
pub(super) fn read(settings: &Settings, paths: &Paths) -> Result<LoadedRules, Fault> {
    let engine = Arc::new(RuleEngine::read(settings, paths)?);
    let routing = engine.routing(&settings.pac);
    Ok(LoadedRules { engine, routing })
}

/// The rules in use.
pub(super) struct RuleSet {
    list_file: PathBuf,
    loaded: LoadedRules,
    updates: ListUpdates,
}

impl RuleSet {
    /// No rules yet; the downloaded list is at `list_file`.
    pub(super) fn new(list_file: PathBuf) -> Self {
        Self { list_file, loaded: LoadedRules::default(), updates: ListUpdates::default() }
    }

    /// Whether the files have been read.
    pub(super) fn is_loaded(&self) -> bool {
        !self.loaded.routing.script.is_empty()
    }

    /// Uses these rules from now on; returns the previous ones.
    pub(super) fn replace(&mut self, loaded: LoadedRules) -> LoadedRules {
        std::mem::replace(&mut self.loaded, loaded)
    }

    /// The gateway's routing configuration.
    pub(super) fn routing(&self) -> RoutingConfig {
        self.loaded.routing.clone()
    }

    /// The PAC script.
    pub(super) fn script(&self) -> &str {
        &self.loaded.routing.script
    }

    /// The routes of a URL, in the PAC script and at the gateway, where `pinned` changes what the rules say.
    ///
    /// # Errors
    /// The URL is invalid.
    pub(super) fn test(
        &self,
        url: &str,
        pinned: impl FnOnce(ExplainedRoute, &Target) -> ExplainedRoute,
    ) -> Result<Reply, Fault> {
        let (ruled, target) = self.loaded.engine.test(url)?;
        Ok(Reply::RulesTested(RuleTestResult { gateway: pinned(ruled.gateway, &target), ..ruled }))
    }

    /// The route of a target at the gateway, and the rule that chose it.
    pub(super) fn explain_route(&self, target: &Target) -> ExplainedRoute {
        self.loaded.engine.explain_route(target, None)
    }

    /// Number of rules in the downloaded list.
    pub(super) fn list_len(&self) -> usize {
        self.loaded.engine.list_len()
    }

    /// The state of the downloaded list.
    pub(super) fn list_view(&self) -> Reply {
        let written = fs::metadata(&self.list_file).and_then(|file| file.modified());
        let since_epoch = written.ok().and_then(|written| written.duration_since(std::time::UNIX_EPOCH).ok());
        Reply::List(ListView {
            rules: self.list_len(),
            fetched_at: since_epoch.and_then(|age| i64::try_from(age.as_millis()).ok()),
        })
    }

    /// Sets the update interval; `None` to not update.
    pub(super) fn plan(&mut self, every: Option<Duration>) {
        self.updates.every = every;
    }

    /// When the list is due.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.updates.due(&self.list_file, now)
    }

    /// Records that the list was downloaded and is being processed.
    pub(super) fn note_list_received(&mut self, now: Instant) {
        self.updates.note_tried(now);
    }

    /// Records that the downloaded list is in use.
    pub(super) fn note_list_fetched(&mut self) {
        self.updates.note_fetched();
    }

    /// Records a failure; returns whether it differs from the last one.
    pub(super) fn note_list_failed(&mut self, fault: &Fault, now: Instant) -> bool {
        self.updates.note_failed(fault, now)
    }
}

/// The text of a file; `None` if it does not exist.
pub(super) fn text(path: &Path) -> Result<Option<String>, Fault> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let (place, why) = (path.display().to_string(), system_error::of(&error));
            Err(Fault::of(FaultCode::File, Cause::At { place, why }))
        }
    }
}
