//! Commands about subscriptions: preview, add, edit and remove. Invalid input is rejected before anything is
//! downloaded, and a subscription is added only if its list can be downloaded.

use std::collections::HashSet;

use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::store::StateFile;
use crate::engine::subscriptions::{ListAnswer, ListPurpose, UpdateCause, now};
use crate::model::settings::Settings;
use crate::model::subscription::{
    CacheValidators, Offer, OfferedNode, Plan, SubscriptionChanges, USUAL_INTERVAL_H, UpdateReport,
};
use crate::model::{Cause, EventKind, Fault, FaultCode, FetchFailure, NodeListError, Reply, Secret, Subscription};
use crate::subscription::decode::Listed;
use crate::subscription::{Decoded, ProviderInfo, address};

impl EventLoop {
    /// Downloads a list for a preview.
    ///
    /// # Errors
    /// The URL is invalid.
    pub(super) fn preview_subscription(&mut self, url: Secret, call: CallId) -> Result<Completion, Fault> {
        address::parse(url.expose())?;
        self.fetch_list(url, CacheValidators::default(), ListPurpose::Preview, Some(call));
        Ok(Completion::Later)
    }

    /// Downloads the list of a new subscription, which is added if it is valid.
    ///
    /// # Errors
    /// The URL, name or interval is invalid.
    pub(super) fn try_subscription(
        &mut self,
        url: Secret,
        name: Option<String>,
        update_h: Option<u64>,
        call: CallId,
    ) -> Result<Completion, Fault> {
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        self.subscriptions.check_new(&url, name.as_deref(), update_h)?;
        self.fetch_list(url, CacheValidators::default(), ListPurpose::Add { name, update_h }, Some(call));
        Ok(Completion::Later)
    }

    /// The preview of a provider's response.
    pub(super) fn offer(&self, url: &Secret, answer: ListAnswer) -> Result<Reply, Fault> {
        let Decoded { nodes, refused, about, .. } = list(answer)?;
        let known: HashSet<_> = self.nodes.ids().collect();
        let offered = |Listed { place, id, node }: Listed| OfferedNode {
            place,
            is_known: known.contains(&id),
            id,
            name: node.name,
            kind: node.kind.as_str().into(),
            host: node.host,
            port: node.port,
        };
        Ok(Reply::Offer(Offer {
            name: self.free_name(url, &about),
            update_h: about.update_h.unwrap_or(USUAL_INTERVAL_H),
            address: address::shown(url.expose()),
            plan: about.plan,
            nodes: nodes.into_iter().map(offered).collect(),
            refused,
        }))
    }

    /// Adds a subscription whose list was downloaded.
    pub(super) async fn add_subscription(
        &mut self,
        url: Secret,
        answer: ListAnswer,
        name: Option<String>,
        update_h: Option<u64>,
    ) -> Result<Reply, Fault> {
        let decoded = list(answer)?;
        // Another one may have been added meanwhile.
        self.subscriptions.check_new(&url, name.as_deref(), update_h)?;
        let name = name.unwrap_or_else(|| self.free_name(&url, &decoded.about));
        let key = self.subscriptions.add(Subscription {
            name: name.clone(),
            url,
            update_h: update_h.or(decoded.about.update_h).unwrap_or(USUAL_INTERVAL_H),
            updated_at: None,
            tried_at: Some(now()),
            failures: 0,
            fault: None,
            stamp: CacheValidators::default(),
            plan: Plan::default(),
            notices: Vec::new(),
            nodes: Vec::new(),
        });
        let changes = self.apply_response(key, ListAnswer::List(decoded)).await?;
        Ok(Reply::Updated(vec![UpdateReport { name, result: Ok(changes) }]))
    }

