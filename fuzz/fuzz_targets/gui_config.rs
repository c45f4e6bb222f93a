//! The servers of other clients' configuration files, and their settings: each that is wished for is one of ours.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;
use sluice::model::{Settings, foreign};

fuzz_target!(|text: &str| {
    roundtrip::check(&format!(r#"{{"configs":[{text}]}}"#));
    let server = r#""serverHost":"h.example","serverPort":1,"password":"p","encryptMethod":"aes-256-cfb""#;
    roundtrip::check(&format!("[{{{server},{text}}}]"));
    settings(&format!(r#"{{"configs":[{{{server}}}],{text}}}"#));
    settings(&format!(r#"{{"config":[{{"id":"g","servers":[{{{server}}}]}}],"settings":{{{text}}}}}"#));
});

fn settings(text: &str) {
    for wish in foreign::read(text).settings {
        let _held = Settings::default().with_all([(wish.key, wish.value.expose())]);
        assert!(Settings::default().listing().iter().any(|(key, _)| key == wish.key), "{}", wish.key);
    }
}
