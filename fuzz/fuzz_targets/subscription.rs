//! The response of a subscription: headers up to the first empty line, then the body. Its nodes can be merged, and merging
//! them again changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::subscription::{decode, merge};

fuzz_target!(|answer: &[u8]| {
    let end = answer.windows(2).position(|two| two == b"\n\n").unwrap_or(0);
    let (head, body) = answer.split_at(end);
    let head = String::from_utf8_lossy(head);
    let header = |(name, value): (&str, &str)| (name.trim().to_ascii_lowercase(), value.trim().to_owned());
    let headers: Vec<_> = head.lines().filter_map(|line| line.split_once(':')).map(header).collect();
    let Ok(decoded) = decode::decode(body, &headers) else { return };
    let plan = merge::plan("group", &[], std::iter::empty(), decoded.nodes.clone());
    assert_eq!(plan.added.len(), decoded.nodes.len());
    let there = plan.added.iter().map(|listed| (&listed.id, &listed.node));
    assert!(!merge::plan("group", &plan.given, there, decoded.nodes).changes.is_news());
});
