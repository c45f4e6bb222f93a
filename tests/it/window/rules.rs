//! The page of rules.

use std::fs;

use eframe::egui::accesskit::Role;
use sluice::model::Page;
use sluice::model::route::Route;
use sluice::model::why::Ruled;

use super::rig::Rig;
use super::{engine_of, setting};
use crate::counterparts::{Page as WebPage, eventually};
use crate::engine::{Engine, LIMIT};

fn route(engine: &Engine, url: &str) -> Route {
    engine.json::<Ruled>(&["rules", "test", url]).script.route
}

#[test]
fn a_rule_with_an_error_is_marked_and_kept_and_the_right_one_holds() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let file = engine.home().join("rules.txt");
    let mut rig = Rig::open_high(&engine, Page::Rules);
    rig.fill("Your rules", "||mine.test\n/(/\n");
    rig.press("Apply: Your rules");
    rig.sees("Line 2: ");
    assert!(!file.exists(), "nothing was changed");
    assert_eq!(route(&engine, "mine.test"), Route::Direct);
    let typed = |rig: &Rig| rig.value(Role::MultilineTextInput, "Your rules");
    assert_eq!(typed(&rig), "||mine.test\n/(/\n", "what was typed is there");

    rig.fill("Your rules", "||mine.test\n@@||not.mine.test\n");
    rig.press("Apply: Your rules");
    rig.misses("Line 2: ");
    rig.misses("Apply: Your rules");
    assert_eq!(fs::read_to_string(&file).unwrap(), "||mine.test\n@@||not.mine.test\n");
    assert_eq!((route(&engine, "mine.test"), route(&engine, "not.mine.test")), (Route::Pool, Route::Direct));

    rig.fill("Address or host", "https://www.not.mine.test/x");
    rig.press("Check");
    rig.sees("direct (your rules, line 2: @@||not.mine.test)");

    rig.fill("Your rules", "nothing.test");
    rig.press("Discard: Your rules");
    rig.until("what holds is back", |rig| typed(rig) == "||mine.test\n@@||not.mine.test\n");
}

#[test]
fn an_access_list_is_made_of_presets_and_ended_by_an_empty_one() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open_high(&engine, Page::Rules);
    rig.sees("No access list");
    rig.press("Bypass local networks");
    rig.sees("9 entries added");
    rig.press("Apply: Access list");
    rig.misses("Apply: Access list");
    let written = fs::read_to_string(engine.home().join("acl.txt")).unwrap();
    assert!(written.contains("[bypass_list]") && written.contains("10.0.0.0/8"), "{written}");
    assert!(setting(&engine, "rules.acl").contains("acl.txt"));

    // A country's list, which the user has as a file.
    let country = engine.home().join("country.txt");
    fs::write(&country, "# networks\n1.0.1.0/24\n10.0.0.0/8\n").unwrap();
    rig.press("Add a country's list…");
    rig.fill("File", country.to_str().unwrap());
    rig.press("Open");
    rig.sees("1 entry added");
    rig.press("Apply: Access list");
    rig.misses("Apply: Access list");
    assert!(fs::read_to_string(engine.home().join("acl.txt")).unwrap().contains("1.0.1.0/24"));

    rig.fill("Access list", "[proxy_all]\n[bypass_list]\n10.0.0.0/99\n");
    rig.press("Apply: Access list");
    rig.sees("Line 3: invalid network: 10.0.0.0/99");
    rig.fill("Access list", "");
    rig.press("Apply: Access list");
    rig.sees("No access list");
    assert!(!setting(&engine, "rules.acl").contains("acl.txt"));
}

#[test]
fn the_list_is_fetched_and_its_address_changed() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let page = WebPage::start("[AutoProxy]\n||one.test\n||two.test\n");
    let mut rig = Rig::open_high(&engine, Page::Rules);
    rig.sees("No list yet");
    rig.fill("Address", "gfwlist");
    rig.sees("Enter an address that begins with http");
    rig.fill("Address", &page.url("/list"));
    rig.press("Apply: Rule list");
    rig.misses("Apply: Rule list");
    assert!(setting(&engine, "pac.url").contains("/list"));
    rig.press("Update now");
    rig.sees("2 rules, fetched ");
    assert_eq!(route(&engine, "one.test"), Route::Pool);
    page.shows("<html>");
    rig.press("Update now");
    rig.sees("the rule list could not be fetched");
    rig.sees("2 rules, fetched ");

    rig.click(Role::Switch, "Apply rules to all programs");
    assert!(eventually(LIMIT, || setting(&engine, "rules.at_gateway").contains("true")));
}

#[test]
fn nobody_is_let_in_without_a_login() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut rig = Rig::open_high(&engine, Page::Rules);
    rig.click(Role::ComboBox, "Who can connect");
    rig.press("All devices on the network");
    let apply = "Apply: Share with other devices";
    rig.sees("Enter a user name and a password of up to 255 characters each");
    assert!(rig.is_disabled(Role::Button, apply));
    rig.fill("Port", "many");
    rig.sees("Enter a number from 1 to 65535");
    rig.fill("Port", "0");
    rig.fill("User name", "guest");
    rig.fill("Password", "open-sesame-please");
    rig.press(apply);
    rig.misses(apply);
    assert!(setting(&engine, "gateway.listen").contains("0.0.0.0:0"));
    let login = setting(&engine, "gateway.login");
    assert!(login.contains("guest") && !login.contains("open-sesame"), "{login}");

    engine.import(&[crate::counterparts::SocksServer::start().node("Osaka")]);
    engine.done(&["connect", "Osaka"]);
    let shared = engine.becomes("it is shared", |status| !status.gateway.shared.is_empty()).gateway.shared;
    rig.sees(&shared[0]);
    rig.until("a code is offered", |rig| rig.has("Show QR code"));
    assert_eq!(rig.count("Show QR code"), shared.len(), "for the port; the script is not served in this mode");
    engine.done(&["set", "mode", "pac"]);
    rig.until("one more for the script", |rig| rig.count("Show QR code") == 2 * shared.len());
}
