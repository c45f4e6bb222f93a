//! A text of links: read, printed, and read again as the same node.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::model::link;

fuzz_target!(|text: &str| {
    // The one kind of link that is base64 through and through.
    let inside = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text);
    check(&format!("ssr://{inside}"));
    check(text);
});

fn check(text: &str) {
    for node in link::parse_lines(text).into_iter().filter_map(|line| line.node.ok()) {
        assert_eq!(link::parse(&link::print(&node)).as_ref(), Ok(&node));
    }
}
