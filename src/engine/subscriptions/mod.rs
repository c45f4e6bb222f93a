//! The subscriptions: kept in their file, updated by hand and by themselves.
//!
//! Here is what is kept, what is shown of it, and when the next update is due; [`update`] fetches lists
//! and takes them in, [`changes`] does what users ask for. What a list means and what becomes of nodes
//! is decided in [`crate::subscription`]. An address is a secret: it is in the file and in requests, and in no
//! event, fault or log.

mod changes;
mod update;

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub(super) use self::update::Brought;
use self::update::Waiting;
use super::owner::Engine;
use super::store;
use crate::model::snapshot::Network;
use crate::model::subscription::{SubscriptionView, UpdateReport};
use crate::model::{Fault, FaultCode, FileProblem, Reply, Secret, Subscription};
use crate::subscription::{address, schedule};

/// After a start, what is overdue waits so long for a member to go through: where the direct way is
/// closed it is the only one.
const START_GRACE: Duration = Duration::from_secs(20);

/// `subscriptions.json`. Holds addresses, which are secrets: written 0600.
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
    /// What the types cannot say.
    pub(in crate::engine) fn check(&self) -> Result<(), FileProblem> {
        let names: Vec<_> = self.subscriptions.iter().map(|subscription| &subscription.name).collect();
        let doubled = names.iter().enumerate().find(|(place, name)| name.is_empty() || names[..*place].contains(name));
        doubled.map_or(Ok(()), |_| Err(FileProblem::Names))
    }
}

/// The subscriptions.
pub(super) struct Subscriptions {
    kept: Vec<Kept>,
    next_key: u64,
    waiting: Vec<Waiting>,
    started: Instant,
}

/// One subscription, and where it is.
struct Kept {
    /// Which one it is, whatever it is called meanwhile.
    key: u64,
    subscription: Subscription,
    /// The update that runs.
    update: Option<Update>,
}

/// Why an update runs.
enum Update {
    /// It is due, and runs to its end.
    Due,
    /// Somebody waits for it; it is over when nobody does any more.
    Asked { unwanted: CancellationToken },
}

impl Update {
    fn asked() -> Self {
        Self::Asked { unwanted: CancellationToken::new() }
    }

    /// What ends it.
    fn unwanted(&self) -> CancellationToken {
        match self {
            Self::Due => CancellationToken::new(),
            Self::Asked { unwanted } => unwanted.clone(),
        }
    }
}

impl Subscriptions {
    /// The subscriptions of a file.
    pub(super) fn of(file: SubscriptionFile) -> Self {
        let mut subscriptions = Self { kept: Vec::new(), next_key: 0, waiting: Vec::new(), started: Instant::now() };
        for subscription in file.subscriptions {
            subscriptions.add(subscription);
        }
        subscriptions
    }

    fn add(&mut self, subscription: Subscription) -> u64 {
        self.next_key += 1;
        self.kept.push(Kept { key: self.next_key, subscription, update: None });
        self.next_key
    }

    /// The addresses, which are secrets.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Secret> {
        self.kept.iter().map(|kept| &kept.subscription.url)
    }

    /// Has those of a file in the place of these. Who waits for one of these is told.
    pub(super) fn replace(&mut self, file: SubscriptionFile) {
        for Kept { key, subscription, .. } in std::mem::take(&mut self.kept) {
            let fault = Fault::new(FaultCode::UnknownSubscription, subscription.name.as_str());
            self.answer_waiting(key, &UpdateReport { name: subscription.name, result: Err(fault) });
        }
        for subscription in file.subscriptions {
            self.add(subscription);
        }
    }

    /// Whether a user would find no difference to those of a file.
    pub(super) fn are_those_of(&self, file: &SubscriptionFile) -> bool {
        let own = |one: &Subscription| (one.name.clone(), one.url.clone(), one.update_h);
        self.kept.iter().map(|kept| own(&kept.subscription)).eq(file.subscriptions.iter().map(own))
    }

    /// The file for these.
    pub(super) fn file(&self) -> SubscriptionFile {
        let subscriptions = self.kept.iter().map(|kept| kept.subscription.clone()).collect();
        SubscriptionFile { version: 1, subscriptions }
    }

    fn get(&self, key: u64) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.key == key)
    }

    fn get_mut(&mut self, key: u64) -> Option<&mut Kept> {
        self.kept.iter_mut().find(|kept| kept.key == key)
    }

    fn find(&self, name: &str) -> Result<&Kept, Fault> {
        let unknown = || Fault::new(FaultCode::UnknownSubscription, name);
        self.kept.iter().find(|kept| kept.subscription.name == name).ok_or_else(unknown)
    }

    fn views(&self, now: i64) -> Vec<SubscriptionView> {
        self.kept.iter().map(|kept| view(kept, now)).collect()
    }
}

fn view(Kept { subscription, update, .. }: &Kept, now: i64) -> SubscriptionView {
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
    }
}

impl Engine {
    /// All subscriptions, as they may be shown.
    pub(super) fn list_subscriptions(&self) -> Reply {
        Reply::Subscriptions(self.subscriptions.views(now()))
    }

    pub(super) fn save_subscriptions(&self) -> Result<(), Fault> {
        store::save(&self.paths.subscriptions(), &self.subscriptions.file()).map_err(|error| Fault::from(&error))
    }

    /// When the next update by itself is due; none while it is known that nothing can be reached.
    pub(super) fn subscriptions_due(&self) -> Option<Instant> {
        let (now, clock) = (now(), Instant::now());
        let (_, due) = self.idle(now).min_by_key(|(_, due)| *due)?;
        let wait = Duration::from_millis(u64::try_from(due.saturating_sub(now)).unwrap_or(0));
        let is_waiting = self.settings.active && !self.is_connected;
        let earliest = if is_waiting { self.subscriptions.started + START_GRACE } else { clock };
        Some(earliest.max(clock.checked_add(wait)?))
    }

    /// Begins the updates that are due.
    pub(super) fn start_due_subscriptions(&mut self) {
        if self.subscriptions_due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        let now = now();
        let due: Vec<_> = self.idle(now).filter(|(_, due)| *due <= now).map(|(key, _)| key).collect();
        due.into_iter().for_each(|key| self.start_subscription_update(key, Update::Due));
    }

    /// Those that are not being updated, each with the time when it is to be.
    fn idle(&self, now: i64) -> impl Iterator<Item = (u64, i64)> {
        let is_cut = self.pool.network() == Some(Network::Down);
        let idle = self.subscriptions.kept.iter().filter(move |kept| !is_cut && kept.update.is_none());
        idle.filter_map(move |kept| Some((kept.key, schedule::due(&kept.subscription, now)?)))
    }
}

/// Unix time in ms.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
