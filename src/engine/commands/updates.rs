//! Updates of subscriptions: a list is downloaded, compared with the existing nodes, and applied.
//!
//! Only changes are applied: a member whose node is unchanged keeps its process and its connections, and one whose node
//! is not listed any more drains. An invalid response changes nothing but the recorded failure.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use reqwest::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT};

use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::fetches::{Fetch, FetchId, FetchOutcome};
use crate::engine::store::StateFile;
use crate::engine::subscriptions::{FetchedList, FirstUpdate, ListAnswer, ListPurpose, Update, UpdateCause, now};
use crate::fetch::FetchRequest;
use crate::model::snapshot::{FetchFor, Network};
use crate::model::subscription::{CacheValidators, ListChanges, SubscriptionNode, UpdateReport};
use crate::model::{Cause, EventKind, Fault, FaultCode, Node, NodeId, Reply, Secret, Subscription};
use crate::subscription::merge::{self, MergePlan};
use crate::subscription::{Decoded, ProviderInfo};

impl EventLoop {
    /// Starts updates; the reply is sent when the last one has ended.
    ///
    /// # Errors
    /// There is no such subscription.
    pub(super) fn update_subscriptions(&mut self, name: Option<&str>, call: CallId) -> Result<Completion, Fault> {
        let pending: Vec<u64> = match name {
            Some(name) => vec![self.subscriptions.find(name)?.key],
            None => self.subscriptions.keys(),
        };
        if pending.is_empty() {
            return Ok(Completion::Now(Reply::Updated(Vec::new())));
        }
        pending.iter().for_each(|key| self.start_subscription_update(*key, UpdateCause::Requested));
        self.subscriptions.wait(call, pending);
        Ok(Completion::Later)
    }

    /// When scheduled updates may begin; never while the network is down.
    pub(in crate::engine) fn first_update(&self) -> Option<FirstUpdate> {
        if self.members.network() == Some(Network::Down) {
            return None;
        }
        let is_waiting = self.settings.active && !self.publisher.is_connected();
        Some(if is_waiting { FirstUpdate::AfterGrace } else { FirstUpdate::Now })
    }

    /// Starts the update of a subscription, unless one is in progress.
    pub(in crate::engine) fn start_subscription_update(&mut self, key: u64, cause: UpdateCause) {
        let Some(stored) = self.subscriptions.get(key).filter(|stored| stored.update.is_none()) else { return };
        let Subscription { url, stamp, nodes, .. } = &stored.subscription;
        // "Not modified" is only acceptable while all nodes of the last list exist.
        let there: HashSet<_> = self.nodes.ids().collect();
        let is_whole = nodes.iter().all(|given| there.contains(&given.id));
        let (url, stamp) = (url.clone(), if is_whole { stamp.clone() } else { CacheValidators::default() });
        let fetch = self.fetch_list(url, stamp, ListPurpose::Update(key), None);
        if let Some(stored) = self.subscriptions.get_mut(key) {
            stored.update = Some(Update { cause, fetch });
        }
    }

    pub(super) fn fetch_list(
        &mut self,
        url: Secret,
        stamp: CacheValidators,
        purpose: ListPurpose,
        call: Option<CallId>,
    ) -> FetchId {
        let wanted = &self.settings.subscription;
        let request: FetchRequest = self
            .request(url.expose())
            .within(Duration::from_secs(wanted.limit_s))
            .with(USER_AGENT, &wanted.user_agent)
            .with(IF_NONE_MATCH, &stamp.etag)
            .with(IF_MODIFIED_SINCE, &stamp.modified);
        let updated = if let ListPurpose::Update(key) = purpose { self.subscriptions.get(key) } else { None };
        let name = updated.map(|stored| stored.subscription.name.clone());
        let shown = name.map_or(FetchFor::Offer, |name| FetchFor::Subscription { name });
        let fetch = Fetch { purpose: shown, request, accept: ListAnswer::read, call };
        self.fetches.start(fetch, |result| FetchOutcome::Nodes(Box::new(FetchedList { url, purpose, result })))
    }

    /// Handles a downloaded list. Returns the answer to the call that has requested it.
    pub(super) async fn on_nodes(
        &mut self,
        FetchedList { url, purpose, result }: FetchedList,
    ) -> Option<Result<Reply, Fault>> {
        let result = result.map_err(|why| Fault::of(FaultCode::SubscriptionNotFetched, Cause::Fetch(why)));
        match (purpose, result) {
            (ListPurpose::Update(key), result) => {
                if let Some(report) = self.end_update(key, &url, result).await {
                    let finished = self.subscriptions.note_ended(key, &report);
                    self.answer_waiting(finished);
                }
                None
            }
            (ListPurpose::Preview, Ok(answer)) => Some(self.offer(&url, answer)),
            (ListPurpose::Add { name, update_h }, Ok(answer)) => {
                Some(self.add_subscription(url, answer, name, update_h).await)
            }
            (ListPurpose::Preview | ListPurpose::Add { .. }, Err(fault)) => Some(Err(fault)),
        }
    }

