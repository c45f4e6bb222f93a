//! Reading and writing rules and access lists over the control socket: invalid lines are reported, valid files take
//! effect at once.

use std::fs;
use std::path::Path;

use sluice::control::ClientError;
use sluice::model::route::{BadLine, ListView, RulesFile};
use sluice::model::{Command, FaultCode, Reply, Route};

use crate::counterparts::{Origin, V4};
use crate::engine::{Engine, Setup};

fn start() -> Engine {
    Setup::new(&Origin::start(V4), |settings| settings.rules.at_gateway = true).start()
}

async fn written(engine: &Engine, command: Command) -> Vec<BadLine> {
    let Reply::Written(bad) = engine.call(command).await.unwrap() else { panic!("not written") };
    bad
}

async fn text(engine: &Engine, command: Command) -> RulesFile {
    let Reply::Rules(file) = engine.call(command).await.unwrap() else { panic!("no text") };
    file
}

async fn route(engine: &Engine, url: &str) -> Route {
    let Reply::RulesTested(ruled) = engine.call(Command::RulesTest { url: url.into(), program: None }).await.unwrap()
    else {
        panic!("no ruling")
    };
    ruled.gateway.route
}

fn lines(bad: &[BadLine]) -> Vec<u32> {
    bad.iter().map(|bad| bad.line).collect()
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777 == 0o600
}

