//! Rules: their files, what has been read from them, and when the fetched list is due.
//!
//! Reading takes time with long lists, so it is done on a thread of its own ([`read`]); what was read before is used
//! meanwhile, and goes on being used where a file cannot be understood.

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
use crate::model::why::Ruled;
use crate::model::{Cause, Fault, FaultCode, Reply, Settings, Target};
use crate::os::obstacle;
use crate::os::paths::Paths;

/// What has been read from the files of rules.
#[derive(Clone, Debug, Default)]
pub(super) struct LoadedRules {
    engine: Arc<RuleEngine>,
    routing: RoutingConfig,
}

/// Reads the files of rules that the settings name.
///
/// # Errors
/// One of them is there, or named, and cannot be read or understood.
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
    /// None have been read yet; the fetched list is at `list_file`.
    pub(super) fn new(list_file: PathBuf) -> Self {
        Self { list_file, loaded: LoadedRules::default(), updates: ListUpdates::default() }
    }

    /// Whether the files have been read.
    pub(super) fn is_loaded(&self) -> bool {
        !self.loaded.routing.script.is_empty()
    }

    /// Uses these from now on; returns those that were used before.
    pub(super) fn replace(&mut self, loaded: LoadedRules) -> LoadedRules {
        std::mem::replace(&mut self.loaded, loaded)
    }

    /// What the gateway is given.
    pub(super) fn routing(&self) -> RoutingConfig {
        self.loaded.routing.clone()
    }

    /// The script for browsers.
    pub(super) fn script(&self) -> &str {
        &self.loaded.routing.script
    }

    /// Which rules match an address, in a browser and at the gateway.
    ///
    /// # Errors
    /// It is no address.
    pub(super) fn ruled(&self, url: &str) -> Result<Reply, Fault> {
        let ruled: Ruled = self.loaded.engine.ruled(url)?;
        Ok(Reply::Ruled(ruled))
    }

    /// The route of a connection to this target at the gateway, and why.
    pub(super) fn ruling(&self, target: &Target) -> ExplainedRoute {
        self.loaded.engine.ruling(target, None)
    }

    /// How many rules the fetched list has.
    pub(super) fn listed(&self) -> usize {
        self.loaded.engine.listed()
    }

    /// What is known of the fetched list.
    pub(super) fn list_view(&self) -> Reply {
        let written = fs::metadata(&self.list_file).and_then(|file| file.modified());
        let since_epoch = written.ok().and_then(|written| written.duration_since(std::time::UNIX_EPOCH).ok());
        Reply::List(ListView {
            rules: self.listed(),
            fetched_at: since_epoch.and_then(|age| i64::try_from(age.as_millis()).ok()),
        })
    }

    /// Has the list fetched every so often, or not at all.
    pub(super) fn plan(&mut self, every: Option<Duration>) {
        self.updates.every = every;
    }

    /// When the list is to be fetched again.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.updates.due(&self.list_file, now)
    }

    /// Notes that the list was fetched and is being taken in.
    pub(super) fn note_list_received(&mut self, now: Instant) {
        self.updates.note_tried(now);
    }

    /// Notes that the list was fetched and is used.
    pub(super) fn note_list_fetched(&mut self) {
        self.updates.note_fetched();
    }

    /// Notes that it was not; returns whether that is news.
    pub(super) fn note_list_failed(&mut self, fault: &Fault, now: Instant) -> bool {
        self.updates.note_failed(fault, now)
    }
}

/// The text of a file; none where there is no such file.
pub(super) fn text(path: &Path) -> Result<Option<String>, Fault> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let (place, why) = (path.display().to_string(), obstacle::of(&error));
            Err(Fault::of(FaultCode::File, Cause::At { place, why }))
        }
    }
}
