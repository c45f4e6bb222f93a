//! An update: a list is fetched, compared with the nodes that are there, and taken in. Only what has
//! changed is touched; a member whose node has not keeps its process and its connections, and one whose
//! node is not listed any more drains. An answer that is no list changes nothing but what is known of the failure.

use std::future::poll_fn;
use std::mem;
use std::task::Poll;
use std::time::Duration;

use reqwest::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT};
use tokio_util::sync::CancellationToken;

use super::super::commands::{Answer as Asker, reply_to};
use super::super::owner::Engine;
use super::super::updates::{Bounty, Errand};
use super::{Subscriptions, Update, now};
use crate::fetch::{FetchRequest, FetchResponse};
use crate::model::snapshot::FetchFor;
use crate::model::subscription::{Given, ListChanges, Stamp, UpdateReport};
use crate::model::{Cause, EventKind, Fault, FaultCode, NoFile, Node, NodeId, Reply, Secret, Subscription, Unfetched};
use crate::subscription::merge::{self, MergePlan};
use crate::subscription::{Decoded, ProviderInfo, decode, provider_info};

/// What an errand for a list brought home.
pub(in crate::engine) struct Brought {
    pub(super) url: Secret,
    pub(super) purpose: Purpose,
    pub(super) result: Result<Heard, Unfetched>,
    pub(super) asker: Option<Asker>,
}

/// What the list is for.
pub(super) enum Purpose {
    /// The subscription with this key.
    Update(u64),
    /// To be looked at.
    Preview,
    /// To be a subscription, with this name and interval where they were chosen.
    Add(Option<String>, Option<u64>),
}

/// What a provider said.
pub(super) enum Heard {
    /// A list.
    List(Decoded),
    /// That nothing is new since the last one.
    NothingNew(ProviderInfo),
}

/// Somebody who waits for updates.
pub(super) struct Waiting {
    pending: Vec<u64>,
    reports: Vec<UpdateReport>,
    asker: Asker,
}

impl Engine {
    /// Begins updates; the asker is answered when the last of them has ended.
    ///
    /// # Errors
    /// There is no subscription of this name.
    pub(in crate::engine) fn update_subscriptions(
        &mut self,
        name: Option<&str>,
        asker: &mut Option<Asker>,
    ) -> Result<Reply, Fault> {
        let pending: Vec<u64> = match name {
            Some(name) => vec![self.subscriptions.find(name)?.key],
            None => self.subscriptions.kept.iter().map(|kept| kept.key).collect(),
        };
        pending.iter().for_each(|key| self.start_subscription_update(*key, Update::asked()));
        if let Some(asker) = asker.take_if(|_| !pending.is_empty()) {
            self.subscriptions.waiting.push(Waiting { pending, reports: Vec::new(), asker });
        }
        Ok(Reply::Updated(Vec::new()))
    }

    /// Begins the update of a subscription, unless one runs already.
    pub(super) fn start_subscription_update(&mut self, key: u64, update: Update) {
        let Some(kept) = self.subscriptions.get_mut(key).filter(|kept| kept.update.is_none()) else { return };
        let unwanted = update.unwanted();
        kept.update = Some(update);
        let (url, stamp) = (kept.subscription.url.clone(), kept.subscription.stamp.clone());
        // Nothing new is good news only while all that the last list gave is still there.
        let is_whole = kept.subscription.nodes.iter().all(|given| self.book.get(&given.id).is_some());
        let stamp = if is_whole { stamp } else { Stamp::default() };
        self.send_for_nodes(url, stamp, Purpose::Update(key), None, unwanted);
    }

    /// Ends the updates that were asked for by somebody who has left, and that nobody else waits for.
    pub(in crate::engine) fn end_unwanted_updates(&mut self) {
        let subscriptions = &mut self.subscriptions;
        subscriptions.waiting.retain(|waiting| !waiting.asker.is_closed());
        for kept in &mut subscriptions.kept {
            let is_awaited = subscriptions.waiting.iter().any(|waiting| waiting.pending.contains(&kept.key));
            if let Some(Update::Asked { unwanted }) = &kept.update
                && !is_awaited
            {
                unwanted.cancel();
                kept.update = None;
            }
        }
    }

