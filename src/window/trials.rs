//! Tests of nodes that this window has asked for: what waits, what runs, how each went.
//!
//! One call a node and few at a time, so that each result shows when it is there; once a person has seen
//! enough, those that run are given up, and no further one is begun.

use std::collections::{HashMap, VecDeque};

use super::out::Ticket;
use crate::model::{Failure, Fault, FaultCode, NodeId, Reply};

/// Tests that run at the same time: the engine itself runs no more.
const AT_ONCE: usize = 8;

/// How the last test of a node went.
#[derive(Clone, Debug, PartialEq)]
pub enum Trial {
    /// It waits or runs.
    Running,
    /// The request took so many milliseconds.
    Passed(u32),
    /// Where it failed.
    Failed(Failure),
    /// The engine did not test it.
    Refused(Fault),
}

impl Trial {
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
pub struct Trials {
    waiting: VecDeque<NodeId>,
    running: HashMap<Ticket, NodeId>,
    results: HashMap<NodeId, Trial>,
    begun: usize,
}

impl Trials {
    /// How the last test of a node went, if this window has asked for one.
    pub fn of(&self, id: &NodeId) -> Option<&Trial> {
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
            if self.results.get(&id) != Some(&Trial::Running) {
                self.results.insert(id.clone(), Trial::Running);
                self.waiting.push_back(id);
                self.begun += 1;
            }
        }
    }

    /// Gives up those that wait or run; the questions that need no answer any more.
    pub(super) fn stop(&mut self) -> Vec<Ticket> {
        self.waiting.clear();
        self.results.retain(|_, trial| *trial != Trial::Running);
        self.running.drain().map(|(ticket, _)| ticket).collect()
    }

    /// The next node to be tested, if there is room for one more test.
    pub(super) fn next(&mut self) -> Option<NodeId> {
        if self.running.len() < AT_ONCE { self.waiting.pop_front() } else { None }
    }

    pub(super) fn began(&mut self, ticket: Ticket, id: NodeId) {
        self.running.insert(ticket, id);
    }

    pub(super) fn ended(&mut self, ticket: Ticket, trial: Trial) {
        if let Some(id) = self.running.remove(&ticket) {
            self.results.insert(id, trial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::out::Out;
    use super::*;

    #[test]
    fn few_run_at_once_and_none_is_forgotten() {
        let id = |nth: usize| NodeId::from_text(&format!("{nth:012x}"));
        let (mut trials, mut out) = (Trials::default(), Out::default());
        trials.want((0..20).map(id).collect());
        trials.want(vec![id(3)]);
        let mut running = Vec::new();
        while let Some(id) = trials.next() {
            let ticket = out.ticket();
            trials.began(ticket, id);
            running.push(ticket);
        }
        assert_eq!((running.len(), trials.progress()), (AT_ONCE, Some((0, 20))));
        trials.ended(running[0], Trial::Passed(5));
        assert_eq!((trials.of(&id(0)), trials.progress()), (Some(&Trial::Passed(5)), Some((1, 20))));
        let mut given_up = trials.stop();
        given_up.sort();
        assert_eq!(given_up, running[1..]);
        assert_eq!((trials.next(), trials.of(&id(1)), trials.progress()), (None, None, None));
        trials.ended(running[1], Trial::Passed(5));
        assert_eq!(trials.of(&id(1)), None, "what comes late is nobody's");
    }
}
