//! Files that are being fetched, through the gateway and then directly. Each fetch is a task; its outcome is an
//! input of the event loop.
//!
//! A fetch that was asked for by a call ends when the caller leaves, and nothing of it is kept. What was fetched is read
//! by the [`super::workers`].

use std::future::pending;

use tokio::sync::watch;
use tokio::task::{self, AbortHandle, JoinSet};

use super::calls::CallId;
use super::subscriptions::FetchedList;
use super::workers::WorkerThreads;
use crate::fetch::{self, FetchRequest, FetchResponse};
use crate::model::snapshot::{FetchFor, FetchView, Got};
use crate::model::{NoFile, Unfetched};

/// What to fetch.
pub(super) struct Fetch<T> {
    /// What it is for.
    pub(super) purpose: FetchFor,
    /// What is requested.
    pub(super) request: FetchRequest,
    /// Reads a response.
    pub(super) accept: fn(FetchResponse) -> Result<T, NoFile>,
    /// Who waits for it; it ends when they leave.
    pub(super) call: Option<CallId>,
}

/// What came of a fetch.
pub(super) enum FetchOutcome {
    /// The rule list.
    Rules(Result<String, Unfetched>),
    /// A list of nodes.
    Nodes(Box<FetchedList>),
}

/// A fetch that has ended. It counts as under way until it is taken in ([`Fetches::finish`]).
pub(super) struct Fetched {
    pub(super) id: FetchId,
    /// What came of it; none where its task failed.
    pub(super) outcome: Option<FetchOutcome>,
}

/// Nobody wants what came of a fetch any more.
pub(super) struct Cancelled;

/// Identifies a fetch.
pub(super) type FetchId = task::Id;

/// The fetches that are under way.
pub(super) struct Fetches {
    running: Vec<RunningFetch>,
    tasks: JoinSet<FetchOutcome>,
    threads: WorkerThreads,
}

struct RunningFetch {
    purpose: FetchFor,
    progress: watch::Receiver<Got>,
    call: Option<CallId>,
    task: AbortHandle,
}

impl Fetches {
    /// None; what is fetched is read on these threads.
    pub(super) fn on(threads: WorkerThreads) -> Self {
        Self { running: Vec::new(), tasks: JoinSet::new(), threads }
    }

    /// Starts a fetch; `finish` makes its outcome.
    pub(super) fn start<T: Send + 'static>(
        &mut self,
        fetch: Fetch<T>,
        finish: impl FnOnce(Result<T, Unfetched>) -> FetchOutcome + Send + 'static,
    ) -> FetchId {
        let Fetch { purpose, request, accept, call } = fetch;
        let (got, progress) = watch::channel(Got::default());
        let threads = self.threads.clone();
        let task = self.tasks.spawn(async move {
            let accept = |response| threads.run(move || accept(response));
            finish(fetch::fetch(&request, accept, &got).await)
        });
        let id = task.id();
        self.running.push(RunningFetch { purpose, progress, call, task });
        id
    }

    /// Ends a fetch; no outcome follows.
    pub(super) fn cancel(&mut self, id: FetchId) {
        self.cancel_where(|fetch| fetch.task.id() == id);
    }

    /// Ends what a call waits for; no outcome follows.
    pub(super) fn cancel_call(&mut self, call: CallId) {
        self.cancel_where(|fetch| fetch.call == Some(call));
    }

    fn cancel_where(&mut self, is_meant: impl Fn(&RunningFetch) -> bool) {
        for ended in self.running.extract_if(.., |fetch| is_meant(fetch)) {
            ended.task.abort();
        }
    }

    /// The next fetch that ends by itself.
    pub(super) async fn next(&mut self) -> Fetched {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else { return pending().await };
            let (id, outcome) = match ended {
                Ok((id, outcome)) => (id, Some(outcome)),
                Err(error) => (error.id(), None),
            };
            // One that was cancelled is not there any more.
            if self.running.iter().any(|fetch| fetch.task.id() == id) {
                return Fetched { id, outcome };
            }
        }
    }

    /// Takes in that a fetch has ended, unless it was cancelled meanwhile.
    pub(super) fn finish(&mut self, id: FetchId) -> Result<Option<CallId>, Cancelled> {
        let place = self.running.iter().position(|fetch| fetch.task.id() == id).ok_or(Cancelled)?;
        Ok(self.running.remove(place).call)
    }

    /// Whether none is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether the rule list is being fetched.
    pub(super) fn has_rules(&self) -> bool {
        self.running.iter().any(|fetch| fetch.purpose == FetchFor::Rules)
    }

    /// The progress of each, in the order in which they were started.
    pub(super) fn views(&self) -> Vec<FetchView> {
        let view = |fetch: &RunningFetch| FetchView { what: fetch.purpose.clone(), got: *fetch.progress.borrow() };
        self.running.iter().map(view).collect()
    }

    /// Ends all of them.
    pub(super) async fn stop(&mut self) {
        self.running.clear();
        self.tasks.shutdown().await;
    }
}
