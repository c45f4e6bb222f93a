//! The servers and settings of other clients' configuration files. Every setting must map to an existing one.

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
    for setting in foreign::read(text).settings {
        let _result = Settings::default().with_all([(setting.key, setting.value.expose())]);
        assert!(Settings::default().listing().iter().any(|(key, _)| key == setting.key), "{}", setting.key);
    }
}
