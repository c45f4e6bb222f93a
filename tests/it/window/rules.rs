//! The page *Rules*.

use std::fs;

use eframe::egui::accesskit::Role;
use sluice::model::Page;
use sluice::model::door::DoorView;
use sluice::model::route::Route;
use sluice::model::settings::{NodeFallback, Strategy};
use sluice::model::why::RuleTestResult;

use super::harness::TestWindow;
use super::{engine_of, setting};
use crate::counterparts::{V4, WebPage, eventually, free_port};
use crate::engine::{Engine, LIMIT};

fn route(engine: &Engine, url: &str) -> Route {
    engine.json::<RuleTestResult>(&["rules", "test", url]).script.route
}

#[test]
fn an_invalid_rule_is_marked_and_kept_and_valid_ones_are_applied() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let file = engine.home().join("rules.txt");
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.fill("Your rules", "||mine.test\n/(/\n");
    window.click_button("Apply: Your rules");
    window.expect_text("Line 2: ");
    assert!(!file.exists(), "nothing is written");
    assert_eq!(route(&engine, "mine.test"), Route::Direct);
    let typed = |window: &TestWindow| window.value(Role::MultilineTextInput, "Your rules");
    assert_eq!(typed(&window), "||mine.test\n/(/\n", "the input is kept");

    window.fill("Your rules", "||mine.test\n@@||not.mine.test\n");
    window.click_button("Apply: Your rules");
    window.expect_no_text("Line 2: ");
    window.expect_no_text("Apply: Your rules");
    assert_eq!(fs::read_to_string(&file).unwrap(), "||mine.test\n@@||not.mine.test\n");
    assert_eq!((route(&engine, "mine.test"), route(&engine, "not.mine.test")), (Route::Pool, Route::Direct));

    window.fill("Address or host", "https://www.not.mine.test/x");
    window.click_button("Check");
    window.expect_text("direct (your rules, line 2: @@||not.mine.test)");

    window.fill("Your rules", "nothing.test");
    window.click_button("Discard: Your rules");
    window.wait_until("the saved rules are back", |window| typed(window) == "||mine.test\n@@||not.mine.test\n");
}

#[test]
fn an_access_list_is_built_from_presets_and_removed_by_emptying_it() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.expect_text("No access list");
    window.click_button("Bypass local networks");
    window.expect_text("9 entries added");
    window.click_button("Apply: Access list");
    window.expect_no_text("Apply: Access list");
    let written = fs::read_to_string(engine.home().join("acl.txt")).unwrap();
    assert!(written.contains("[bypass_list]") && written.contains("10.0.0.0/8"), "{written}");
    assert!(setting(&engine, "rules.acl").contains("acl.txt"));

    // A list of a country's networks from a file.
    let country = engine.home().join("country.txt");
    fs::write(&country, "# networks\n1.0.1.0/24\n10.0.0.0/8\n").unwrap();
    window.click_button("Add a country's list…");
    window.fill("File", country.to_str().unwrap());
    window.click_button("Open");
    window.expect_text("1 entry added");
    window.click_button("Apply: Access list");
    window.expect_no_text("Apply: Access list");
    assert!(fs::read_to_string(engine.home().join("acl.txt")).unwrap().contains("1.0.1.0/24"));

    window.fill("Access list", "[proxy_all]\n[bypass_list]\n10.0.0.0/99\n");
    window.click_button("Apply: Access list");
    window.expect_text("Line 3: invalid network: 10.0.0.0/99");
    window.fill("Access list", "");
    window.click_button("Apply: Access list");
    window.expect_text("No access list");
    assert!(!setting(&engine, "rules.acl").contains("acl.txt"));
}

#[test]
fn the_rule_list_is_fetched_and_its_address_changed() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let page = WebPage::start("[AutoProxy]\n||one.test\n||two.test\n");
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.expect_text("No list yet");
    window.fill("Address", "gfwlist");
    window.expect_text("Enter an address that begins with http");
    window.fill("Address", &page.url("/list"));
    window.click_button("Apply: Rule list");
    window.expect_no_text("Apply: Rule list");
    assert!(setting(&engine, "pac.url").contains("/list"));
    window.click_button("Update now");
    window.expect_text("2 rules, fetched ");
    assert_eq!(route(&engine, "one.test"), Route::Pool);
    page.set_body("<html>");
    window.click_button("Update now");
    window.expect_text("the rule list could not be fetched");
    window.expect_text("2 rules, fetched ");

    window.click(Role::Switch, "Apply rules to all programs");
    assert!(eventually(LIMIT, || setting(&engine, "rules.at_gateway").contains("true")));
}

#[test]
fn sharing_needs_a_login() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.click(Role::ComboBox, "Who can connect");
    window.click_button("All devices on the network");
    let apply = "Apply: Share with other devices";
    window.expect_text("Enter a user name and a password of up to 255 characters each");
    assert!(window.is_disabled(Role::Button, apply));
    window.fill("Port", "many");
    window.expect_text("Enter a number from 1 to 65535");
    window.fill("Port", "0");
    window.fill("User name", "guest");
    window.fill("Password", "open-sesame-please");
    window.click_button(apply);
    window.expect_no_text(apply);
    assert!(setting(&engine, "gateway.listen").contains("0.0.0.0:0"));
    let login = setting(&engine, "gateway.login");
    assert!(login.contains("guest") && !login.contains("open-sesame"), "{login}");

    engine.import(&[crate::counterparts::SocksServer::start().node("Osaka")]);
    engine.run_ok(&["connect", "Osaka"]);
    let shared = engine.wait_for("the port is shared", |status| !status.gateway.shared.is_empty()).gateway.shared;
    window.expect_text(&shared[0]);
    window.wait_until("a QR code is offered", |window| window.has("Show QR code"));
    assert_eq!(
        window.count("Show QR code"),
        shared.len(),
        "one for each address; the script is not served in this mode"
    );
    engine.run_ok(&["set", "mode", "pac"]);
    window
        .wait_until("another one for the script is offered", |window| window.count("Show QR code") == 2 * shared.len());
}

