//! In which order nodes are tried for a site: those that work for other sites first, those that have just failed for
//! this one last.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::nodes::NodeEntry;
use crate::model::NodeId;
use crate::model::connection::{ConnectionEnd, ConnectionView, NodeChoice};

/// Maximum number of nodes that are tried: a site that is down fails at all of them.
const MAX_NODES: usize = 16;

/// The nodes to try. `serving` are members that take connections, `doubtful` the nodes that the site may not work
/// through.
pub(in crate::engine) fn candidates(
    mut nodes: Vec<Arc<NodeEntry>>,
    serving: &HashSet<NodeId>,
    doubtful: &HashSet<NodeId>,
) -> Vec<Arc<NodeEntry>> {
    nodes.sort_by_key(|entry| {
        let latency = entry.latency.unwrap_or(Duration::MAX);
        (doubtful.contains(&entry.id), !serving.contains(&entry.id), latency)
    });
    nodes.truncate(MAX_NODES);
    nodes
}

/// The nodes that connections to a site have failed through, and the one that carried the latest.
pub(in crate::engine) fn doubtful(site: &str, connections: &[ConnectionView]) -> HashSet<NodeId> {
    let of_site: Vec<_> = connections.iter().filter(|connection| connection.site() == site).collect();
    let latest = of_site.iter().max_by_key(|connection| connection.id).and_then(|latest| latest.node.clone());
    let failed = of_site.iter().flat_map(|connection| {
        let carrier = connection.node.clone().filter(|_| has_failed(connection));
        let before = match &connection.why {
            Some(NodeChoice::Retried { from } | NodeChoice::Replayed { from }) => Some(from.clone()),
            Some(NodeChoice::Only | NodeChoice::Pinned | NodeChoice::Door | NodeChoice::Strategy(_))
            | Some(NodeChoice::Crowded)
            | None => None,
        };
        carrier.into_iter().chain(before)
    });
    failed.chain(latest).collect()
}

/// Whether a connection has ended without anything from the site.
pub(in crate::engine) fn has_failed(connection: &ConnectionView) -> bool {
    match connection.ended {
        Some(ConnectionEnd::NoResponse | ConnectionEnd::Failed | ConnectionEnd::NoNode) => true,
        // A handshake that was cut off; one that had an answer has at least the server's certificate.
        Some(ConnectionEnd::Reset) => connection.down < MIN_ANSWER,
        // Its door has other nodes than the site would get by a pin.
        Some(ConnectionEnd::NoDoorNode) => false,
        Some(ConnectionEnd::Closed | ConnectionEnd::Blocked | ConnectionEnd::Cancelled | ConnectionEnd::Dropped)
        | None => false,
    }
}

/// Fewer bytes than this are no page.
const MIN_ANSWER: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(id: u64, host: &str, node: &str, ended: Option<ConnectionEnd>) -> ConnectionView {
        ConnectionView { node: Some(NodeId::from_text(node)), ended, ..ConnectionView::example(id, "curl", host) }
    }

    #[test]
    fn nodes_that_have_failed_for_the_site_are_doubtful() {
        let from = || NodeId::from_text("d0");
        let connections = [
            connection(1, "www.a.example", "a0", Some(ConnectionEnd::NoResponse)),
            connection(2, "b.example", "b0", Some(ConnectionEnd::NoResponse)),
            connection(4, "a.example", "c0", None),
            ConnectionView {
                why: Some(NodeChoice::Replayed { from: from() }),
                ..connection(3, "a.example", "e0", Some(ConnectionEnd::Closed))
            },
        ];
        let expected = ["a0", "c0", "d0"].map(NodeId::from_text).into_iter().collect();
        assert_eq!(doubtful("a.example", &connections), expected);
    }

    #[test]
    fn a_reset_after_an_answer_is_no_failure() {
        let reset = connection(1, "a.example", "a0", Some(ConnectionEnd::Reset));
        assert!(has_failed(&reset));
        assert!(!has_failed(&ConnectionView { down: 3_000, ..reset }));
    }
}