#[tokio::test]
async fn rules_take_effect_when_written_and_invalid_ones_change_nothing() {
    let engine = start();
    let rules = |text: &str| Command::RulesWrite { text: text.into() };
    let file = engine.home().join("rules.txt");
    assert_eq!(
        text(&engine, Command::RulesText).await,
        RulesFile { path: file.display().to_string(), text: "".into() }
    );
    assert_eq!(route(&engine, "mine.test").await, Route::Direct);

    assert_eq!(written(&engine, rules("! my own\n||mine.test\n")).await, []);
    assert_eq!(route(&engine, "http://www.mine.test/x").await, Route::Pool);
    #[cfg(unix)]
    assert!(is_private(&file));

    let bad = written(&engine, rules("||other.test\n/(/\n! fine\n||\n")).await;
    assert_eq!(lines(&bad), [2, 4]);
    assert!(bad.iter().all(|bad| !bad.reason.to_string().is_empty()), "{bad:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "! my own\n||mine.test\n");
    assert_eq!(route(&engine, "other.test").await, Route::Direct);
    assert_eq!(text(&engine, Command::RulesText).await.text, "! my own\n||mine.test\n");

    assert_eq!(written(&engine, rules("")).await, []);
    assert_eq!(route(&engine, "mine.test").await, Route::Direct);
}

#[tokio::test]
async fn an_access_list_is_created_replaced_and_removed() {
    let engine = start();
    let acl = |text: &str| Command::AclWrite { text: text.into() };
    let file = engine.home().join("acl.txt");
    assert_eq!(text(&engine, Command::AclText).await, RulesFile { path: file.display().to_string(), text: "".into() });

    let blocking = "[proxy_all]\n[outbound_block_list]\n||never.test\n";
    assert_eq!(written(&engine, acl(blocking)).await, []);
    assert_eq!(route(&engine, "never.test").await, Route::Block);
    assert!(engine.run_ok(&["get", "rules.acl"]).contains("acl.txt"));
    #[cfg(unix)]
    assert!(is_private(&file));

    let bad = written(&engine, acl("||early.test\n[proxy_all]\n[nonsense]\n[bypass_list]\n10.0.0.0/99\n")).await;
    assert_eq!(lines(&bad), [1, 3, 5]);
    assert_eq!(text(&engine, Command::AclText).await.text, blocking);

    assert_eq!(written(&engine, acl("[bypass_all]\n")).await, []);
    assert_ne!(route(&engine, "never.test").await, Route::Block);
    assert_eq!(written(&engine, acl(" \n")).await, []);
    assert!(!engine.run_ok(&["get", "rules.acl"]).contains("acl.txt"));
    assert!(file.exists(), "the file itself is kept");
}

#[cfg(unix)]
#[tokio::test]
async fn an_access_list_is_written_to_the_file_that_the_user_chose() {
    let engine = start();
    let (real, link) = (engine.home().join("mine.acl"), engine.home().join("link.acl"));
    fs::write(&real, "[proxy_all]\n").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    engine.run_ok(&["set", "rules.acl", &link.display().to_string()]);
    assert_eq!(written(&engine, Command::AclWrite { text: "[bypass_all]\n".into() }).await, []);
    assert_eq!(fs::read_to_string(&real).unwrap(), "[bypass_all]\n");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    engine.run_ok(&["set", "rules.acl", &link.display().to_string()]);
    fs::remove_file(&real).unwrap();
    let Err(ClientError::Fault(fault)) = engine.call(Command::RulesReload).await else { panic!("no fault") };
    assert_eq!(fault.code, FaultCode::File);
}

#[tokio::test]
async fn an_invalid_rules_file_can_be_read_and_corrected() {
    let origin = Origin::start(V4);
    let setup = Setup::new(&origin, |settings| settings.rules.at_gateway = true);
    setup.write("rules.txt", b"||a.test\n/(/\n");
    let engine = setup.start();
    assert_eq!(text(&engine, Command::RulesText).await.text, "||a.test\n/(/\n");
    assert_eq!(route(&engine, "a.test").await, Route::Pool, "no rules are in force yet");
    assert_eq!(written(&engine, Command::RulesWrite { text: "@@||a.test\n".into() }).await, []);
    assert_eq!(route(&engine, "a.test").await, Route::Direct);
}

async fn list(engine: &Engine) -> ListView {
    let Reply::List(list) = engine.call(Command::PacList).await.unwrap() else { panic!("no list") };
    list
}

#[tokio::test]
async fn the_fetched_list_has_a_time_and_a_size() {
    let origin = Origin::start(V4);
    let setup = Setup::new(&origin, |_| {});
    let bare = Setup::new(&origin, |_| {}).start();
    setup.write("list.txt", b"[AutoProxy]\n||one.test\n||two.test\n");
    let engine = setup.start();
    let ListView { rules, fetched_at } = list(&engine).await;
    let age = jiff::Timestamp::now().as_millisecond() - fetched_at.unwrap();
    assert_eq!(rules, 2);
    assert!((0..60_000).contains(&age), "{age}");
    assert_eq!(list(&bare).await, ListView { rules: 0, fetched_at: None });
}

/// Files may be megabytes long, such as one with all networks of a country.
#[tokio::test]
async fn a_file_of_megabytes_is_written_and_one_over_the_limit_is_refused() {
    let engine = start();
    let list: String = (0..100_000).map(|nth| format!("||site-{nth}.test\n")).collect();
    let large = format!("[proxy_all]\n[bypass_list]\n{list}");
    assert!(large.len() > 1_700_000);
    assert_eq!(written(&engine, Command::AclWrite { text: large.clone() }).await, []);
    assert_eq!(text(&engine, Command::AclText).await.text, large);
    assert_eq!(route(&engine, "site-99999.test").await, Route::Direct);
    let bad = written(&engine, Command::AclWrite { text: format!("{large}10.0.0.0/99\n") }).await;
    assert_eq!(lines(&bad), [100_003]);
    assert_eq!(written(&engine, Command::RulesWrite { text: list.clone() }).await, []);
    assert_eq!(text(&engine, Command::RulesText).await.text, list);

    let beyond = "x".repeat(sluice::control::protocol::MAX_REQUEST);
    let Err(ClientError::Fault(fault)) = engine.call(Command::AclWrite { text: beyond }).await else {
        panic!("accepted")
    };
    assert_eq!(fault.code, FaultCode::TooLarge);
    assert_eq!(text(&engine, Command::AclText).await.text, large, "the previous file is kept");
}
