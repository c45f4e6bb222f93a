//! A property of every list of nodes: a node that is parsed, printed and parsed again stays the same.

use sluice::model::{link, list};

/// Checks it for the nodes in a text.
pub fn check(text: &str) {
    for node in list::read(text).into_iter().flatten().filter_map(|item| item.node.ok()) {
        let printed = link::print(&node);
        assert_eq!(link::parse(&printed).map(|again| again.kind), Ok(node.kind));
    }
}