    /// An unused name: no subscription and no group has it. The provider's, or the host.
    fn free_name(&self, url: &Secret, about: &ProviderInfo) -> String {
        let host = || address::parse(url.expose()).map(|url| address::name(&url)).unwrap_or_default();
        let wanted = about.title.clone().unwrap_or_else(host);
        let is_taken = |name: &String| {
            self.subscriptions.find(name).is_ok() || self.nodes.entries().iter().any(|entry| entry.node.group == *name)
        };
        let numbered = (1..).map(|nth| if nth == 1 { wanted.clone() } else { format!("{wanted} {nth}") });
        numbered.into_iter().find(|name| !is_taken(name)).expect("there is always a free number")
    }

    /// Changes a subscription. A new URL is downloaded at once.
    ///
    /// # Errors
    /// There is no such subscription, or a value is invalid; then nothing has changed.
    pub(super) async fn edit_subscription(&mut self, name: &str, changes: SubscriptionChanges) -> Result<Reply, Fault> {
        let key = self.subscriptions.find(name)?.key;
        let wanted = changes.name.as_deref().map(str::trim).filter(|wanted| *wanted != name);
        self.subscriptions.check(key, changes.url.as_ref(), wanted, changes.update_h)?;
        let kept = self.subscriptions.get_mut(key).expect("it was found");
        kept.subscription.update_h = changes.update_h.unwrap_or(kept.subscription.update_h);
        let is_elsewhere = changes.url.as_ref().is_some_and(|url| *url != kept.subscription.url);
        if let Some(url) = changes.url {
            kept.subscription.url = url;
        }
        if is_elsewhere {
            kept.subscription.stamp = CacheValidators::default();
        }
        if let Some(wanted) = wanted {
            kept.subscription.name = wanted.into();
            self.rename_group(name, wanted).await?;
        }
        self.save(StateFile::Subscriptions).await?;
        if is_elsewhere {
            self.start_subscription_update(key, UpdateCause::Due);
        }
        Ok(Reply::Done)
    }

    async fn rename_group(&mut self, old: &str, new: &str) -> Result<(), Fault> {
        self.nodes.rename_group(old, new);
        let mut settings: Settings = self.settings.clone();
        if settings.cluster.group == old {
            settings.cluster.group = new.into();
        }
        self.adopt_nodes_with(settings).await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(())
    }

    /// Removes a subscription with its nodes. Nodes that were moved to another group stay.
    ///
    /// # Errors
    /// There is no such subscription, or the files cannot be written.
    pub(super) async fn remove_subscription(&mut self, name: &str) -> Result<Reply, Fault> {
        let key = self.subscriptions.find(name)?.key;
        let gone = self.subscriptions.take(key);
        let report = UpdateReport { name: name.into(), result: Err(Fault::new(FaultCode::UnknownSubscription, name)) };
        let finished = self.subscriptions.note_ended(key, &report);
        self.answer_waiting(finished);
        self.record_traffic();
        let removed = self.nodes.remove_group(name, &gone.nodes);
        self.activity.note(EventKind::SubscriptionRemoved { name: name.into(), nodes: removed });
        self.save(StateFile::Subscriptions).await?;
        self.adopt_nodes().await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(Reply::Done)
    }

    /// All subscriptions, without secrets.
    pub(super) fn list_subscriptions(&self) -> Reply {
        Reply::Subscriptions(self.subscriptions.views(now()))
    }

    /// Replies to calls that waited for updates.
    pub(super) fn answer_waiting(&mut self, finished: Vec<(CallId, Reply)>) {
        for (call, reply) in finished {
            self.inbox.open.answer(call, Ok(reply));
        }
    }
}

/// The list of a response; "not modified" is an error if there was no earlier one.
fn list(answer: ListAnswer) -> Result<Decoded, Fault> {
    match answer {
        ListAnswer::List(decoded) => Ok(decoded),
        ListAnswer::NotModified(_) => {
            let why = FetchFailure { gateway: None, direct: NodeListError::Empty.into() };
            Err(Fault::of(FaultCode::SubscriptionNotFetched, Cause::Fetch(why)))
        }
    }
}
