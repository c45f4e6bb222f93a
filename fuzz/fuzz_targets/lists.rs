//! A text of many nodes in any form; what is read is printed and read again as the same node.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::model::{link, list};

fuzz_target!(|text: &str| {
    for node in list::read(text).into_iter().flatten().filter_map(|item| item.node.ok()) {
        let printed = link::print(&node);
        assert_eq!(link::parse(&printed).map(|again| again.kind), Ok(node.kind));
    }
});
