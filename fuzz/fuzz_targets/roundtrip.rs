//! What holds for every text of nodes: what is read is printed, and read again as the same node.

use sluice::model::{link, list};

/// Reads a text as a list.
pub fn check(text: &str) {
    for node in list::read(text).into_iter().flatten().filter_map(|item| item.node.ok()) {
        let printed = link::print(&node);
        assert_eq!(link::parse(&printed).map(|again| again.kind), Ok(node.kind));
    }
}
