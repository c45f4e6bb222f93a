//! Invalid backups have their own errors, and secrets are never shown.

use super::*;
use crate::locale::Locale;

fn fault(text: &str) -> String {
    match BackupContent::read(&text.into()) {
        Err(fault) => {
            assert_eq!(fault.code, FaultCode::Backup);
            fault.detail(Locale::English)
        }
        Ok(_) => panic!("it is read: {text}"),
    }
}

fn backup(version: u64, parts: &str) -> String {
    format!(r#"{{"sluice-backup":{version},"made":"2026-01-01T00:00:00Z","by":"9.9.9","parts":{parts}}}"#)
}

#[test]
fn invalid_backups_have_their_own_errors() {
    let whole = backup(1, "{}");
    assert!(BackupContent::read(&whole.as_str().into()).is_ok());
    assert_eq!(fault(&whole[..whole.len() - 3]), "unexpected end of file");
    for other in ["", "ss://x", "{\"servers\":[]}", "{\"servers\":", "[1]", "5", "<html>"] {
        assert_eq!(fault(other), "not a Sluice backup", "{other}");
    }
    assert!(fault(&backup(2, "{}")).contains("newer version of Sluice (9.9.9)"));
    assert_eq!(fault(&backup(0, "{}")), "unknown backup version");
    assert_eq!(fault(&whole.replace("{}", "[\"hunter2\"]")), "the file is damaged");
}

#[test]
fn parts_are_validated_like_their_files() {
    for (parts, told) in [
        (r#"{"settings":{"version":99}}"#, "settings: version 99 is not supported (supported: 1 to 1)"),
        (r#"{"settings":{"version":1,"cluster":{"size":0}}}"#, "settings: cluster.size: "),
        (r#"{"nodes":{"version":1,"nodes":[{"host":"hunter2"}]}}"#, "nodes: port is missing"),
        (
            r#"{"subscriptions":{"version":1,"subscriptions":[{"name":"","url":"hunter2","update_h":1}]}}"#,
            "subscriptions: every",
        ),
        (r#"{"nodes":"hunter2"}"#, "nodes: wrong value, expected a JSON object"),
        (r#"{"rules":"||a.example\n/(/\n"}"#, "rules, line 2: "),
        (r#"{"rules":5}"#, "rules: expected text"),
        (r#"{"access-list":"[bypass_list]\n10.0.0.0/99\n"}"#, "access-list, line 2: "),
    ] {
        let detail = fault(&backup(1, parts));
        assert!(detail.starts_with(told) && !detail.contains("hunter2"), "{detail}");
    }
}

#[test]
fn unknown_parts_are_named_and_skipped() {
    let content =
        BackupContent::read(&backup(1, r#"{"later":{"x":1},"rules":""}"#).into()).unwrap_or_else(|_| panic!());
    assert_eq!((content.unknown, content.settings, content.nodes.is_none()), (vec!["later".into()], None, true));
}

#[test]
fn a_damaged_part_is_detected() {
    let parts = BTreeMap::from([(part::RULES.to_owned(), Value::from("||a.example\n"))]);
    let (made, by) = ("2026-01-01T00:00:00Z".into(), "9.9.9".into());
    let file = BackupFile { version: VERSION, made, by, sha256: Some(checksum(&parts)), parts };
    let text = serde_json::to_string(&file).unwrap();
    assert!(BackupContent::read(&text.as_str().into()).is_ok());
    let damaged = text.replace("a.example", "b.example");
    assert!(fault(&damaged).starts_with("the checksum does not match"), "{}", fault(&damaged));
    let old = BackupFile { sha256: None, ..file };
    let old = serde_json::to_string(&old).unwrap();
    assert!(!old.contains("sha256") && BackupContent::read(&old.as_str().into()).is_ok(), "an older backup has none");
}

#[test]
fn a_changed_password_is_reported_without_its_value() {
    let with = |password: &str| {
        let mut settings = Settings::default();
        settings.gateway.login = Some(crate::model::Login { user: "me".into(), password: password.into() });
        settings
    };
    let changes = other_settings(&with("hunter2"), &with("hunter3"));
    assert_eq!(changes.len(), 1);
    assert!(!serde_json::to_string(&changes).unwrap().contains("hunter"));
    assert_eq!(other_settings(&with("hunter2"), &with("hunter2")), []);
    let changes = other_settings(&Settings::default(), &with("hunter2"));
    assert!(!changes.is_empty() && !serde_json::to_string(&changes).unwrap().contains("hunter"));
}
