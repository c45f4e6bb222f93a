//! Updates in progress, and the calls that wait for them. A requested update is cancelled when no call waits for it any
//! more.

use std::mem;

use super::SubscriptionStore;
use crate::engine::calls::CallId;
use crate::engine::fetches::FetchId;
use crate::fetch::FetchResponse;
use crate::model::subscription::UpdateReport;
use crate::model::{FetchError, FetchFailure, Reply, Secret};
use crate::subscription::{Decoded, ProviderInfo, decode, provider_info};

/// A list of nodes that was downloaded, or why it was not.
pub(in crate::engine) struct FetchedList {
    pub(in crate::engine) url: Secret,
    pub(in crate::engine) purpose: ListPurpose,
    pub(in crate::engine) result: Result<ListAnswer, FetchFailure>,
}

/// The purpose of a list.
pub(in crate::engine) enum ListPurpose {
    /// To update the subscription with this key.
    Update(u64),
    /// To preview it.
    Preview,
    /// To add a subscription, with this name and interval if given.
    Add { name: Option<String>, update_h: Option<u64> },
}

/// A provider's response.
pub(in crate::engine) enum ListAnswer {
    /// A list.
    List(Decoded),
    /// It has not changed since the last one.
    NotModified(ProviderInfo),
}

impl ListAnswer {
    /// Parses a response.
    pub(in crate::engine) fn read(answer: FetchResponse) -> Result<Self, FetchError> {
        match answer.file {
            Some(file) => Ok(Self::List(decode::decode(&file, &answer.headers)?)),
            None => Ok(Self::NotModified(provider_info::read(&answer.headers))),
        }
    }
}

/// An update in progress.
pub(in crate::engine) struct Update {
    pub(in crate::engine) cause: UpdateCause,
    pub(in crate::engine) fetch: FetchId,
}

/// The cause of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum UpdateCause {
    /// It was scheduled, and is not cancelled.
    Due,
    /// It was requested by a call.
    Requested,
}

/// A call that waits for updates.
pub(super) struct UpdateWaiter {
    call: CallId,
    pending: Vec<u64>,
    reports: Vec<UpdateReport>,
}

impl SubscriptionStore {
    /// Makes a call wait for the updates of these.
    pub(in crate::engine) fn wait(&mut self, call: CallId, pending: Vec<u64>) {
        self.waiting.push(UpdateWaiter { call, pending, reports: Vec::new() });
    }

    /// Handles that a caller has disconnected. Returns the downloads that no call waits for any more.
    pub(in crate::engine) fn caller_left(&mut self, call: CallId) -> Vec<FetchId> {
        self.waiting.retain(|waiting| waiting.call != call);
        let waiting = &self.waiting;
        let is_unwanted = |key: u64, update: &Update| {
            update.cause == UpdateCause::Requested && !waiting.iter().any(|waiting| waiting.pending.contains(&key))
        };
        let unwanted = self.kept.iter_mut().filter_map(|kept| {
            let key = kept.key;
            kept.update.take_if(|update| is_unwanted(key, update))
        });
        unwanted.map(|update| update.fetch).collect()
    }

    /// Records the end of an update. Returns the replies to calls that waited for it alone.
    pub(in crate::engine) fn note_ended(&mut self, key: u64, report: &UpdateReport) -> Vec<(CallId, Reply)> {
        let mut finished = Vec::new();
        for mut waiting in mem::take(&mut self.waiting) {
            if waiting.pending.contains(&key) {
                waiting.pending.retain(|pending| *pending != key);
                waiting.reports.push(report.clone());
            }
            if waiting.pending.is_empty() {
                waiting.reports.sort_by(|one, other| one.name.cmp(&other.name));
                finished.push((waiting.call, Reply::Updated(waiting.reports)));
            } else {
                self.waiting.push(waiting);
            }
        }
        finished
    }
}