    pub(super) fn send_for_nodes(
        &mut self,
        url: Secret,
        stamp: Stamp,
        purpose: Purpose,
        asker: Option<Asker>,
        unwanted: CancellationToken,
    ) {
        let wanted = &self.settings.subscription;
        let request: FetchRequest = self
            .request(url.expose())
            .within(Duration::from_secs(wanted.limit_s))
            .with(USER_AGENT, &wanted.user_agent)
            .with(IF_NONE_MATCH, &stamp.etag)
            .with(IF_MODIFIED_SINCE, &stamp.modified);
        let updated = if let Purpose::Update(key) = purpose { self.subscriptions.get(key) } else { None };
        let what =
            updated.map_or(FetchFor::Offer, |kept| FetchFor::Subscription { name: kept.subscription.name.clone() });
        let errand = Errand { what, request, accept: heard, asker, unwanted };
        self.send_for(errand, |result, asker| Bounty::Nodes(Box::new(Brought { url, purpose, result, asker })));
    }

    /// Takes in what an errand for a list brought.
    pub(in crate::engine) async fn fold_nodes(&mut self, Brought { url, purpose, result, asker }: Brought) {
        let result = result.map_err(|why| Fault::of(FaultCode::SubscriptionNotFetched, Cause::Unfetched(why)));
        match purpose {
            Purpose::Update(key) => {
                if let Some(report) = self.end_update(key, &url, result).await {
                    self.subscriptions.answer_waiting(key, &report);
                }
            }
            Purpose::Preview => reply_to(asker, result.and_then(|heard| self.offer(&url, heard))),
            Purpose::Add(name, update_h) => {
                let added = match result {
                    Ok(heard) => self.add_subscription(url, heard, name, update_h).await,
                    Err(fault) => Err(fault),
                };
                reply_to(asker, added);
            }
        }
    }

    /// What came of an update; none where it was removed meanwhile, or its address changed and it has to be
    /// fetched from there.
    async fn end_update(&mut self, key: u64, url: &Secret, result: Result<Heard, Fault>) -> Option<UpdateReport> {
        let kept = self.subscriptions.get_mut(key)?;
        let update = kept.update.take();
        if kept.subscription.url != *url {
            self.start_subscription_update(key, update.unwrap_or(Update::Due));
            return None;
        }
        let name = kept.subscription.name.clone();
        let result = match result {
            Ok(heard) => self.take_in(key, heard).await,
            Err(fault) => Err(fault),
        };
        Some(UpdateReport { name, result: result.map_err(|fault| self.note_failure(key, fault)) })
    }

    /// Has what a provider said hold.
    pub(super) async fn take_in(&mut self, key: u64, heard: Heard) -> Result<ListChanges, Fault> {
        let kept = self.subscriptions.get(key).expect("who calls has just found it");
        let Subscription { name, nodes: given, .. } = &kept.subscription;
        let (given, changes, about) = match heard {
            Heard::List(Decoded { nodes, refused_in_all, about, .. }) => {
                let there = self.book.entries().iter().map(|entry| (&entry.id, &*entry.node));
                let mut plan = merge::plan(name, given, there, nodes);
                plan.changes.refused = refused_in_all;
                self.follow(&plan).await?;
                (Some(plan.given), plan.changes, about)
            }
            Heard::NothingNew(about) => (None, ListChanges { kept: given.len(), ..ListChanges::default() }, about),
        };
        self.note_success(key, given, &changes, about);
        self.save_subscriptions()?;
        Ok(changes)
    }

