//! Revision numbers of state that is too large for the snapshot: the settings, the lists of nodes and subscriptions.
//!
//! A number is incremented when its state has changed, by any command, so that user interfaces fetch it once per
//! change. Figures that change all the time (traffic, latency) do not count.

use std::sync::Arc;

use crate::model::settings::Settings;
use crate::model::snapshot::Revisions;
use crate::model::{Node, Subscription};

/// Compares the state with that of the last call.
#[derive(Debug, Default)]
pub(super) struct RevisionCounter {
    revisions: Revisions,
    settings: Settings,
    /// A changed node is a new allocation, since this is a second owner.
    nodes: Vec<Arc<Node>>,
    subscriptions: Vec<SubscriptionState>,
}

/// The parts of a subscription that are shown and can change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SubscriptionState {
    name: String,
    url: crate::model::Secret,
    update_h: u64,
    updated_at: Option<i64>,
    tried_at: Option<i64>,
    failures: u32,
    nodes: usize,
    is_updating: bool,
}

impl RevisionCounter {
    /// The current numbers. Each subscription comes with whether it is being updated.
    pub(super) fn count<'a>(
        &mut self,
        settings: &Settings,
        nodes: impl ExactSizeIterator<Item = &'a Arc<Node>> + Clone,
        subscriptions: impl Iterator<Item = (&'a Subscription, bool)>,
    ) -> Revisions {
        // The nodes show which plugins may run.
        let has_other_plugins = self.settings.members.plugins != settings.members.plugins;
        if self.settings != *settings {
            self.settings = settings.clone();
            self.revisions.settings += 1;
        }
        let is_same =
            nodes.len() == self.nodes.len() && nodes.clone().zip(&self.nodes).all(|(new, old)| Arc::ptr_eq(new, old));
        if !is_same || has_other_plugins {
            self.nodes = nodes.cloned().collect();
            self.revisions.nodes += 1;
        }
        let subscriptions: Vec<_> = subscriptions.map(SubscriptionState::from).collect();
        if self.subscriptions != subscriptions {
            self.subscriptions = subscriptions;
            self.revisions.subscriptions += 1;
        }
        self.revisions
    }
}

impl From<(&Subscription, bool)> for SubscriptionState {
    fn from((subscription, is_updating): (&Subscription, bool)) -> Self {
        Self {
            name: subscription.name.clone(),
            url: subscription.url.clone(),
            update_h: subscription.update_h,
            updated_at: subscription.updated_at,
            tried_at: subscription.tried_at,
            failures: subscription.failures,
            nodes: subscription.nodes.len(),
            is_updating,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn node(name: &str) -> Arc<Node> {
        Arc::new(Node::new(name, format!("{name}.example"), 1080, Kind::Socks5 { login: None }))
    }

    #[test]
    fn each_change_counts_once() {
        let mut counter = RevisionCounter::default();
        let mut settings = Settings::default();
        let mut nodes = vec![node("tokyo"), node("lima")];
        let mut count = |settings: &Settings, nodes: &[Arc<Node>]| {
            let Revisions { settings, nodes, .. } = counter.count(settings, nodes.iter(), std::iter::empty());
            (settings, nodes)
        };
        assert_eq!(count(&settings, &nodes), (0, 1));
        settings.active = true;
        assert_eq!(count(&settings, &nodes), (1, 1));
        Arc::make_mut(&mut nodes[1]).weight = 7;
        assert_eq!(count(&settings, &nodes), (1, 2), "a node was changed in place");
        nodes.swap(0, 1);
        assert_eq!(count(&settings, &nodes), (1, 3), "another order");
        assert_eq!(count(&settings, &nodes), (1, 3));
    }

    #[test]
    fn an_update_of_a_subscription_counts() {
        let mut counter = RevisionCounter::default();
        let mut one: Subscription =
            serde_json::from_value(serde_json::json!({ "name": "P", "url": "https://p.test/", "update_h": 24 }))
                .unwrap();
        let mut count = |one: &Subscription, is_updating| {
            let none: [Arc<Node>; 0] = [];
            counter.count(&Settings::default(), none.iter(), [(one, is_updating)].into_iter()).subscriptions
        };
        assert_eq!(count(&one, false), 1);
        assert_eq!(count(&one, true), 2);
        one.tried_at = Some(5);
        assert_eq!((count(&one, false), count(&one, false)), (3, 3));
    }
}