#[test]
fn pins_are_added_moved_changed_and_removed() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Lima"]);
    engine.run_ok(&["node", "edit", "Lima", "--country", "PE"]);
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    let mut add = |traffic: &str, to: &str| {
        window.click_button("Add pin…");
        window.fill("Site or program", traffic);
        window.click(Role::ComboBox, "Goes to");
        window.click_button(to);
        window.click_button("Save");
        window.expect_text(traffic);
    };
    add("a.test", "Tokyo");
    add("app:curl", "country PE");
    let pins = || -> Vec<String> {
        let pins: Vec<serde_json::Value> = engine.json(&["pins"]);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        pins.iter()
            .map(|pin| format!("{}{} {}", text(&pin["site"]), text(&pin["program"]), text(&pin["else"])))
            .collect()
    };
    window.expect_text("1. a.test → Tokyo");
    window.expect_text("2. app:curl → country PE");
    assert_eq!(pins(), ["a.test any", "curl any"]);

    window.click_button("Move up: app:curl");
    window.expect_text("1. app:curl → country PE");
    assert!(
        window.is_disabled(Role::Button, "Move up: app:curl") && window.is_disabled(Role::Button, "Move down: a.test")
    );
    assert_eq!(pins(), ["curl any", "a.test any"]);

    window.click_button("Edit: a.test");
    window.fill("Site or program", "a b");
    window.expect_text("a host or domain, ");
    assert!(window.is_disabled(Role::Button, "Save"));
    window.fill("Site or program", "b.test");
    window.click(Role::ComboBox, "If none of them works");
    window.click_button("the connection fails");
    window.click_button("Save");
    window.expect_text("2. b.test → Tokyo");
    window.expect_text("otherwise the connection fails");
    assert_eq!(pins(), ["curl any", "b.test fail"]);

    window.click_button("Remove: app:curl");
    window.expect_text("1. b.test → Tokyo");
    assert_eq!(pins(), ["b.test fail"]);
}

#[test]
fn doors_are_added_changed_and_removed() {
    let (_origin, _server, engine) = engine_of(&["Tokyo", "Lima"]);
    engine.run_ok(&["cluster", "on"]);
    let taken = std::net::TcpListener::bind((V4, 0)).unwrap();
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.click_button("Add door…");
    assert!(window.is_disabled(Role::Button, "Save"));
    // The same reasons as on the command line.
    window.fill("Name", "x y");
    window.expect_text("Expected: a name of letters, digits, ");
    window.fill("Name", "jp");
    window.expect_text("Expected: a door needs a node, a group, a country or a strategy");
    window.click(Role::ComboBox, "Nodes");
    window.click_button("Tokyo");
    window.expect_no_text("a door needs a node");
    for (wrong, reason) in [("1081", "an IP address and port"), ("0.0.0.0:1081", "a loopback address")] {
        window.fill("Address", wrong);
        window.expect_text(reason);
        assert!(window.is_disabled(Role::Button, "Save"), "{wrong}");
    }
    // What only the engine knows.
    window.fill("Address", &taken.local_addr().unwrap().to_string());
    window.click_button("Save");
    window.expect_text("in use");
    let addr = format!("{V4}:{}", free_port(V4));
    window.fill("Address", &addr);
    window.click_button("Save");
    window.expect_no_text("If none of them works");
    window.expect_text(&format!("{addr} → Tokyo"));
    window.expect_text("unused; its nodes start with the first connection");
    let doors = || engine.json::<Vec<DoorView>>(&["door", "list"]);
    let door = doors().remove(0).door;
    assert_eq!((&*door.name, door.listen, door.fallback), ("jp", Some(addr.parse().unwrap()), NodeFallback::Fail));

    window.click_button("Edit: jp");
    window.wait_until("its values are shown", |window| {
        window.has("If none of them works") && window.field_text("Name") == "jp" && window.field_text("Address") == addr
    });
    window.fill("Name", "office");
    window.fill("Address", "");
    window.click(Role::ComboBox, "If none of them works");
    window.click_button("any other node");
    window.click(Role::ComboBox, "Strategy");
    window.click_button("Fastest");
    window.click_button("Save");
    window.expect_text("by user name → Tokyo (Fastest)");
    let door = doors().remove(0).door;
    assert_eq!((&*door.name, door.listen, door.fallback), ("office", None, NodeFallback::Any));
    assert_eq!(door.strategy, Some(Strategy::Fastest));

    // A name is taken once.
    window.click_button("Add door…");
    window.fill("Name", "office");
    window.click(Role::ComboBox, "Nodes");
    window.click_button("Lima");
    window.expect_text("Expected: a name that no other door has");
    window.click_button("Cancel");
    window.click_button("Remove: office");
    window.expect_no_text("by user name → Tokyo");
    assert_eq!(doors(), []);
}
