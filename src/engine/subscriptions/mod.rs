//! The subscriptions: stored in their file, updated on request and by schedule.
//!
//! This module keeps the subscriptions, their updates in progress and the calls that wait for them; [`super::commands`]
//! has the commands and handles the lists. The rules about lists and nodes are in [`crate::subscription`]. A URL is a
//! secret: it is in the file and in requests, and in no event, fault or log.

mod checks;
mod update;

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use self::update::UpdateWaiter;
pub(super) use self::update::{FetchedList, ListAnswer, ListPurpose, Update, UpdateCause};
use super::calls::CallId;
use crate::model::subscription::{SubscriptionView, UpdateReport};
use crate::model::{Fault, FaultCode, FileProblem, Reply, Secret, Subscription};
use crate::subscription::{address, schedule};

/// After a start, overdue updates wait this long for a member to work: where direct connections are blocked it is the
/// only route.
const START_GRACE: Duration = Duration::from_secs(20);

/// When overdue updates may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstUpdate {
    /// Traffic is on and no request has succeeded yet: after [`START_GRACE`].
    AfterGrace,
    Now,
}

/// `subscriptions.json`. Contains URLs, which are secrets: mode 0600.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::engine) struct SubscriptionFile {
    version: u32,
    subscriptions: Vec<Subscription>,
}

impl Default for SubscriptionFile {
    fn default() -> Self {
        Self { version: 1, subscriptions: Vec::new() }
    }
}

impl SubscriptionFile {
    /// Validation beyond the types.
    pub(in crate::engine) fn check(&self) -> Result<(), FileProblem> {
        let names: Vec<_> = self.subscriptions.iter().map(|subscription| &subscription.name).collect();
        let doubled = names.iter().enumerate().find(|(place, name)| name.is_empty() || names[..*place].contains(name));
        doubled.map_or(Ok(()), |_| Err(FileProblem::Names))
    }

    /// Whether the user sees no difference between two files.
    pub(in crate::engine) fn is_like(&self, other: &Self) -> bool {
        let own = |one: &Subscription| (one.name.clone(), one.url.clone(), one.update_h);
        self.subscriptions.iter().map(own).eq(other.subscriptions.iter().map(own))
    }
}

/// The subscriptions.
pub(super) struct SubscriptionStore {
    kept: Vec<StoredSubscription>,
    next_key: u64,
    waiting: Vec<UpdateWaiter>,
    started: Instant,
    /// When scheduled updates may begin; `None` for not at all.
    first: Option<FirstUpdate>,
}

/// A subscription, and its update in progress.
pub(super) struct StoredSubscription {
    /// Its key, which stays the same when it is renamed.
    pub(super) key: u64,
    pub(super) subscription: Subscription,
    /// Its update in progress.
    pub(super) update: Option<Update>,
}

impl SubscriptionStore {
    /// The subscriptions of a file.
    pub(super) fn of(file: SubscriptionFile) -> Self {
        let (started, first) = (Instant::now(), None);
        let mut subscriptions = Self { kept: Vec::new(), next_key: 0, waiting: Vec::new(), started, first };
        for subscription in file.subscriptions {
            subscriptions.add(subscription);
        }
        subscriptions
    }

    /// Adds a subscription; returns its key.
    pub(super) fn add(&mut self, subscription: Subscription) -> u64 {
        self.next_key += 1;
        self.kept.push(StoredSubscription { key: self.next_key, subscription, update: None });
        self.next_key
    }

    /// Each subscription, and whether it is being updated.
    pub(super) fn states(&self) -> impl Iterator<Item = (&Subscription, bool)> {
        self.kept.iter().map(|kept| (&kept.subscription, kept.update.is_some()))
    }

