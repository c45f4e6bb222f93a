//! What is fetched: an errand goes out, by the gateway and then directly, and comes home as one input
//! of the loop. Here is the way there and back, when the next one is due, and the list of rules, which
//! is fetched on request, and by itself while somebody goes by it.
//!
//! What is not what it should be never takes the place of what is there. The list of rules is kept in
//! its file, whose age says when the next one is due. An errand that was asked for ends with whoever asked:
//! who leaves wants nothing of it any more, and nothing of it is kept.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::commands::{Answer as Asker, left, reply_to};
use super::owner::Engine;
use super::store;
use super::subscriptions::Brought;
use crate::fetch::{self, FetchRequest, FetchResponse, ProxyHop};
use crate::gateway;
use crate::model::settings::Mode;
use crate::model::snapshot::{FetchFor, FetchView, Got};
use crate::model::{Cause, EventKind, Fault, FaultCode, NoFile, Reply, Unfetched};
use crate::rules::{RuleList, fetched};

/// How long after a failure the list is tried again.
const RETRY: Duration = Duration::from_secs(10 * 60);

const HOUR: u64 = 3_600;

/// What an errand brought home.
pub(super) struct Fetched {
    /// Which errand.
    errand: u64,
    what: Option<Bounty>,
}

/// What was fetched, or why it was not.
pub(super) enum Bounty {
    /// The list of rules, and who waits for it.
    Rules(Result<String, Unfetched>, Option<Asker>),
    /// A list of nodes.
    Nodes(Box<Brought>),
}

/// An errand.
pub(super) struct Errand<T> {
    /// What it is for.
    pub(super) what: FetchFor,
    /// What is asked for.
    pub(super) request: FetchRequest,
    /// What is made of an answer.
    pub(super) accept: fn(FetchResponse) -> Result<T, NoFile>,
    /// Who asked; when they leave it is over.
    pub(super) asker: Option<Asker>,
    /// Ends it where nobody wants it any more.
    pub(super) unwanted: CancellationToken,
}

/// The errands that are under way.
#[derive(Debug, Default)]
pub(super) struct Fetches {
    last: u64,
    running: BTreeMap<u64, (FetchFor, watch::Receiver<Got>)>,
}

impl Fetches {
    /// Whether none is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// How far each is, in the order in which they were begun.
    pub(super) fn views(&self) -> Vec<FetchView> {
        let view =
            |(what, got): &(FetchFor, watch::Receiver<Got>)| FetchView { what: what.clone(), got: *got.borrow() };
        self.running.values().map(view).collect()
    }

    /// Whether the list of rules is being fetched.
    pub(super) fn has_rules(&self) -> bool {
        self.running.values().any(|(what, _)| *what == FetchFor::Rules)
    }

    fn begin(&mut self, what: FetchFor, got: watch::Receiver<Got>) -> u64 {
        self.last += 1;
        self.running.insert(self.last, (what, got));
        self.last
    }
}

/// Where updates of the list of rules are.
#[derive(Debug, Default)]
pub(super) struct Updates {
    failed_at: Option<Instant>,
    /// Why the last one failed: the same is not told twice.
    last_fault: Option<String>,
}

impl Engine {
    /// Sends for a file. What comes of it, and who asked, comes home as `home` puts it; nothing where nobody
    /// wants it any more.
    pub(super) fn send_for<T: Send + 'static>(
        &mut self,
        errand: Errand<T>,
        home: impl FnOnce(Result<T, Unfetched>, Option<Asker>) -> Bounty + Send + 'static,
    ) {
        let Errand { what, request, accept, mut asker, unwanted } = errand;
        let (got, seen) = watch::channel(Got::default());
        let (errand, done) = (self.fetches.begin(what, seen), self.fetched.clone());
        self.errands.spawn(async move {
            let result = tokio::select! {
                result = fetch::fetch(&request, accept, &got) => Some(result),
                () = left(&mut asker) => None,
                () = unwanted.cancelled() => None,
            };
            let what = result.map(|result| home(result, asker));
            // The engine ends: so will the answer.
            let _ending = done.send(Fetched { errand, what }).await;
        });
    }

    /// A request that goes through the gateway first, while it is open.
    pub(super) fn request(&self, url: &str) -> FetchRequest {
        let addr = self.gateway.as_ref().map(gateway::Handle::addr);
        let login = self.settings.gateway.login.clone();
        FetchRequest::to(url).through(addr.map(|addr| ProxyHop { addr: super::desktop::here(addr), login }))
    }

    /// Takes in what an errand brought.
    pub(super) async fn fold_fetched(&mut self, Fetched { errand, what }: Fetched) {
        self.fetches.running.remove(&errand);
        match what {
            Some(Bounty::Rules(result, asker)) => self.fold_list(result, asker).await,
            Some(Bounty::Nodes(brought)) => self.fold_nodes(*brought).await,
            None => {}
        }
    }

    /// When the next update is due.
    pub(super) fn update_due(&self) -> Option<Instant> {
        [self.list_due(), self.subscriptions_due()].into_iter().flatten().min()
    }

    /// Begins the updates that are due.
    pub(super) fn start_due_updates(&mut self) {
        if self.list_due().is_some_and(|due| due <= Instant::now()) {
            let _begun = self.start_list_update(None);
        }
        self.start_due_subscriptions();
    }

    /// Begins to fetch the list of rules.
    pub(super) fn start_list_update(&mut self, asker: Option<Asker>) -> Result<Reply, Fault> {
        let request = self.request(&self.settings.pac.url);
        let (what, unwanted) = (FetchFor::Rules, CancellationToken::new());
        self.send_for(Errand { what, request, accept: list, asker, unwanted }, Bounty::Rules);
        Ok(Reply::Done)
    }

    async fn fold_list(&mut self, result: Result<String, Unfetched>, asker: Option<Asker>) {
        let result = match result {
            Ok(text) => self.use_list(&text).await,
            Err(why) => Err(Fault::of(FaultCode::ListNotFetched, Cause::Unfetched(why))),
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
        reply_to(asker, result);
    }

    async fn use_list(&mut self, text: &str) -> Result<Reply, Fault> {
        let saved = store::save_text(&self.paths.list(), text);
        saved.map_err(|error| Fault::from(&error))?;
        let settings = self.settings.clone();
        self.follow_rules(&settings)?;
        self.set_desktop(&settings).await;
        self.activity.note(EventKind::ListFetched { rules: RuleList::parse(text).len() });
        Ok(Reply::Done)
    }

    /// When the list of rules is due; never while nobody goes by it, or nothing goes through.
    fn list_due(&self) -> Option<Instant> {
        let is_used = self.settings.mode == Mode::Pac || self.settings.rules.at_gateway;
        let every = self.settings.pac.update_h * HOUR;
        if !is_used || !self.is_connected || every == 0 || self.fetches.has_rules() {
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

/// The text of a list of rules. Nothing is said of the last one, so there is always something new.
fn list(answer: FetchResponse) -> Result<String, NoFile> {
    Ok(fetched::text(&answer.file.unwrap_or_default())?)
}
