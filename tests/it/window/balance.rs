//! The page *Load balancing*.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use sluice::model::{Page, Target};

use super::harness::TestWindow;
use super::{engine_of, setting};
use crate::client::get;
use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT};

#[test]
fn strategy_size_and_switch_are_applied_by_the_engine() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka", "Lima"]);
    let mut window = TestWindow::open_tall(&engine, Page::Balance);
    window.expect_text("A site keeps the node that serves it well");
    window.click(Role::ComboBox, "Strategy");
    window.click_button("Fastest");
    window.expect_text("to the node that responds fastest");
    assert!(setting(&engine, "cluster.strategy").contains("fastest"));

    window.fill("Nodes in use at once", "many");
    window.press_key(Modifiers::NONE, Key::Enter);
    window.expect_text("Expected: a number from 1 to 64.");
    assert_eq!(window.value(Role::TextInput, "Nodes in use at once"), "many");
    window.fill("Nodes in use at once", "2");
    window.press_key(Modifiers::NONE, Key::Enter);
    assert!(eventually(LIMIT, || engine.status().cluster.size == 2));
    assert!(!engine.status().cluster.on, "changing a setting does not turn the proxy on");

    window.click(Role::Switch, "Use several nodes at once");
    engine.wait_for("load balancing is on", |status| status.cluster.on && status.active);
    window.expect_text("of 2 working");
    engine.run_ok(&["cluster", "on", "--strategy", "failover"]);
    window.expect_text("Everything goes through the first node that works");
    window.click(Role::Switch, "Use several nodes at once");
    engine.wait_for("load balancing is off", |status| !status.cluster.on);
}

#[test]
fn changes_of_health_checks_are_validated_applied_and_discarded() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open_tall(&engine, Page::Balance);
    let apply = "Apply: Health checks";
    window.fill("Accepted HTTP statuses", "fine");
    window.expect_text("Enter numbers from 100 to 599");
    assert!(window.is_disabled(Role::Button, apply));
    window.fill("Accepted HTTP statuses", "200, 301");
    window.fill("Timeout in seconds", "0");
    window.expect_text("Enter a number from 1 to 120");
    window.fill("Timeout in seconds", "7");
    window.click_button(apply);
    window.expect_no_text(apply);
    assert!(setting(&engine, "health.statuses").contains("[200,301]"));
    assert!(setting(&engine, "health.limit_s").contains('7'));

    window.fill("Seconds between checks", "5");
    engine.run_ok(&["set", "health.limit_s", "9"]);
    window.expect_text("changed elsewhere in the meantime");
    window.click_button("Discard: Health checks");
    window
        .wait_until("the current value is shown", |window| window.value(Role::TextInput, "Timeout in seconds") == "9");
    assert!(setting(&engine, "health.schedule").contains("300"));
}

#[tokio::test]
async fn members_are_shown_with_their_traffic_and_the_reason_for_a_site() {
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| SocksServer::start()));
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]);
    engine.cluster_on(2, "round-robin");
    let mut window = TestWindow::open_tall(&engine, Page::Balance);
    window.expect_text("Osaka");
    window.expect_text("serving");
    let target = Target::Address(origin.addr);
    get(engine.gateway(), &target, "/bytes/300000").await.unwrap();
    get(engine.gateway(), &target, "/bytes/300000").await.unwrap();
    window.wait_until("the graph shows the traffic", |window| {
        let state = window.app().state();
        let sums = state.traffic.members().iter().map(|member| member.summary(state.second()).1.down);
        sums.filter(|sum| *sum >= 300_000.0).count() == 2
    });
    window.click(Role::DisclosureTriangle, "Show as table");
    window.expect_text("↓ total");
    window.wait_until("a time to first byte is shown", |window| {
        window
            .app()
            .state()
            .snapshot()
            .is_some_and(|snapshot| snapshot.members.iter().all(|m| m.first_byte_ms.is_some()))
    });

    window.fill("Site", "https://www.example.com/page");
    window.click_button("Check");
    window.expect_text("example.com goes through ");
    window.expect_text("1. ");
    window.fill("Site", "no host");
    window.click_button("Check");
    window.expect_text("expected a host name");
}

#[tokio::test]
async fn learned_sites_are_listed_and_forgotten_and_learning_is_turned_off() {
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| SocksServer::start()));
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]);
    engine.cluster_on(2, "smart");
    engine.wait_for_members(2);
    for host in ["www.one.test", "two.test"] {
        let target = Target::from_host(host, origin.addr.port()).unwrap();
        get(engine.gateway(), &target, "/bytes/10").await.unwrap();
    }
    let mut window = TestWindow::open_tall(&engine, Page::Balance);
    window.wait_until("both sites are listed", |window| window.has_row("one.test") && window.has_row("two.test"));
    window.expect_text("Sites: 2");
    window.expect_text("First byte");
    window.fill("Search sites", "TWO");
    window.wait_until("one site is left", |window| !window.has_row("one.test") && window.has_row("two.test"));
    window.fill("Search sites", "");
    window.click_button("Forget: one.test");
    window.wait_until("it is forgotten", |window| !window.has_row("one.test") && window.has_row("two.test"));
    let sites = || -> Vec<String> {
        let sites: Vec<serde_json::Value> = engine.json(&["sites"]);
        sites.iter().map(|site| site["site"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(sites(), ["two.test"]);
    window.click_button("Forget all sites");
    window.click_button("Cancel");
    assert_eq!(sites(), ["two.test"]);
    window.click_button("Forget all sites");
    window.click_button("Forget");
    window.expect_text("no sites are remembered yet");
    assert!(sites().is_empty() && window.is_disabled(Role::Button, "Forget all sites"));

    window.click(Role::Switch, "Remember sites");
    assert!(eventually(LIMIT, || setting(&engine, "cluster.learn").contains("false")));
    let target = Target::from_host("three.test", origin.addr.port()).unwrap();
    get(engine.gateway(), &target, "/bytes/10").await.unwrap();
    window.click_button("Reload");
    assert!(sites().is_empty());
}
