//! Downloads: the rule list, on request and by schedule while it is used, lists of nodes for subscriptions, and the
//! version of the newest release.
//!
//! An invalid response never replaces existing data.

use std::time::{Duration, Instant};

use semver::Version;

use crate::engine::calls::{CallId, Completion};
use crate::engine::desktop;
use crate::engine::event_loop::EventLoop;
use crate::engine::fetches::{Fetch, FetchOutcome, Fetched};
use crate::engine::releases::{self, ReleaseChecks};
use crate::engine::store;
use crate::fetch::{FetchRequest, FetchResponse, ProxyHop};
use crate::model::settings::Mode;
use crate::model::snapshot::FetchFor;
use crate::model::{Cause, EventKind, Fault, FaultCode, FetchError, FetchFailure, Reply};
use crate::rules::fetched;

const HOUR: u64 = 3_600;

/// Time limit per route for the description of a release.
const RELEASE_LIMIT: Duration = Duration::from_secs(30);

/// Maximum size of that description in bytes: GitHub's has some kilobytes for each file of the release.
const RELEASE_SIZE: usize = 1 << 20;

impl EventLoop {
    /// A request that is sent through the gateway first, while it is listening.
    pub(in crate::engine) fn request(&self, url: &str) -> FetchRequest {
        let login = self.settings.gateway.login.clone();
        let gateway = self.listening.addr().map(|addr| ProxyHop { addr: desktop::local_addr(addr), login });
        FetchRequest::to(url).through(gateway)
    }

    /// Handles the outcome of a download.
    pub(in crate::engine) async fn on_fetched(&mut self, Fetched { id, outcome }: Fetched) {
        let Ok(call) = self.fetches.finish(id) else { return };
        let answer = match outcome {
            Some(FetchOutcome::Rules(result)) => Some(self.on_list(result).await),
            Some(FetchOutcome::Nodes(fetched)) => self.on_nodes(*fetched).await,
            Some(FetchOutcome::Release(result)) => {
                self.on_release(result).await;
                None
            }
            None => None,
        };
        match (call, answer) {
            (Some(call), Some(answer)) => self.inbox.open.answer(call, answer),
            (Some(call), None) => self.inbox.open.drop_call(call),
            (None, _) => {}
        }
    }

    /// Starts the download of the rule list.
    pub(in crate::engine) fn start_list_update(&mut self, call: Option<CallId>) -> Completion {
        let request = self.request(&self.settings.pac.url);
        let fetch = Fetch { purpose: FetchFor::Rules, request, accept: list, call };
        self.fetches.start(fetch, FetchOutcome::Rules);
        Completion::Later
    }

    async fn on_list(&mut self, result: Result<String, FetchFailure>) -> Result<Reply, Fault> {
        let result = match result {
            Ok(text) => self.use_list(text).await,
            Err(why) => Err(Fault::of(FaultCode::ListNotFetched, Cause::Fetch(why))),
        };
        match &result {
            Ok(_) => self.rules.note_list_fetched(),
            Err(fault) => {
                if self.rules.note_list_failed(fault, Instant::now()) {
                    self.activity.note(EventKind::ListNotFetched { fault: fault.clone() });
                }
            }
        }
        result
    }

    async fn use_list(&mut self, text: String) -> Result<Reply, Fault> {
        // Until the new list is written, the old one is still due.
        self.rules.note_list_received(Instant::now());
        let path = self.files.paths().list();
        self.on_thread(move || store::save_text(&path, &text)).await.map_err(|error| Fault::from(&error))?;
        let settings = self.settings.clone();
        self.load_rules(&settings).await?;
        self.set_desktop(settings.mode).await;
        self.activity.note(EventKind::ListFetched { rules: self.rules.list_len() });
        Ok(Reply::Done)
    }

    /// The update interval of the rule list; `None` while it is not used, no request succeeds, or it is being
    /// downloaded.
    pub(in crate::engine) fn list_interval(&self) -> Option<Duration> {
        let is_used = self.settings.mode == Mode::Pac || self.settings.rules.at_gateway;
        let every = Duration::from_secs(self.settings.pac.update_h * HOUR);
        let is_wanted = is_used && self.publisher.is_connected() && !every.is_zero() && !self.fetches.has_rules();
        is_wanted.then_some(every)
    }

    /// Decides whether the newest release is asked for: through the gateway first, so not before that works. When the
    /// user turns it off, a request in progress ends too.
    pub(in crate::engine) fn plan_release_checks(&mut self) {
        let is_wanted = self.settings.updates.check;
        if !is_wanted {
            self.fetches.cancel_release_check();
        }
        let is_possible = self.publisher.is_connected() || !self.settings.active;
        let checks = if is_wanted && is_possible { ReleaseChecks::Daily } else { ReleaseChecks::Off };
        self.fetches.releases.plan(checks);
    }

    /// Asks for the newest release.
    pub(in crate::engine) fn start_release_check(&mut self, now: Instant) {
        self.fetches.releases.note_tried(now);
        let request = self.request(&self.settings.updates.url).within(RELEASE_LIMIT).at_most(RELEASE_SIZE);
        let fetch = Fetch { purpose: FetchFor::Release, request, accept: releases::described, call: None };
        self.fetches.start(fetch, FetchOutcome::Release);
    }

    /// A failure is only logged, and not by default: the next attempt is a day later.
    async fn on_release(&mut self, result: Result<Version, FetchFailure>) {
        match result {
            Ok(version) => self.fetches.releases.note_newest(version),
            Err(error) => tracing::debug!(%error, "the newest release is unknown"),
        }
        if !self.files.are_ours() {
            return;
        }
        let (path, text) = (self.fetches.releases.file().to_owned(), self.fetches.releases.text());
        if let Err(error) = self.on_thread(move || store::save_text(&path, &text)).await {
            tracing::debug!(%error, "the newest release is not remembered");
        }
    }
}

/// The text of a rule list. The request has no validators, so the response is never "not modified".
fn list(answer: FetchResponse) -> Result<String, FetchError> {
    Ok(fetched::text(&answer.file.unwrap_or_default())?)
}
