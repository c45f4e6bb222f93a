//! The record of one site.

use serde::{Deserialize, Serialize};

use super::SiteKey;
use super::evidence::{Observation, SiteEvidence};
use crate::model::NodeId;
use crate::model::site::SitePlacement;

/// Maximum number of nodes per site; the evidence that is oldest makes room.
const MAX_NODES: usize = 8;

/// What is known about a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SiteRecord {
    pub(super) name: Box<str>,
    /// The node that serves it.
    pub(super) node: NodeId,
    /// Why it is that one.
    pub(super) placement: SitePlacement,
    /// The node before.
    #[serde(default)]
    pub(super) from: Option<NodeId>,
    /// Since when.
    pub(super) since: i64,
    pub(super) used_at: i64,
    pub(super) connections: u64,
    pub(super) evidence: Vec<SiteEvidence>,
    /// When all nodes that were tried refused it.
    #[serde(default)]
    pub(super) refused_at: i64,
    #[serde(skip)]
    pub(super) tie: FamilyTie,
    /// The node that serves it while its own one takes no connections, and since when.
    #[serde(skip)]
    pub(super) substitute: Option<(NodeId, i64)>,
    #[serde(skip)]
    pub(super) comparison: Comparison,
    /// Whether it belongs to a SOCKS user: it is not saved.
    #[serde(skip)]
    pub(super) is_private: bool,
}

/// The comparisons of a site's node with others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Comparison {
    /// When the last one was.
    pub(super) at: i64,
    /// How often in a row another node was clearly better.
    pub(super) worse: u32,
}

/// How a site was opened together with another one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FamilyTie {
    /// The site of the same program that it was opened with last.
    pub(super) leader: Option<SiteKey>,
    /// How often in a row.
    pub(super) together: u32,
    /// Number of visits whose program was known.
    pub(super) visits: u32,
}

impl SiteRecord {
    pub(super) fn new(name: &str, node: NodeId, placement: SitePlacement, now: i64) -> Self {
        Self {
            name: name.into(),
            node,
            placement,
            from: None,
            since: now,
            used_at: now,
            connections: 0,
            evidence: Vec::new(),
            refused_at: 0,
            tie: FamilyTie::default(),
            substitute: None,
            comparison: Comparison { at: now, worse: 0 },
            is_private: false,
        }
    }

    pub(super) fn of_node(&self, node: &NodeId) -> Option<&SiteEvidence> {
        self.evidence.iter().find(|evidence| evidence.node == *node)
    }

    /// Whether the site does not work through a node.
    pub(super) fn fails_on(&self, node: &NodeId, now: i64) -> bool {
        self.of_node(node).is_some_and(|evidence| evidence.is_failing(now))
    }

    pub(super) fn observe(&mut self, node: &NodeId, observation: Observation, now: i64) {
        let index = match self.evidence.iter().position(|evidence| evidence.node == *node) {
            Some(index) => index,
            None => {
                if self.evidence.len() >= MAX_NODES {
                    let current = &self.node;
                    let others = self.evidence.iter().enumerate().filter(|(_, evidence)| evidence.node != *current);
                    let oldest = others.min_by_key(|(_, evidence)| evidence.seen_at.max(evidence.failed_at));
                    let oldest = oldest.map_or(0, |(index, _)| index);
                    self.evidence.swap_remove(oldest);
                }
                self.evidence.push(SiteEvidence::new(node.clone(), now));
                self.evidence.len() - 1
            }
        };
        self.evidence[index].observe(observation, now);
    }

    /// Moves the site to another node.
    pub(super) fn move_to(&mut self, node: &NodeId, placement: SitePlacement, now: i64) {
        if self.node == *node {
            return;
        }
        self.from = Some(std::mem::replace(&mut self.node, node.clone()));
        (self.placement, self.since) = (placement, now);
        (self.substitute, self.comparison) = (None, Comparison { at: now, worse: 0 });
    }

    pub(super) fn rename(&mut self, old: &NodeId, new: &NodeId) {
        self.evidence.retain(|evidence| evidence.node != *new);
        let evidence = self.evidence.iter_mut().map(|evidence| &mut evidence.node);
        for id in evidence.chain([&mut self.node]).chain(&mut self.from) {
            if id == old {
                *id = new.clone();
            }
        }
    }
}
