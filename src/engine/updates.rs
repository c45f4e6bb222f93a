//! The list of rules that is fetched: on request, and by itself while somebody goes by it.
//!
//! A list that is not one never takes the place of another. What was fetched is kept in its file, whose
//! age says when the next one is due.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::owner::Engine;
use super::store;
use crate::fetch::{self, Through};
use crate::gateway;
use crate::model::settings::Mode;
use crate::model::{EventKind, Fault, FaultCode, Reply};
use crate::rules::{List, fetched};

/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(10 * 60);

const HOUR: u64 = 3_600;

/// Who waits for an update, if anybody does.
type Asker = Option<oneshot::Sender<Result<Reply, Fault>>>;

/// How an update went, and who waits for it.
pub(super) struct Fetched {
    result: Result<String, String>,
    asker: Asker,
}

/// Where updates are.
#[derive(Debug, Default)]
pub(super) struct Updates {
    running: usize,
    failed_at: Option<Instant>,
    /// Why the last one failed: the same is not told twice.
    last_fault: Option<String>,
}

impl Updates {
    /// Whether the list is being fetched.
    pub(super) fn is_running(&self) -> bool {
        self.running > 0
    }
}

impl Engine {
    /// Begins to fetch the list.
    pub(super) fn start_update(&mut self, asker: Asker) {
        self.updates.running += 1;
        let addr = self.gateway.as_ref().map(gateway::Handle::addr);
        let login = self.settings.gateway.login.clone();
        let through = addr.map(|addr| Through { addr: super::desktop::here(addr), login });
        let (url, done) = (self.settings.pac.url.clone(), self.fetched.clone());
        self.errands.spawn(async move {
            let result = fetch::fetch(&url, through, fetched::text).await.map_err(|error| error.to_string());
            // The engine ends: so will the answer.
            let _ending = done.send(Fetched { result, asker }).await;
        });
    }

    /// Takes in how fetching went.
    pub(super) async fn fold_update(&mut self, Fetched { result, asker }: Fetched) {
        self.updates.running -= 1;
        let result = match result {
            Ok(text) => self.use_list(&text).await,
            Err(reason) => Err(Fault::new(FaultCode::ListNotFetched, reason)),
        };
        match &result {
            Ok(_) => {
                self.updates.failed_at = None;
                self.updates.last_fault = None;
            }
            Err(fault) => {
                self.updates.failed_at = Some(Instant::now());
                if self.updates.last_fault.replace(fault.detail.clone()).as_ref() != Some(&fault.detail) {
                    self.activity.note(EventKind::ListNotFetched { fault: fault.clone() });
                }
            }
        }
        if let Some(asker) = asker {
            // Who asked may have left.
            let _left = asker.send(result);
        }
    }

    async fn use_list(&mut self, text: &str) -> Result<Reply, Fault> {
        let saved = store::save_text(&self.paths.list(), text);
        saved.map_err(|error| Fault::new(FaultCode::File, error.to_string()))?;
        let settings = self.settings.clone();
        self.follow_rules(&settings)?;
        self.set_desktop(&settings).await;
        self.activity.note(EventKind::ListFetched { rules: List::parse(text).len() });
        Ok(Reply::Done)
    }

    /// When the next update is due; none while nobody goes by the list, or nothing goes through.
    pub(super) fn update_due(&self) -> Option<Instant> {
        let is_used = self.settings.mode == Mode::Pac || self.settings.rules.at_gateway;
        let every = self.settings.pac.update_h * HOUR;
        if !is_used || !self.is_connected || every == 0 || self.updates.is_running() {
            return None;
        }
        let now = Instant::now();
        if let Some(failed_at) = self.updates.failed_at {
            return Some(failed_at + RETRY);
        }
        let written = std::fs::metadata(self.paths.list()).and_then(|file| file.modified());
        // A file from the future is as one that is not there.
        let age = written.ok().and_then(|written| written.elapsed().ok());
        let wait = age.map_or(Duration::ZERO, |age| Duration::from_secs(every).saturating_sub(age));
        Some(now + wait)
    }
}
