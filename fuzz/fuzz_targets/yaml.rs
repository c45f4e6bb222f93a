//! The proxies of a Clash file.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    roundtrip::check(&format!("proxies:\n{text}"));
    roundtrip::check(&format!("proxies:\n- {{name: n, type: ss, server: h.example, port: 1, {text}}}\n"));
});
