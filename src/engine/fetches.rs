//! Downloads in progress, through the gateway or directly. Each is a task; its outcome is an input of the event loop.
//!
//! A download that was requested by a call is cancelled when the caller disconnects. Responses are parsed by the
//! [`super::workers`].

use std::future::pending;

use semver::Version;
use tokio::sync::watch;
use tokio::task::{self, AbortHandle, JoinSet};

use super::calls::CallId;
use super::releases::Releases;
use super::subscriptions::FetchedList;
use super::workers::WorkerThreads;
use crate::fetch::{self, FetchRequest, FetchResponse};
use crate::model::snapshot::{FetchFor, FetchProgress, FetchView};
use crate::model::{FetchError, FetchFailure};

/// A download.
pub(super) struct Fetch<T> {
    /// Its purpose.
    pub(super) purpose: FetchFor,
    /// The request.
    pub(super) request: FetchRequest,
    /// Parses a response.
    pub(super) accept: fn(FetchResponse) -> Result<T, FetchError>,
    /// The call that waits for it; the download is cancelled when its caller disconnects.
    pub(super) call: Option<CallId>,
}

/// The outcome of a download.
pub(super) enum FetchOutcome {
    /// The rule list.
    Rules(Result<String, FetchFailure>),
    /// A list of nodes.
    Nodes(Box<FetchedList>),
    /// The newest release.
    Release(Result<Version, FetchFailure>),
}

/// A download that has ended. It counts as in progress until [`Fetches::finish`].
pub(super) struct Fetched {
    pub(super) id: FetchId,
    /// Its outcome; `None` if its task failed.
    pub(super) outcome: Option<FetchOutcome>,
}

/// The download was cancelled.
pub(super) struct Cancelled;

/// Identifies a download.
pub(super) type FetchId = task::Id;

/// The downloads in progress.
pub(super) struct Fetches {
    /// When the newest release is asked for, and which it is.
    pub(super) releases: Releases,
    running: Vec<RunningFetch>,
    tasks: JoinSet<FetchOutcome>,
    threads: WorkerThreads,
}

struct RunningFetch {
    purpose: FetchFor,
    progress: watch::Receiver<FetchProgress>,
    call: Option<CallId>,
    task: AbortHandle,
}

impl Fetches {
    /// No downloads; responses are parsed on these threads.
    pub(super) fn on(threads: WorkerThreads, releases: Releases) -> Self {
        Self { releases, running: Vec::new(), tasks: JoinSet::new(), threads }
    }

    /// Starts a download; `finish` converts its result to the outcome.
    pub(super) fn start<T: Send + 'static>(
        &mut self,
        fetch: Fetch<T>,
        finish: impl FnOnce(Result<T, FetchFailure>) -> FetchOutcome + Send + 'static,
    ) -> FetchId {
        let Fetch { purpose, request, accept, call } = fetch;
        let (got, progress) = watch::channel(FetchProgress::default());
        let threads = self.threads.clone();
        let task = self.tasks.spawn(async move {
            let accept = |response| threads.run(move || accept(response));
            finish(fetch::fetch(&request, accept, &got).await)
        });
        let id = task.id();
        self.running.push(RunningFetch { purpose, progress, call, task });
        id
    }

    /// Cancels a download; there is no outcome.
    pub(super) fn cancel(&mut self, id: FetchId) {
        self.cancel_where(|fetch| fetch.task.id() == id);
    }

    /// Cancels the downloads of a call; there are no outcomes.
    pub(super) fn cancel_call(&mut self, call: CallId) {
        self.cancel_where(|fetch| fetch.call == Some(call));
    }

    /// Cancels the request for the newest release; there is no outcome.
    pub(super) fn cancel_release_check(&mut self) {
        self.cancel_where(|fetch| fetch.purpose == FetchFor::Release);
    }

    fn cancel_where(&mut self, is_meant: impl Fn(&RunningFetch) -> bool) {
        for ended in self.running.extract_if(.., |fetch| is_meant(fetch)) {
            ended.task.abort();
        }
    }

    /// The next download that ends.
    pub(super) async fn next(&mut self) -> Fetched {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else { return pending().await };
            let (id, outcome) = match ended {
                Ok((id, outcome)) => (id, Some(outcome)),
                Err(error) => (error.id(), None),
            };
            // A cancelled download is no longer in the list.
            if self.running.iter().any(|fetch| fetch.task.id() == id) {
                return Fetched { id, outcome };
            }
        }
    }

    /// Marks a download as ended, unless it was cancelled meanwhile.
    pub(super) fn finish(&mut self, id: FetchId) -> Result<Option<CallId>, Cancelled> {
        let place = self.running.iter().position(|fetch| fetch.task.id() == id).ok_or(Cancelled)?;
        Ok(self.running.remove(place).call)
    }

    /// Whether no download is in progress.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether the rule list is being downloaded.
    pub(super) fn has_rules(&self) -> bool {
        self.running.iter().any(|fetch| fetch.purpose == FetchFor::Rules)
    }

    /// The progress of each download, in the order of their start.
    pub(super) fn views(&self) -> Vec<FetchView> {
        let view = |fetch: &RunningFetch| FetchView { what: fetch.purpose.clone(), got: *fetch.progress.borrow() };
        self.running.iter().map(view).collect()
    }

    /// Cancels all downloads.
    pub(super) async fn stop(&mut self) {
        self.running.clear();
        self.tasks.shutdown().await;
    }
}
