//! Tests of nodes that users have requested. Each test is a task; its result is an input of the event loop, and the
//! call gets its reply when the last of its tests has ended.

use std::future::pending;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::task::{AbortHandle, JoinSet};

use super::calls::CallId;
use crate::model::command::TestReport;
use crate::model::{Failure, NodeId};

/// A requested test.
pub(super) struct PendingTest {
    pub(super) id: NodeId,
    pub(super) name: String,
    /// Requests it from the pool; none if the pool ends first.
    pub(super) result: BoxFuture<'static, Option<Result<Duration, Failure>>>,
}

/// The tests in progress.
#[derive(Default)]
pub(super) struct NodeTests {
    batches: Vec<TestBatch>,
    tasks: JoinSet<EndedTest>,
}

/// The tests of one call.
struct TestBatch {
    call: CallId,
    /// In the requested order.
    reports: Vec<Option<TestReport>>,
    /// Number of unfinished tests.
    left: usize,
    tasks: Vec<AbortHandle>,
}

struct EndedTest {
    call: CallId,
    place: usize,
    id: NodeId,
    name: String,
    /// None if the pool has stopped.
    result: Option<Result<Duration, Failure>>,
}

/// The result of one test.
pub(super) struct TestResult {
    pub(super) id: NodeId,
    pub(super) result: Result<Duration, Failure>,
    /// The call whose last test this was, with its reports.
    pub(super) finished: Option<(CallId, Vec<TestReport>)>,
}

impl NodeTests {
    /// Waits for the tests of a call, of which there is at least one.
    pub(super) fn start(&mut self, call: CallId, tests: Vec<PendingTest>) {
        let (left, reports) = (tests.len(), tests.iter().map(|_| None).collect());
        let wait = |(place, test): (usize, PendingTest)| {
            let PendingTest { id, name, result } = test;
            self.tasks.spawn(async move { EndedTest { call, place, id, name, result: result.await } })
        };
        let tasks = tests.into_iter().enumerate().map(wait).collect();
        self.batches.push(TestBatch { call, reports, left, tasks });
    }

    /// Cancels the tests of a call; no result follows.
    pub(super) fn cancel_call(&mut self, call: CallId) {
        for batch in self.batches.extract_if(.., |batch| batch.call == call) {
            batch.tasks.iter().for_each(AbortHandle::abort);
        }
    }

    /// The result of the next test that ends.
    pub(super) async fn next(&mut self) -> TestResult {
        loop {
            let Some(ended) = self.tasks.join_next().await else { return pending().await };
            if let Some(result) = ended.ok().and_then(|test| self.note(test)) {
                return result;
            }
        }
    }

    fn note(&mut self, EndedTest { call, place, id, name, result }: EndedTest) -> Option<TestResult> {
        let result = result?;
        let index = self.batches.iter().position(|batch| batch.call == call)?;
        let batch = &mut self.batches[index];
        let ms = result.clone().map(|took| took.as_millis() as u32);
        batch.reports[place] = Some(TestReport { id: id.clone(), name, result: ms });
        batch.left -= 1;
        let finished =
            (batch.left == 0).then(|| (call, self.batches.remove(index).reports.into_iter().flatten().collect()));
        Some(TestResult { id, result, finished })
    }

    /// Cancels all tests.
    pub(super) async fn stop(&mut self) {
        self.batches.clear();
        self.tasks.shutdown().await;
    }
}
