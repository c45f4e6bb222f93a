//! Links: a node that is parsed, printed and parsed again stays the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::model::link;

fuzz_target!(|text: &str| {
    // The only kind of link that is base64 as a whole.
    let inside = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text);
    check(&format!("ssr://{inside}"));
    check(text);
});

fn check(text: &str) {
    for node in link::parse_lines(text).into_iter().filter_map(|line| line.node.ok()) {
        assert_eq!(link::parse(&link::print(&node)).as_ref(), Ok(&node));
    }
}
