//! The page of load balancing.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use sluice::model::{Page, Target};

use super::rig::Rig;
use super::{engine_of, setting};
use crate::client::get;
use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT};

#[test]
fn strategy_size_and_switch_reach_the_engine() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Osaka", "Lima"]);
    let mut rig = Rig::open_high(&engine, Page::Balance);
    rig.sees("A site always gets the same node");
    rig.click(Role::ComboBox, "Strategy");
    rig.press("Fastest");
    rig.sees("to the node that responds fastest");
    assert!(setting(&engine, "cluster.strategy").contains("fastest"));

    rig.fill("Nodes in use at once", "many");
    rig.key(Modifiers::NONE, Key::Enter);
    rig.sees("Expected: a number from 1 to 64.");
    assert_eq!(rig.value(Role::TextInput, "Nodes in use at once"), "many");
    rig.fill("Nodes in use at once", "2");
    rig.key(Modifiers::NONE, Key::Enter);
    assert!(eventually(LIMIT, || engine.status().cluster.size == 2));
    assert!(!engine.status().cluster.on, "a choice turns nothing on");

    rig.click(Role::Switch, "Use several nodes at once");
    engine.becomes("it is on", |status| status.cluster.on && status.active);
    rig.sees("of 2 working");
    engine.done(&["cluster", "on", "--strategy", "failover"]);
    rig.sees("Everything goes through the first node that works");
    rig.click(Role::Switch, "Use several nodes at once");
    engine.becomes("it is off", |status| !status.cluster.on);
}

#[test]
fn checks_are_a_draft_that_is_refused_applied_and_discarded() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open_high(&engine, Page::Balance);
    let apply = "Apply: Health checks";
    rig.fill("Accepted HTTP statuses", "fine");
    rig.sees("Enter numbers from 100 to 599");
    assert!(rig.is_disabled(Role::Button, apply));
    rig.fill("Accepted HTTP statuses", "200, 301");
    rig.fill("Timeout in seconds", "0");
    rig.sees("Enter a number from 1 to 120");
    rig.fill("Timeout in seconds", "7");
    rig.press(apply);
    rig.misses(apply);
    assert!(setting(&engine, "health.statuses").contains("[200,301]"));
    assert!(setting(&engine, "health.limit_s").contains('7'));

    rig.fill("Seconds between checks", "5");
    engine.done(&["set", "health.limit_s", "9"]);
    rig.sees("changed elsewhere in the meantime");
    rig.press("Discard: Health checks");
    rig.until("what holds is shown", |rig| rig.value(Role::TextInput, "Timeout in seconds") == "9");
    assert!(setting(&engine, "health.schedule").contains("300"));
}

#[tokio::test]
async fn members_are_shown_with_what_goes_through_them_and_why() {
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| SocksServer::start()));
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]);
    engine.cluster_on(2, "round-robin");
    let mut rig = Rig::open_high(&engine, Page::Balance);
    rig.sees("Osaka");
    rig.sees("serving");
    let target = Target::Address(origin.addr);
    get(engine.gateway(), &target, "/bytes/300000").await.unwrap();
    get(engine.gateway(), &target, "/bytes/300000").await.unwrap();
    rig.until("it is in the picture", |rig| {
        let state = rig.app().state();
        let sums = state.traffic.members().iter().map(|member| member.summary(state.second()).1.down);
        sums.filter(|sum| *sum >= 300_000.0).count() == 2
    });
    rig.click(Role::DisclosureTriangle, "Show as table");
    rig.sees("↓ total");
    rig.until("a time to first byte is shown", |rig| {
        rig.app().state().snapshot().is_some_and(|snapshot| snapshot.members.iter().all(|m| m.first_byte_ms.is_some()))
    });

    rig.fill("Site", "https://www.example.com/page");
    rig.press("Check");
    rig.sees("example.com goes through ");
    rig.sees("1. ");
    rig.fill("Site", "no host");
    rig.press("Check");
    rig.sees("expected a host name");
}
