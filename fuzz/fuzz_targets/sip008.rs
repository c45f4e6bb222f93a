//! The servers of a SIP008 list, which stay the same when the list is printed and parsed again.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;
use sluice::model::{Node, list};

fuzz_target!(|text: &str| {
    roundtrip::check(&format!(r#"{{"version":1,"servers":[{text}]}}"#));
    let nodes: Vec<Node> = list::read(text).into_iter().flatten().filter_map(|item| item.node.ok()).collect();
    let printed = list::print_sip008(&nodes.iter().collect::<Vec<_>>());
    let again = list::read(&printed).expect("what is printed is read");
    let ids: Vec<_> = again.into_iter().map(|item| item.node.expect("what is printed is a node").id()).collect();
    let known = nodes.iter().filter(|node| node.kind.as_str() == "ss").map(Node::id);
    assert_eq!(ids, known.collect::<Vec<_>>());
});
