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
    rig.sees("A site always gets the same server");
    rig.click(Role::ComboBox, "Strategy");
    rig.press("Fastest answer");
    rig.sees("to the server that answers soonest");
    assert!(setting(&engine, "cluster.strategy").contains("fastest"));

    rig.fill("Servers at the same time", "many");
    rig.key(Modifiers::NONE, Key::Enter);
    rig.sees("Wanted: a number from 1 to 64.");
    assert_eq!(rig.value(Role::TextInput, "Servers at the same time"), "many");
    rig.fill("Servers at the same time", "2");
    rig.key(Modifiers::NONE, Key::Enter);
    assert!(eventually(LIMIT, || engine.status().cluster.size == 2));
    assert!(!engine.status().cluster.on, "a choice turns nothing on");

    rig.click(Role::Switch, "Several servers at once");
    engine.becomes("it is on", |status| status.cluster.on && status.active);
    rig.sees("of 2 work now");
    engine.done(&["cluster", "on", "--strategy", "failover"]);
    rig.sees("Everything goes to the first server that works");
    rig.click(Role::Switch, "Several servers at once");
    engine.becomes("it is off", |status| !status.cluster.on);
}

#[test]
fn checks_are_a_draft_that_is_refused_applied_and_discarded() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open_high(&engine, Page::Balance);
    let apply = "Apply: How servers are checked";
    rig.fill("Good answers (HTTP)", "fine");
    rig.sees("Numbers from 100 to 599");
    assert!(rig.is_disabled(Role::Button, apply));
    rig.fill("Good answers (HTTP)", "200, 301");
    rig.fill("Seconds for a check", "0");
    rig.sees("A number from 1 to 120");
    rig.fill("Seconds for a check", "7");
    rig.press(apply);
    rig.misses(apply);
    assert!(setting(&engine, "health.statuses").contains("[200,301]"));
    assert!(setting(&engine, "health.limit_s").contains('7'));

    rig.fill("Seconds between checks", "5");
    engine.done(&["set", "health.limit_s", "9"]);
    rig.sees("changed elsewhere meanwhile");
    rig.press("Discard: How servers are checked");
    rig.until("what holds is shown", |rig| rig.value(Role::TextInput, "Seconds for a check") == "9");
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
    rig.click(Role::DisclosureTriangle, "As a table");
    rig.sees("↓ in all");
    rig.until("a time to first byte is shown", |rig| {
        rig.app().state().snapshot().is_some_and(|snapshot| snapshot.members.iter().all(|m| m.first_byte_ms.is_some()))
    });

    rig.fill("Site", "https://www.example.com/page");
    rig.press("Ask");
    rig.sees("example.com is served by ");
    rig.sees("1. ");
    rig.fill("Site", "no host");
    rig.press("Ask");
    rig.sees("wanted a host name");
}
