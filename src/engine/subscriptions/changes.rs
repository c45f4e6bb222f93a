//! What users ask of subscriptions: to look at an address, to add, to change and to remove one. What
//! cannot be is refused before anything is fetched, and nothing is added whose list cannot be had.

use tokio_util::sync::CancellationToken;

use super::super::commands::Answer as Asker;
use super::super::owner::Engine;
use super::update::{Heard, Purpose};
use super::{Subscriptions, Update};
use crate::model::settings::Settings;
use crate::model::subscription::{
    LONGEST_INTERVAL_H, LONGEST_NAME, Misfit, Offer, OfferedNode, Plan, Stamp, SubscriptionChanges, USUAL_INTERVAL_H,
    UpdateReport,
};
use crate::model::{Cause, EventKind, Fault, FaultCode, NoList, Reply, Secret, Subscription, Unfetched};
use crate::subscription::decode::Listed;
use crate::subscription::{Decoded, ProviderInfo, address};

impl Engine {
    /// Fetches what an address offers, for the asker to look at.
    ///
    /// # Errors
    /// It is no address.
    pub(in crate::engine) fn preview_subscription(
        &mut self,
        url: Secret,
        asker: &mut Option<Asker>,
    ) -> Result<Reply, Fault> {
        address::parse(url.expose())?;
        self.send_for_nodes(url, Stamp::default(), Purpose::Preview, asker.take(), CancellationToken::new());
        Ok(Reply::Done)
    }

    /// Fetches the list of a new subscription, which is added if it is one.
    ///
    /// # Errors
    /// It cannot be as it is wanted.
    pub(in crate::engine) fn try_subscription(
        &mut self,
        url: Secret,
        name: Option<String>,
        update_h: Option<u64>,
        asker: &mut Option<Asker>,
    ) -> Result<Reply, Fault> {
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        self.subscriptions.check_new(&url, name.as_deref(), update_h)?;
        let purpose = Purpose::Add(name, update_h);
        self.send_for_nodes(url, Stamp::default(), purpose, asker.take(), CancellationToken::new());
        Ok(Reply::Done)
    }

