//! The memory as it is displayed.

use super::record::SiteRecord;
use super::{SiteKey, SiteMemory};
use crate::model::NodeId;
use crate::model::site::{SiteNodeView, SitePlacement, SiteView};

/// What a node is for a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteStanding {
    /// Why the site is on this node; `None` if it is on another one.
    pub placement: Option<SitePlacement>,
    /// The node that the site was on before.
    pub from: Option<NodeId>,
    /// Whether the site fails there.
    pub is_failing: bool,
    /// The site's mean time to first byte there in ms.
    pub first_byte_ms: Option<f32>,
}

impl SiteMemory {
    /// All sites, most recent first, without the names of nodes. Those of SOCKS users are not in it.
    pub fn views(&self, now: i64) -> Vec<SiteView> {
        let records = self.sites.values().filter(|record| !record.is_private);
        let mut views: Vec<_> = records.map(|record| record.view(now)).collect();
        views.sort_by(|a, b| b.used_at.cmp(&a.used_at).then_with(|| a.site.cmp(&b.site)));
        views
    }

    /// What a node is for a site; `None` if the site is not known.
    pub fn standing(&self, key: SiteKey, node: &NodeId, now: i64) -> Option<SiteStanding> {
        let record = self.sites.get(&key)?;
        let evidence = record.of_node(node);
        let is_own = record.node == *node;
        Some(SiteStanding {
            placement: is_own.then_some(record.placement),
            from: record.from.clone().filter(|_| is_own),
            is_failing: record.fails_on(node, now),
            first_byte_ms: evidence.filter(|it| it.samples > 0).map(|it| it.first_byte_ms),
        })
    }
}

impl SiteRecord {
    fn view(&self, now: i64) -> SiteView {
        let nodes = self.evidence.iter().map(|evidence| SiteNodeView {
            node: evidence.node.clone(),
            node_name: None,
            first_byte_ms: (evidence.samples > 0).then(|| evidence.first_byte_ms.round() as u32),
            samples: evidence.samples,
            rate: (evidence.rate > 0.0).then_some(evidence.rate as u64),
            is_failing: evidence.is_failing(now),
        });
        SiteView {
            site: self.name.to_string(),
            node: self.node.clone(),
            node_name: None,
            placement: self.placement,
            from: self.from.clone(),
            from_name: None,
            first_byte_ms: self.of_node(&self.node).filter(|it| it.samples > 0).map(|it| it.first_byte_ms as u32),
            since: self.since,
            used_at: self.used_at,
            connections: self.connections,
            nodes: nodes.collect(),
        }
    }
}
