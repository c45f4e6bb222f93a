//! Tests of nodes that this window has asked for: what waits, what runs, how each went.
//!
//! One call a node and few at a time, so that each result shows when it is there; once a person has seen
//! enough, those that run are given up, and no further one is begun.

use std::collections::{HashMap, VecDeque};

use super::effects::Ticket;
use crate::model::{Failure, Fault, FaultCode, NodeId, Reply};

/// Tests that run at the same time: the engine itself runs no more.
const AT_ONCE: usize = 8;

/// How the last test of a node went.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeTest {
    /// It waits or runs.
    Running,
    /// The request took so many milliseconds.
    Passed(u32),
    /// Where it failed.
    Failed(Failure),
    /// The engine did not test it.
    Refused(Fault),
}

impl NodeTest {
    /// What the engine says of a test of one node.
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

/// Tests of nodes.
#[derive(Debug, Default)]
pub struct RequestedTests {
    waiting: VecDeque<NodeId>,
    running: HashMap<Ticket, NodeId>,
    results: HashMap<NodeId, NodeTest>,
    begun: usize,
}

impl RequestedTests {
    /// How the last test of a node went, if this window has asked for one.
    pub fn of(&self, id: &NodeId) -> Option<&NodeTest> {
        self.results.get(id)
    }

    /// How many of those asked for have ended, and how many there are; none while nothing runs.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let open = self.waiting.len() + self.running.len();
        (open > 0).then(|| (self.begun - open, self.begun))
    }

    pub(super) fn want(&mut self, nodes: Vec<NodeId>) {
        if self.progress().is_none() {
            self.begun = 0;
        }
        for id in nodes {
            if self.results.get(&id) != Some(&NodeTest::Running) {
                self.results.insert(id.clone(), NodeTest::Running);
                self.waiting.push_back(id);
                self.begun += 1;
            }
        }
    }

    /// Gives up those that wait or run; the questions that need no answer any more.
    pub(super) fn stop(&mut self) -> Vec<Ticket> {
        self.waiting.clear();
        self.results.retain(|_, test| *test != NodeTest::Running);
        self.running.drain().map(|(ticket, _)| ticket).collect()
    }

    /// The next node to be tested, if there is room for one more test.
    pub(super) fn next(&mut self) -> Option<NodeId> {
        if self.running.len() < AT_ONCE { self.waiting.pop_front() } else { None }
    }

    pub(super) fn began(&mut self, ticket: Ticket, id: NodeId) {
        self.running.insert(ticket, id);
    }

    pub(super) fn ended(&mut self, ticket: Ticket, test: NodeTest) {
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
    fn few_run_at_once_and_none_is_forgotten() {
        let id = |nth: usize| NodeId::from_text(&format!("{nth:012x}"));
        let (mut node_tests, mut effects) = (RequestedTests::default(), Effects::default());
        node_tests.want((0..20).map(id).collect());
        node_tests.want(vec![id(3)]);
        let mut running = Vec::new();
        while let Some(id) = node_tests.next() {
            let ticket = effects.tag(RequestPurpose::NodeTest).ticket;
            node_tests.began(ticket, id);
            running.push(ticket);
        }
        assert_eq!((running.len(), node_tests.progress()), (AT_ONCE, Some((0, 20))));
        node_tests.ended(running[0], NodeTest::Passed(5));
        assert_eq!((node_tests.of(&id(0)), node_tests.progress()), (Some(&NodeTest::Passed(5)), Some((1, 20))));
        let mut given_up = node_tests.stop();
        given_up.sort();
        assert_eq!(given_up, running[1..]);
        assert_eq!((node_tests.next(), node_tests.of(&id(1)), node_tests.progress()), (None, None, None));
        node_tests.ended(running[1], NodeTest::Passed(5));
        assert_eq!(node_tests.of(&id(1)), None, "what comes late is nobody's");
    }
}
