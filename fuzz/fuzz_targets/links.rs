//! A text of links: read, printed, and read again as the same node.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::model::link;

fuzz_target!(|text: &str| {
    for node in link::parse_lines(text).into_iter().filter_map(|line| line.node.ok()) {
        assert_eq!(link::parse(&link::print(&node)).as_ref(), Ok(&node));
    }
});
