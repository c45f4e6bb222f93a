//! Calls that are answered later, and their callers.
//!
//! A command that takes time returns [`Completion::Later`]; its call is kept here until the work has ended, or until
//! its caller has disconnected, which cancels the work.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;

use tokio::sync::oneshot;

use crate::model::{Fault, Reply};

/// Identifies a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallId(u64);

/// How a command is answered.
#[derive(Debug)]
pub(super) enum Completion {
    /// At once.
    Now(Reply),
    /// With [`OpenCalls::answer`], when its work has ended.
    Later,
}

/// The channel for an answer.
pub(super) type AnswerTo = oneshot::Sender<Result<Reply, Fault>>;

/// The calls that wait for an answer.
#[derive(Debug, Default)]
pub(super) struct OpenCalls {
    last: u64,
    open: BTreeMap<CallId, AnswerTo>,
}

impl OpenCalls {
    /// The id of the next call.
    pub(super) fn next_id(&mut self) -> CallId {
        self.last += 1;
        CallId(self.last)
    }

    /// Keeps a call open.
    pub(super) fn keep(&mut self, call: CallId, to: AnswerTo) {
        self.open.insert(call, to);
    }

    /// Whether a call is still open.
    pub(super) fn is_open(&self, call: CallId) -> bool {
        self.open.contains_key(&call)
    }

    /// Answers a call that is still open.
    pub(super) fn answer(&mut self, call: CallId, result: Result<Reply, Fault>) {
        if let Some(to) = self.open.remove(&call) {
            // The caller may have disconnected.
            let _left = to.send(result);
        }
    }

    /// Closes a call without an answer: its caller gets [`FaultCode::Stopping`](crate::model::FaultCode::Stopping).
    pub(super) fn drop_call(&mut self, call: CallId) {
        self.open.remove(&call);
    }

    /// Closes the next call whose caller has disconnected.
    pub(super) async fn next_left(&mut self) -> CallId {
        let left = poll_fn(|context| {
            // All are polled, so that each of them wakes this task.
            let mut left = None;
            for (call, to) in &mut self.open {
                if to.poll_closed(context).is_ready() {
                    left = left.or(Some(*call));
                }
            }
            left.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        self.open.remove(&left);
        left
    }
}
