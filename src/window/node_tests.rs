//! The node tests that this window has requested: queued, running, and their results.
//!
//! Each node is tested by a call of its own, a few at a time, so that each result is shown as soon as it arrives. The user
//! can cancel all tests that are queued or running.

use std::collections::{HashMap, VecDeque};

use super::effects::Ticket;
use crate::model::{Failure, Fault, FaultCode, NodeId, Reply};

/// Most tests that run at the same time; the engine runs no more either.
const MAX_RUNNING: usize = 8;

/// The state or result of a node's last test.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeTest {
    /// Queued or running.
    Running,
    /// Succeeded; the latency in milliseconds.
    Passed(u32),
    /// Failed at a stage.
    Failed(Failure),
    /// The engine refused to run it.
    Refused(Fault),
}

impl NodeTest {
    /// The result in the engine's reply to the test of one node.
    pub(super) fn of(result: Result<Reply, Fault>) -> Self {
        match result {
            Ok(Reply::Tested(reports)) => match reports.into_iter().next().map(|report| report.result) {
                Some(Ok(millis)) => Self::Passed(millis),
                Some(Err(failure)) => Self::Failed(failure),
                None => Self::Refused(Fault::new(FaultCode::UnknownNode, "")),
            },
            Ok(_) => Self::Refused(Fault::new(FaultCode::BadMessage, "")),
            Err(fault) => Self::Refused(fault),
        }
    }
}

/// The requested node tests.
#[derive(Debug, Default)]
pub struct RequestedTests {
    queued: VecDeque<NodeId>,
    running: HashMap<Ticket, NodeId>,
    results: HashMap<NodeId, NodeTest>,
    requested: usize,
}

impl RequestedTests {
    /// The last test of a node, if this window has requested one.
    pub fn of(&self, id: &NodeId) -> Option<&NodeTest> {
        self.results.get(id)
    }

    /// The number of finished tests and of all requested ones; `None` while none is running.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let open = self.queued.len() + self.running.len();
        (open > 0).then(|| (self.requested - open, self.requested))
    }

    pub(super) fn request(&mut self, nodes: Vec<NodeId>) {
        if self.progress().is_none() {
            self.requested = 0;
        }
        for id in nodes {
            if self.results.get(&id) != Some(&NodeTest::Running) {
                self.results.insert(id.clone(), NodeTest::Running);
                self.queued.push_back(id);
                self.requested += 1;
            }
        }
    }

    /// Cancels all tests; returns the tickets of the running calls.
    pub(super) fn stop(&mut self) -> Vec<Ticket> {
        self.queued.clear();
        self.results.retain(|_, test| *test != NodeTest::Running);
        self.running.drain().map(|(ticket, _)| ticket).collect()
    }

    /// Takes the next node from the queue if another test may run.
    pub(super) fn next(&mut self) -> Option<NodeId> {
        if self.running.len() < MAX_RUNNING { self.queued.pop_front() } else { None }
    }

    pub(super) fn started(&mut self, ticket: Ticket, id: NodeId) {
        self.running.insert(ticket, id);
    }

    pub(super) fn finished(&mut self, ticket: Ticket, test: NodeTest) {
        if let Some(id) = self.running.remove(&ticket) {
            self.results.insert(id, test);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::effects::{Effects, RequestPurpose};
    use super::*;

    #[test]
    fn tests_are_queued_and_cancelled() {
        let id = |nth: usize| NodeId::from_text(&format!("{nth:012x}"));
        let (mut node_tests, mut effects) = (RequestedTests::default(), Effects::default());
        node_tests.request((0..20).map(id).collect());
        node_tests.request(vec![id(3)]);
        let mut running = Vec::new();
        while let Some(id) = node_tests.next() {
            let ticket = effects.tag(RequestPurpose::NodeTest).ticket;
            node_tests.started(ticket, id);
            running.push(ticket);
        }
        assert_eq!((running.len(), node_tests.progress()), (MAX_RUNNING, Some((0, 20))));
        node_tests.finished(running[0], NodeTest::Passed(5));
        assert_eq!((node_tests.of(&id(0)), node_tests.progress()), (Some(&NodeTest::Passed(5)), Some((1, 20))));
        let mut cancelled = node_tests.stop();
        cancelled.sort();
        assert_eq!(cancelled, running[1..]);
        assert_eq!((node_tests.next(), node_tests.of(&id(1)), node_tests.progress()), (None, None, None));
        node_tests.finished(running[1], NodeTest::Passed(5));
        assert_eq!(node_tests.of(&id(1)), None, "a late reply is ignored");
    }
}
