//! Slow work, such as parsing and comparing long texts, on other threads, so that the event loop continues. The number
//! of concurrent jobs is limited.
//!
//! A command that only reads gets its reply from here ([`Workers::answer`]). One that changes something waits for the
//! result ([`super::busy`]).

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet, spawn_blocking};

use super::calls::{CallId, Completion};
use crate::model::{Fault, Reply};

/// Maximum number of concurrent jobs. Each may hold a text of some megabytes and its parsed form.
const MAX_JOBS: usize = 2;

/// The threads; clones share them.
#[derive(Clone)]
pub(super) struct WorkerThreads(Arc<Semaphore>);

impl Default for WorkerThreads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_JOBS)))
    }
}

impl WorkerThreads {
    /// Runs a job as soon as a thread is free. Once started, it continues even if its result is not awaited any more.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = T> + Send + 'static {
        let threads = Arc::clone(&self.0);
        async move {
            let slot = threads.acquire_owned().await.expect("the semaphore is never closed");
            let work = spawn_blocking(move || {
                let _until_done = slot;
                work()
            });
            work.await.expect("the task is not aborted and does not panic")
        }
    }
}

/// The threads, and the calls whose replies come from there.
#[derive(Default)]
pub(super) struct Workers {
    threads: WorkerThreads,
    /// For lists of nodes, so that they do not wait for the parsing of long texts.
    lists: WorkerThreads,
    answers: JoinSet<(CallId, Result<Reply, Fault>)>,
    running: BTreeMap<CallId, AbortHandle>,
}

impl Workers {
    /// The threads.
    pub(super) fn threads(&self) -> &WorkerThreads {
        &self.threads
    }

    /// Replies to a call with the result of a job.
    pub(super) fn answer(
        &mut self,
        call: CallId,
        work: impl FnOnce() -> Result<Reply, Fault> + Send + 'static,
    ) -> Completion {
        let work = self.threads.run(work);
        self.answer_with(call, work)
    }

    /// Answers a call with a list of nodes: work that is short even for thousands of them.
    pub(super) fn answer_list(
        &mut self,
        call: CallId,
        work: impl FnOnce() -> Result<Reply, Fault> + Send + 'static,
    ) -> Completion {
        let work = self.lists.run(work);
        self.answer_with(call, work)
    }

    fn answer_with(
        &mut self,
        call: CallId,
        work: impl Future<Output = Result<Reply, Fault>> + Send + 'static,
    ) -> Completion {
        let task = self.answers.spawn(async move { (call, work.await) });
        self.running.insert(call, task);
        Completion::Later
    }

    /// Cancels the job for a call, if it has not started.
    pub(super) fn cancel_call(&mut self, call: CallId) {
        if let Some(task) = self.running.remove(&call) {
            task.abort();
        }
    }

    /// The next reply.
    pub(super) async fn next(&mut self) -> (CallId, Result<Reply, Fault>) {
        loop {
            match self.answers.join_next().await {
                Some(Ok((call, result))) => {
                    self.running.remove(&call);
                    return (call, result);
                }
                // The call was cancelled.
                Some(Err(_)) => {}
                None => pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn the_number_of_concurrent_jobs_is_limited() {
        let (threads, working) = (WorkerThreads::default(), Arc::new(AtomicUsize::new(0)));
        // No further job may start while the limit is reached.
        let barrier = Arc::new(Barrier::new(MAX_JOBS));
        let mut work = JoinSet::new();
        for _ in 0..4 * MAX_JOBS {
            let (working, barrier) = (Arc::clone(&working), Arc::clone(&barrier));
            work.spawn(threads.run(move || {
                let together = working.fetch_add(1, Ordering::SeqCst) + 1;
                barrier.wait();
                working.fetch_sub(1, Ordering::SeqCst);
                together
            }));
        }
        assert_eq!(work.join_all().await.into_iter().max(), Some(MAX_JOBS));
    }
}