    /// The result of an update; `None` if the subscription was removed meanwhile, or its URL has changed and must be
    /// downloaded.
    async fn end_update(&mut self, key: u64, url: &Secret, result: Result<ListAnswer, Fault>) -> Option<UpdateReport> {
        let kept = self.subscriptions.get_mut(key)?;
        if kept.subscription.url != *url {
            let cause = kept.update.take().map_or(UpdateCause::Due, |update| update.cause);
            self.start_subscription_update(key, cause);
            return None;
        }
        let name = kept.subscription.name.clone();
        let result = match result {
            Ok(answer) => self.apply_response(key, answer).await,
            Err(fault) => Err(fault),
        };
        let result = match result {
            Ok(changes) => Ok(changes),
            Err(fault) => Err(self.note_failure(key, fault).await),
        };
        // Until now it was not due again.
        if let Some(kept) = self.subscriptions.get_mut(key) {
            kept.update = None;
        }
        Some(UpdateReport { name, result })
    }

    /// Applies a provider's response.
    pub(super) async fn apply_response(&mut self, key: u64, answer: ListAnswer) -> Result<ListChanges, Fault> {
        let kept = self.subscriptions.get(key).expect("the caller has just found it");
        let Subscription { name, nodes: given, .. } = &kept.subscription;
        let (given, changes, about) = match answer {
            ListAnswer::List(Decoded { nodes, refused_in_all, about, .. }) => {
                let (name, given) = (name.clone(), given.clone());
                let there = self.nodes.listed();
                let plan = move || {
                    let there = there.iter().map(|(id, node)| (id, &**node));
                    merge::plan(&name, &given, there, nodes)
                };
                let mut plan = self.on_thread(plan).await;
                plan.changes.refused = refused_in_all;
                self.apply_plan(&plan).await?;
                (Some(plan.given), plan.changes, about)
            }
            ListAnswer::NotModified(about) => {
                (None, ListChanges { kept: given.len(), ..ListChanges::default() }, about)
            }
        };
        self.note_success(key, given, &changes, about);
        self.save(StateFile::Subscriptions).await?;
        Ok(changes)
    }

    /// Applies a merge plan. If nothing has changed, no member is touched.
    async fn apply_plan(&mut self, plan: &MergePlan) -> Result<(), Fault> {
        if !plan.changes.is_news() {
            return Ok(());
        }
        self.record_traffic();
        let chosen = self.settings.node.as_ref().filter(|id| plan.removed.contains(id));
        let old = chosen.and_then(|id| self.nodes.get(id)).map(|entry| Node::clone(&entry.node));
        // Several pins and doors may select the same node.
        let selected: BTreeSet<_> = self.settings.selected_nodes().filter(|id| plan.removed.contains(id)).collect();
        let selected: Vec<_> = selected.into_iter().filter_map(|id| self.nodes.get(id)).cloned().collect();
        self.nodes.apply_plan(plan);
        let mut settings = self.settings.clone();
        for entry in selected {
            let old = entry.node.label();
            match merge::moved(&entry.node, plan) {
                Some(next) => settings.replace_node(&entry.id, next),
                None => self.activity.note(EventKind::SelectedNodeGone { id: entry.id, name: old }),
            }
        }
        if let Some(old) = old
            && let Some(next) = self.successor(&old, plan)
        {
            let (old, name) = (old.label(), self.nodes.get(&next).map_or_else(String::new, |entry| entry.node.label()));
            self.activity.note(EventKind::ChosenNodeReplaced { old, id: next.clone(), name });
            settings.node = Some(next);
        }
        self.adopt_nodes_with(settings).await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(())
    }

    fn successor(&self, old: &Node, plan: &MergePlan) -> Option<NodeId> {
        merge::successor(old, plan, self.nodes.entries().iter().map(|entry| (&entry.id, &*entry.node)))
    }

    fn note_success(
        &mut self,
        key: u64,
        given: Option<Vec<SubscriptionNode>>,
        changes: &ListChanges,
        about: ProviderInfo,
    ) {
        let kept = self.subscriptions.get_mut(key).expect("the caller has just found it");
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
            subscription.notices = about.notices;
        }
        if changes.is_news() || had_failed || is_first {
            let (name, changes) = (subscription.name.clone(), changes.clone());
            self.activity.note(EventKind::SubscriptionUpdated { name, changes });
        }
    }

    async fn note_failure(&mut self, key: u64, fault: Fault) -> Fault {
        let Some(kept) = self.subscriptions.get_mut(key) else { return fault };
        let subscription = &mut kept.subscription;
        subscription.tried_at = Some(now());
        subscription.failures = subscription.failures.saturating_add(1);
        if subscription.fault.replace(fault.clone()).as_ref() != Some(&fault) {
            let name = subscription.name.clone();
            self.activity.note(EventKind::SubscriptionFailed { name, fault: fault.clone() });
        }
        if let Err(unsaved) = self.save(StateFile::Subscriptions).await {
            tracing::error!(%unsaved, "the state of a subscription was not saved");
        }
        fault
    }
}
