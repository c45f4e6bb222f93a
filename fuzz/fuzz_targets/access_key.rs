//! The document of a dynamic access key of Outline: JSON, YAML or a link.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    roundtrip::check(text);
    roundtrip::check(&format!("transport:\n{text}"));
    roundtrip::check(&format!("{{\"transport\":{{\"$type\":\"tcpudp\",{text}}}}}"));
});
