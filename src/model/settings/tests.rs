//! Parsing, setting by key, validation and display.

use super::*;

#[test]
fn defaults_are_valid_and_survive_their_json() {
    let settings = Settings::default();
    settings.validate().unwrap();
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
}

#[test]
fn a_value_is_set_by_its_key() {
    let settings = Settings::default();
    assert_eq!(settings.with("cluster.size", "5").unwrap().cluster.size, 5);
    assert_eq!(settings.with("cluster.strategy", "least-cpu").unwrap().cluster.strategy, Strategy::LeastCpu);
    assert_eq!(settings.with("node", "123456789012").unwrap().node, Some(NodeId::from_text("123456789012")));
    assert_eq!(settings.with("health.schedule", "[1,2]").unwrap().health.schedule, [1, 2]);
    for language in Language::all() {
        assert_eq!(settings.with("language", language.as_str()).unwrap().language, language);
    }
}

#[test]
fn an_invalid_value_names_its_key_and_the_expected_value() {
    let refused = |key, text| Settings::default().with(key, text).unwrap_err().to_string();
    assert_eq!(refused("cluster.size", "0"), "cluster.size: expected a number from 1 to 64");
    assert!(refused("cluster.strategy", "best").contains("round-robin"));
    assert!(refused("cluster.sise", "3").contains("sluice get"));
    assert!(refused("version", "9").contains("sluice get"));
    assert!(refused("gateway.listen", "0.0.0.0:1080").contains("gateway.login"));
    assert!(refused("gateway.http_listen", "192.0.2.1:8118").contains("gateway.login"));
    assert!(refused("gateway.http_listen", "127.0.0.1:1080").contains("a port other"));
    assert!(refused("gateway.metrics", "0.0.0.0:9100").contains("gateway.login"));
    assert!(refused("gateway.metrics", "127.0.0.1:1080").contains("a port other"));
    assert!(refused("health.urls", r#"["gopher://x"]"#).contains("http://"));
    assert_eq!(refused("cluster.on", "perhaps"), "cluster.on: expected true or false");
    let languages = refused("language", "fr");
    assert_eq!(languages, "language: expected one of ``, `en`, `zh-CN`, `zh-TW`, `ru`");
}

#[test]
fn a_shared_address_requires_a_login() {
    let login = r#"{"user":"me","password":"hunter2"}"#;
    for key in ["gateway.listen", "gateway.http_listen", "gateway.metrics"] {
        let shared = Settings::default().with_all([(key, "[::]:8118"), ("gateway.login", login)]).unwrap();
        assert!(shared.with("gateway.login", "null").unwrap_err().to_string().starts_with(key));
        assert!(shared.with(key, "127.0.0.2:8118").unwrap().with("gateway.login", "null").is_ok());
    }
}

#[test]
fn a_refused_value_is_not_quoted() {
    for (key, text) in [("gateway.login", "hunter2"), ("gateway.login", "[\"hunter2\"]"), ("gateway", "hunter2")] {
        let refused = Settings::default().with(key, text).unwrap_err().to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[test]
fn the_listing_hides_the_password() {
    let login = r#"{"user":"me","password":"hunter2"}"#;
    let settings = Settings::default().with("gateway.login", login).unwrap();
    assert!(!format!("{:?} {settings:?}", settings.listing()).contains("hunter2"));
}

#[test]
fn a_listing_round_trips() {
    let settings = Settings::default().with("window.theme", "dark").unwrap().with("cluster.size", "5").unwrap();
    assert_eq!(Settings::of_listing(&settings.listing()), settings);
    let with_login = settings.with("gateway.login", r#"{"user":"a","password":"b"}"#).unwrap();
    let read = Settings::of_listing(&with_login.listing()).gateway.login.unwrap();
    assert_eq!((read.user.as_str(), read.password.expose()), ("a", "***"));
    assert_eq!(Settings::of_listing(&[]), Settings::default());
    assert_eq!(Settings::of_listing(&[("window.theme".into(), "dark".into())]).window.theme, Theme::Dark);
}