    /// Has the nodes as a plan wants them. Where nothing has changed nothing is touched.
    async fn follow(&mut self, plan: &MergePlan) -> Result<(), Fault> {
        if !plan.changes.is_news() {
            return Ok(());
        }
        // What they moved until now belongs into the ledger, which no longer looks afterwards.
        self.look_at_meters();
        let chosen = self.settings.node.as_ref().filter(|id| plan.removed.contains(id));
        let old = chosen.and_then(|id| self.book.get(id)).map(|entry| Node::clone(&entry.node));
        self.book.follow(plan);
        let mut settings = self.settings.clone();
        if let Some(old) = old
            && let Some(next) = self.successor(&old, plan)
        {
            let (old, name) = (old.label(), self.book.get(&next).map_or_else(String::new, |entry| entry.node.label()));
            self.activity.note(EventKind::NodeSucceeded { old, id: next.clone(), name });
            settings.node = Some(next);
        }
        self.adopt_nodes_with(settings).await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(())
    }

    fn successor(&self, old: &Node, plan: &MergePlan) -> Option<NodeId> {
        merge::successor(old, plan, self.book.entries().iter().map(|entry| (&entry.id, &*entry.node)))
    }

    fn note_success(&mut self, key: u64, given: Option<Vec<Given>>, changes: &ListChanges, about: ProviderInfo) {
        let kept = self.subscriptions.get_mut(key).expect("who calls has just found it");
        let subscription = &mut kept.subscription;
        let is_first = subscription.updated_at.is_none();
        let had_failed = subscription.fault.take().is_some();
        subscription.failures = 0;
        (subscription.updated_at, subscription.tried_at) = (Some(now()), Some(now()));
        if about.plan.is_known() || given.is_some() {
            subscription.plan = about.plan;
        }
        if let Some(given) = given {
            (subscription.nodes, subscription.stamp) = (given, about.stamp);
        }
        if changes.is_news() || had_failed || is_first {
            let (name, changes) = (subscription.name.clone(), changes.clone());
            self.activity.note(EventKind::SubscriptionUpdated { name, changes });
        }
    }

    fn note_failure(&mut self, key: u64, fault: Fault) -> Fault {
        let Some(kept) = self.subscriptions.get_mut(key) else { return fault };
        let subscription = &mut kept.subscription;
        subscription.tried_at = Some(now());
        subscription.failures = subscription.failures.saturating_add(1);
        if subscription.fault.replace(fault.clone()).as_ref() != Some(&fault) {
            let name = subscription.name.clone();
            self.activity.note(EventKind::SubscriptionFailed { name, fault: fault.clone() });
        }
        if let Err(unsaved) = self.save_subscriptions() {
            tracing::error!(%unsaved, "what is known of a subscription is not saved");
        }
        fault
    }
}

impl Subscriptions {
    /// Ends when somebody who waits for updates has left.
    pub(in crate::engine) async fn asker_left(&mut self) {
        let waiting = &mut self.waiting;
        let has_left = move |context: &mut std::task::Context<'_>| {
            // Each is looked at: each is to wake this one.
            let left =
                waiting.iter_mut().filter_map(|waiting| waiting.asker.poll_closed(context).is_ready().then_some(()));
            if left.count() > 0 { Poll::Ready(()) } else { Poll::Pending }
        };
        poll_fn(has_left).await;
    }

    /// Answers those who have waited for this one and wait for no other any more.
    pub(super) fn answer_waiting(&mut self, key: u64, report: &UpdateReport) {
        for mut waiting in mem::take(&mut self.waiting) {
            if waiting.pending.contains(&key) {
                waiting.pending.retain(|pending| *pending != key);
                waiting.reports.push(report.clone());
            }
            if waiting.pending.is_empty() {
                waiting.reports.sort_by(|one, other| one.name.cmp(&other.name));
                // Who asked may have left.
                let _left = waiting.asker.send(Ok(Reply::Updated(waiting.reports)));
            } else {
                self.waiting.push(waiting);
            }
        }
    }
}

/// What an answer means.
fn heard(answer: FetchResponse) -> Result<Heard, NoFile> {
    match answer.file {
        Some(file) => Ok(Heard::List(decode::decode(&file, &answer.headers)?)),
        None => Ok(Heard::NothingNew(provider_info::read(&answer.headers))),
    }
}