    /// The URLs, which are secrets.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Secret> {
        self.kept.iter().map(|kept| &kept.subscription.url)
    }

    /// Replaces all by those of a file. Returns the answers to calls that waited for one of them.
    pub(super) fn replace(&mut self, file: SubscriptionFile) -> Vec<(CallId, Reply)> {
        let mut finished = Vec::new();
        for StoredSubscription { key, subscription, .. } in std::mem::take(&mut self.kept) {
            let fault = Fault::new(FaultCode::UnknownSubscription, subscription.name.as_str());
            finished.extend(self.note_ended(key, &UpdateReport { name: subscription.name, result: Err(fault) }));
        }
        for subscription in file.subscriptions {
            self.add(subscription);
        }
        finished
    }

    /// The file for these.
    pub(super) fn file(&self) -> SubscriptionFile {
        let subscriptions = self.kept.iter().map(|kept| kept.subscription.clone()).collect();
        SubscriptionFile { version: 1, subscriptions }
    }

    pub(super) fn get(&self, key: u64) -> Option<&StoredSubscription> {
        self.kept.iter().find(|kept| kept.key == key)
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut StoredSubscription> {
        self.kept.iter_mut().find(|kept| kept.key == key)
    }

    pub(super) fn find(&self, name: &str) -> Result<&StoredSubscription, Fault> {
        let unknown = || Fault::new(FaultCode::UnknownSubscription, name);
        self.kept.iter().find(|kept| kept.subscription.name == name).ok_or_else(unknown)
    }

    pub(super) fn views(&self, now: i64) -> Vec<SubscriptionView> {
        self.kept.iter().map(|kept| view(kept, now)).collect()
    }

    /// The keys of all subscriptions.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.kept.iter().map(|kept| kept.key).collect()
    }

    /// Removes the subscription with this key, which must exist.
    pub(super) fn take(&mut self, key: u64) -> Subscription {
        let place = self.kept.iter().position(|kept| kept.key == key).expect("its key is known");
        self.kept.remove(place).subscription
    }

    /// Sets when scheduled updates may begin; `None` for not at all.
    pub(super) fn plan(&mut self, first: Option<FirstUpdate>) {
        self.first = first;
    }

    /// Those that are not being updated, each with the time (Unix, ms) of its next update.
    fn idle(&self, now: i64) -> impl Iterator<Item = (u64, i64)> {
        let idle = self.kept.iter().filter(|kept| kept.update.is_none());
        idle.filter_map(move |kept| Some((kept.key, schedule::due(&kept.subscription, now)?)))
    }

    /// When the next scheduled update is due.
    pub(super) fn due(&self, clock: Instant) -> Option<Instant> {
        let first = self.first?;
        let now = now();
        let (_, due) = self.idle(now).min_by_key(|(_, due)| *due)?;
        let wait = Duration::from_millis(u64::try_from(due.saturating_sub(now)).unwrap_or(0));
        let earliest = match first {
            FirstUpdate::AfterGrace => self.started + START_GRACE,
            FirstUpdate::Now => clock,
        };
        Some(earliest.max(clock.checked_add(wait)?))
    }

    /// The keys of those whose scheduled update is due.
    pub(super) fn keys_due(&self, clock: Instant) -> Vec<u64> {
        if self.due(clock).is_none_or(|due| due > clock) {
            return Vec::new();
        }
        let now = now();
        self.idle(now).filter(|(_, due)| *due <= now).map(|(key, _)| key).collect()
    }
}

fn view(StoredSubscription { subscription, update, .. }: &StoredSubscription, now: i64) -> SubscriptionView {
    SubscriptionView {
        name: subscription.name.clone(),
        address: address::shown(subscription.url.expose()),
        update_h: subscription.update_h,
        nodes: subscription.nodes.len(),
        is_updating: update.is_some(),
        updated_at: subscription.updated_at,
        tried_at: subscription.tried_at,
        next_at: schedule::due(subscription, now),
        failures: subscription.failures,
        fault: subscription.fault.clone(),
        plan: subscription.plan,
        notices: subscription.notices.clone(),
    }
}

/// Unix time in ms.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
