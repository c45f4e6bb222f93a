//! Property tests of decoding and merging, with untrusted input.

use std::collections::HashSet;

use proptest::prelude::*;

use super::decode::{Listed, decode};
use super::{merge, provider_info};
use crate::model::list::ListPosition;
use crate::model::subscription::SubscriptionNode;
use crate::model::{Kind, Node, NodeId};

const GROUP: &str = "Cloud";

/// A node of one of a few hosts, in one of a few groups, so that lists overlap with the existing nodes.
fn nodes(groups: &'static [&'static str]) -> impl Strategy<Value = Vec<Node>> {
    let node =
        (0..8u16, "[a-c]?", prop::sample::select(groups), any::<bool>()).prop_map(|(host, name, group, excluded)| {
            let kind = Kind::Socks5 { login: None };
            Node { group: group.into(), excluded, ..Node::new(name, format!("h{host}.example"), 1, kind) }
        });
    prop::collection::vec(node, 0..8).prop_map(|nodes| {
        let mut seen = HashSet::new();
        nodes.into_iter().filter(|node| seen.insert(node.id())).collect()
    })
}

fn listed(nodes: &[Node]) -> Vec<Listed> {
    nodes.iter().map(|node| Listed { place: ListPosition::Line(1), id: node.id(), node: node.clone() }).collect()
}

/// Applies a plan to a plain list, as the engine does.
fn carried_out(there: &[Node], plan: &merge::MergePlan) -> Vec<Node> {
    let mut nodes: Vec<Node> = there.iter().filter(|node| !plan.removed.contains(&node.id())).cloned().collect();
    for node in &mut nodes {
        if let Some(renamed) = plan.renamed.iter().find(|renamed| renamed.id == node.id()) {
            node.name.clone_from(&renamed.name);
        }
    }
    nodes.extend(plan.added.iter().map(|listed| listed.node.clone()));
    nodes
}

fn planned(given: &[SubscriptionNode], there: &[Node], list: &[Node]) -> merge::MergePlan {
    let there: Vec<(NodeId, &Node)> = there.iter().map(|node| (node.id(), node)).collect();
    merge::plan(GROUP, given, there.iter().map(|(id, node)| (id, *node)), listed(list))
}

proptest! {
    #[test]
    fn a_merge_keeps_manual_nodes_and_is_idempotent(
        there in nodes(&["", "Other"]),
        first in nodes(&[""]),
        second in nodes(&[""]),
    ) {
        let before = planned(&[], &there, &first);
        let after_first = carried_out(&there, &before);
        let plan = planned(&before.given, &after_first, &second);
        let after_second = carried_out(&after_first, &plan);

        for node in &there {
            prop_assert!(after_second.contains(node), "added by hand and lost, or changed: {}", node.label());
        }
        for node in &second {
            prop_assert!(after_second.iter().any(|known| known.id() == node.id()), "listed and not there: {}", node.label());
        }
        let ids: HashSet<_> = after_second.iter().map(Node::id).collect();
        prop_assert_eq!(ids.len(), after_second.len(), "a node is there twice");

        let again = planned(&plan.given, &after_second, &second);
        prop_assert!(!again.changes.is_news(), "the same list once more: {:?}", again.changes);
        prop_assert_eq!(carried_out(&after_second, &again), after_second);
    }

    #[test]
    fn a_merge_keeps_the_users_order_and_edits(first in nodes(&[""]), mut second in nodes(&[""]), weight in 2..100u32) {
        let before = planned(&[], &[], &first);
        let mut there = carried_out(&[], &before);
        for node in &mut there {
            (node.weight, node.tier, node.excluded, node.name) = (weight, 7, true, "the user's".into());
        }
        second.reverse();
        let plan = planned(&before.given, &there, &second);
        let after = carried_out(&there, &plan);
        let kept: Vec<_> = after.iter().filter(|node| node.tier == 7).map(Node::id).collect();
        let listed: HashSet<_> = second.iter().map(Node::id).collect();
        let expected: Vec<_> = there.iter().map(Node::id).filter(|id| listed.contains(id)).collect();
        prop_assert_eq!(kept, expected);
        prop_assert!(after.iter().filter(|node| node.tier == 7).all(|node| node.weight == weight && node.name == "the user's"));
    }

    #[test]
    fn no_header_panics(values in prop::collection::vec(("[a-z-]{0,30}", "\\PC{0,80}"), 0..5), info in "\\PC{0,80}") {
        let known = ["subscription-userinfo", "profile-title", "profile-update-interval", "content-disposition", "etag"];
        let named = known.iter().map(|name| ((*name).to_owned(), info.clone()));
        let headers: Vec<_> = values.into_iter().chain(named).collect();
        let about = provider_info::read(&headers);
        prop_assert!(about.title.is_none_or(|title| !title.is_empty() && title.chars().count() <= 64));
        prop_assert!(about.update_h.is_none_or(|hours| (1..=8_760).contains(&hours)));
    }

    #[test]
    fn a_plan_round_trips(used in 0..=u64::MAX / 2, total in 1..=u64::MAX, expire in 1..=i64::MAX as u64 / 1_000) {
        let text = format!("upload={used}; download={used}; total={total}; expire={expire}");
        let plan = provider_info::read(&[("subscription-userinfo".into(), text)]).plan;
        prop_assert_eq!((plan.used, plan.total), (Some(used * 2), Some(total)));
        prop_assert_eq!(plan.expires_at, Some(expire as i64 * 1_000));
    }

    #[test]
    fn no_response_panics(body in prop::collection::vec(any::<u8>(), 0..400), text in "\\PC{0,400}") {
        let _ = decode(&body, &[]);
        let _ = decode(text.as_bytes(), &[("profile-title".into(), text.clone())]);
        let _ = decode(format!(r#"{{"version":1,"servers":[{text}],"bytes_used":{text}}}"#).as_bytes(), &[]);
    }
}
