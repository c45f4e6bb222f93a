//! The servers of other clients' configuration files.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    roundtrip::check(&format!(r#"{{"configs":[{text}]}}"#));
    let server = r#""serverHost":"h.example","serverPort":1,"password":"p","encryptMethod":"aes-256-cfb""#;
    roundtrip::check(&format!("[{{{server},{text}}}]"));
});