    /// What a provider said, as it may be shown before it is added.
    pub(super) fn offer(&self, url: &Secret, heard: Heard) -> Result<Reply, Fault> {
        let Decoded { nodes, refused, about, .. } = list(heard)?;
        let offered = |Listed { place, id, node }: Listed| OfferedNode {
            place,
            is_known: self.book.get(&id).is_some(),
            id,
            name: node.name,
            kind: node.kind.word().into(),
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

    /// Adds a subscription whose list has come.
    pub(super) async fn add_subscription(
        &mut self,
        url: Secret,
        heard: Heard,
        name: Option<String>,
        update_h: Option<u64>,
    ) -> Result<Reply, Fault> {
        let decoded = list(heard)?;
        // Another one may have come meanwhile.
        self.subscriptions.check_new(&url, name.as_deref(), update_h)?;
        let name = name.unwrap_or_else(|| self.free_name(&url, &decoded.about));
        let key = self.subscriptions.add(Subscription {
            name: name.clone(),
            url,
            update_h: update_h.or(decoded.about.update_h).unwrap_or(USUAL_INTERVAL_H),
            updated_at: None,
            tried_at: None,
            failures: 0,
            fault: None,
            stamp: Stamp::default(),
            plan: Plan::default(),
            nodes: Vec::new(),
        });
        let changes = self.take_in(key, Heard::List(decoded)).await?;
        Ok(Reply::Updated(vec![UpdateReport { name, result: Ok(changes) }]))
    }

    /// A name that no subscription and no group has: what the provider calls it, or the host.
    fn free_name(&self, url: &Secret, about: &ProviderInfo) -> String {
        let host = || address::parse(url.expose()).map(|url| address::host(&url)).unwrap_or_default();
        let wanted = about.title.clone().unwrap_or_else(host);
        let is_taken = |name: &String| {
            self.subscriptions.find(name).is_ok() || self.book.entries().iter().any(|entry| entry.node.group == *name)
        };
        let numbered = (1..).map(|nth| if nth == 1 { wanted.clone() } else { format!("{wanted} {nth}") });
        numbered.into_iter().find(|name| !is_taken(name)).expect("numbers do not end")
    }

    /// Changes a subscription. Another address is asked at once.
    ///
    /// # Errors
    /// There is none of this name, or it cannot be as it is wanted; then nothing has changed.
    pub(in crate::engine) async fn edit_subscription(
        &mut self,
        name: &str,
        changes: SubscriptionChanges,
    ) -> Result<Reply, Fault> {
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
            kept.subscription.stamp = Stamp::default();
        }
        if let Some(wanted) = wanted {
            kept.subscription.name = wanted.into();
            self.rename_group(name, wanted).await?;
        }
        self.save_subscriptions()?;
        if is_elsewhere {
            self.start_subscription_update(key, Update::Due);
        }
        Ok(Reply::Done)
    }

    async fn rename_group(&mut self, old: &str, new: &str) -> Result<(), Fault> {
        self.book.rename_group(old, new);
        let mut settings: Settings = self.settings.clone();
        if settings.cluster.group == old {
            settings.cluster.group = new.into();
        }
        self.adopt_nodes_with(settings).await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(())
    }

    /// Removes a subscription with the nodes that it brought. Those of them that were put into another group
    /// stay.
    ///
    /// # Errors
    /// There is none of this name, or the files cannot be written.
    pub(in crate::engine) async fn remove_subscription(&mut self, name: &str) -> Result<Reply, Fault> {
        let key = self.subscriptions.find(name)?.key;
        let gone = self.subscriptions.take(key);
        let report = UpdateReport { name: name.into(), result: Err(Fault::new(FaultCode::UnknownSubscription, name)) };
        self.subscriptions.answer_waiting(key, &report);
        self.look_at_meters();
        let removed = self.book.remove_group(name, &gone.nodes);
        self.activity.note(EventKind::SubscriptionRemoved { name: name.into(), nodes: removed });
        self.save_subscriptions()?;
        self.adopt_nodes().await?;
        self.activity.pass_on(EventKind::NodesChanged);
        Ok(Reply::Done)
    }
}

impl Subscriptions {
    fn take(&mut self, key: u64) -> Subscription {
        let place = self.kept.iter().position(|kept| kept.key == key).expect("who calls has just found it");
        self.kept.remove(place).subscription
    }

    fn check_new(&self, url: &Secret, name: Option<&str>, update_h: Option<u64>) -> Result<(), Misfit> {
        // No subscription has this key.
        self.check(0, Some(url), name, update_h)
    }

    /// Whether the subscription with this key may be so, beside the others.
    fn check(&self, key: u64, url: Option<&Secret>, name: Option<&str>, update_h: Option<u64>) -> Result<(), Misfit> {
        let mut others = self.kept.iter().filter(|kept| kept.key != key).map(|kept| &kept.subscription);
        if let Some(url) = url {
            address::parse(url.expose())?;
            if let Some(same) = others.clone().find(|other| other.url == *url) {
                return Err(Misfit::KnownAddress(same.name.clone()));
            }
        }
        if let Some(name) = name {
            let is_plain = !name.is_empty() && name.len() <= LONGEST_NAME && !name.contains(char::is_control);
            if !is_plain {
                return Err(Misfit::Name);
            }
            if others.any(|other| other.name == name) {
                return Err(Misfit::KnownName(name.into()));
            }
        }
        if update_h.is_some_and(|hours| hours > LONGEST_INTERVAL_H) {
            return Err(Misfit::Interval);
        }
        Ok(())
    }
}

/// A list; where nothing was said of an earlier one, there must be one.
fn list(heard: Heard) -> Result<Decoded, Fault> {
    match heard {
        Heard::List(decoded) => Ok(decoded),
        Heard::NothingNew(_) => {
            let why = Unfetched { gateway: None, direct: NoList::Empty.into() };
            Err(Fault::of(FaultCode::SubscriptionNotFetched, Cause::Unfetched(why)))
        }
    }
}
