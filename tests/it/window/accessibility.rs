//! Everything can be reached without a mouse and is named for those who do not see it.

use std::collections::BTreeSet;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use sluice::model::Page;

use super::harness::{TestWindow, name_of};
use super::{call, engine_of, names};
use crate::counterparts::{Origin, Provider, SocksServer, V4};
use crate::engine::Engine;

/// What is used: it has a name, and the Tab key comes to it.
const USED: [Role; 14] = [
    Role::Button,
    Role::CheckBox,
    Role::RadioButton,
    Role::Switch,
    Role::ComboBox,
    Role::SpinButton,
    Role::TextInput,
    Role::MultilineTextInput,
    Role::PasswordInput,
    Role::Slider,
    Role::Link,
    Role::DisclosureTriangle,
    Role::ColumnHeader,
    Role::MenuItem,
];

/// What is looked at, and has a name too.
const SEEN: [Role; 3] = [Role::Row, Role::Image, Role::ProgressIndicator];

/// Checks all that is there now.
#[track_caller]
fn is_named(window: &TestWindow, what: &str) {
    let is_one = |role: Role| USED.contains(&role) || SEEN.contains(&role);
    let nameless = window.harness.query_all_by(|node| is_one(node.role()) && name_of(node).is_none());
    let nameless: Vec<_> = nameless.map(|node| (node.accesskit_node().role(), node.rect())).collect();
    assert!(nameless.is_empty(), "{what}: without a name: {nameless:?}");
}

/// An engine with something on every page.
fn full() -> (Origin, [SocksServer; 2], Provider, Engine) {
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| SocksServer::start()));
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]);
    engine.run_ok(&["subscription", "add", &provider.url(), "--name", "Provider"]);
    engine.cluster_on(2, "round-robin");
    engine.wait_for_members(2);
    (origin, servers, provider, engine)
}

#[test]
fn every_control_of_every_page_has_a_name() {
    let (_origin, _servers, _provider, engine) = full();
    for page in Page::ALL {
        let mut window = TestWindow::open_tall(&engine, page);
        window.wait_until("it has settled", |window| window.harness.root().children_recursive().count() > 40);
        is_named(&window, page.word());
        for open in ["Show as table"] {
            if window.has(open) {
                window.click(Role::DisclosureTriangle, open);
                is_named(&window, open);
            }
        }
    }
}

#[test]
fn every_control_of_every_dialog_has_a_name() {
    let (_origin, _servers, _provider, engine) = full();
    let mut window = TestWindow::open_tall(&engine, Page::Nodes);
    window.click_button("Add");
    is_named(&window, "the menu of ways to add nodes");
    window.click_button("Enter manually…");
    for kind in ["ShadowsocksR", "SOCKS5", "Shadowsocks"] {
        window.click(Role::RadioButton, &format!("Type: {kind}"));
        is_named(&window, kind);
    }
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("New node");
    window.click(Role::Row, "Tokyo");
    window.click_button("Share");
    window.expect_text("QR code of Tokyo");
    is_named(&window, "a node's code");
    window.click_button("Save picture…");
    is_named(&window, "a place for a picture");
    window.click_button("Cancel");
    window.paste("socks5://new.invalid:1#New\nnonsense\n");
    window.expect_text("1 new");
    is_named(&window, "an import");
    window.press_key(Modifiers::NONE, Key::Escape);

    let mut window = TestWindow::open_tall(&engine, Page::Subscriptions);
    for (open, title) in
        [("Add subscription…", "New subscription"), ("Edit Provider", "Edit"), ("Remove Provider", "Remove")]
    {
        window.click_button(open);
        is_named(&window, title);
        window.click_button("Cancel");
    }
    let mut window = TestWindow::open_tall(&engine, Page::Settings);
    for open in ["Save backup", "Restore backup", "Reset settings…"] {
        window.click_button(open);
        is_named(&window, open);
        window.click_button("Cancel");
    }
}

#[test]
fn a_dialog_begins_in_its_first_field() {
    let (_origin, _servers, _provider, engine) = full();
    let focused = |window: &TestWindow| {
        window.harness.query_by(|node| node.is_focused()).and_then(|node| name_of(&node.accesskit_node()))
    };
    let mut window = TestWindow::open_tall(&engine, Page::Nodes);
    window.click_button("Add");
    window.click_button("Enter manually…");
    window.wait_until("the name is typed", |window| focused(window).as_deref() == Some("Name"));
    // Once: then the keyboard is where a person takes it.
    window.harness.key_press(Key::Tab);
    window.wait_until("the server is typed", |window| focused(window).as_deref() == Some("Server"));

    let mut window = TestWindow::open_tall(&engine, Page::Subscriptions);
    window.click_button("Add subscription…");
    window.wait_until("the address is typed", |window| focused(window).as_deref() == Some("Address"));
}

#[test]
fn the_tab_key_comes_to_everything_that_is_used() {
    let (_origin, _servers, _provider, engine) = full();
    for page in Page::ALL {
        let mut window = TestWindow::open_tall(&engine, page);
        window.wait_until("it has settled", |window| window.harness.root().children_recursive().count() > 40);
        let all = window.harness.query_all_by(|node| USED.contains(&node.role()) && !node.is_disabled());
        let all: BTreeSet<_> =
            all.map(|node| (format!("{:?}", node.accesskit_node().role()), name_of(&node.accesskit_node()))).collect();
        let mut reached = BTreeSet::new();
        for _press in 0..3 * all.len() + 20 {
            window.harness.key_press(Key::Tab);
            window.harness.step();
            let focused = window.harness.query_all_by(|node| node.is_focused());
            reached.extend(
                focused.map(|node| (format!("{:?}", node.accesskit_node().role()), name_of(&node.accesskit_node()))),
            );
        }
        let missed: Vec<_> = all.difference(&reached).collect();
        assert!(missed.is_empty(), "{}: the Tab key does not come to {missed:?}", page.word());
    }
}

#[test]
fn lists_are_walked_by_arrows_and_found_in_by_a_key() {
    let (_origin, _server, engine) = engine_of(&["A", "B", "C"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.press_key(Modifiers::NONE, Key::ArrowDown);
    window.press_key(Modifiers::NONE, Key::ArrowDown);
    window.expect_text("1 of 3 selected");
    window.press_key(Modifiers::NONE, Key::Enter);
    window.wait_until("the second is edited", |window| window.has("Edit node") && window.field_text("Name") == "B");
    // Keys of the list do nothing to it while a dialog is open.
    window.press_key(Modifiers::NONE, Key::Delete);
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("Edit node");
    assert_eq!(names(&engine), ["A", "B", "C"]);
    window.press_key(Modifiers::COMMAND, Key::A);
    window.expect_text("3 of 3 selected");
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("3 of 3 selected");
    window.press_key(Modifiers::COMMAND, Key::F);
    window.wait_until("the field is ready", |window| {
        window.get(Role::TextInput, "Search nodes").accesskit_node().is_focused()
    });

    call(&engine, sluice::model::Command::Show { page: Page::Activity });
    window.expect_text("3 nodes imported");
    window.press_key(Modifiers::COMMAND, Key::F);
    window.wait_until("the field is ready", |window| window.get(Role::TextInput, "Find").accesskit_node().is_focused());
}
