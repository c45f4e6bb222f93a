//! Every control has a name for screen readers and can be reached with the keyboard.

use std::collections::BTreeSet;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use sluice::model::Page;

use super::harness::{TestWindow, name_of};
use super::{call, engine_of, names};
use crate::counterparts::{Origin, Provider, SocksServer, V4};
use crate::engine::Engine;

/// Roles of controls: they must have a name and be reachable with the Tab key.
const CONTROLS: [Role; 14] = [
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

/// Roles of other elements that must have a name.
const NAMED: [Role; 3] = [Role::Row, Role::Image, Role::ProgressIndicator];

/// Checks everything that is shown now.
#[track_caller]
fn assert_all_named(window: &TestWindow, what: &str) {
    let is_one = |role: Role| CONTROLS.contains(&role) || NAMED.contains(&role);
    let unnamed = window.harness.query_all_by(|node| is_one(node.role()) && name_of(node).is_none());
    let unnamed: Vec<_> = unnamed.map(|node| (node.accesskit_node().role(), node.rect())).collect();
    assert!(unnamed.is_empty(), "{what}: elements without a name: {unnamed:?}");
}

/// An engine that fills every page.
pub fn engine_for_every_page() -> (Origin, [SocksServer; 2], Provider, Engine) {
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| SocksServer::start()));
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]);
    engine.run_ok(&["subscription", "add", &provider.url(), "--name", "Provider"]);
    engine.cluster_on(2, "round-robin");
    engine.wait_for_members(2);
    engine.run_ok(&["pin", "a.test", "Tokyo"]);
    engine.run_ok(&["door", "add", "jp", "--node", "Tokyo"]);
    (origin, servers, provider, engine)
}

#[test]
fn every_control_of_every_page_has_a_name() {
    let (_origin, _servers, _provider, engine) = engine_for_every_page();
    for page in Page::ALL {
        let mut window = TestWindow::open_tall(&engine, page);
        window.wait_until("the page is complete", |window| window.harness.root().children_recursive().count() > 40);
        assert_all_named(&window, page.as_str());
        for open in ["Show as table"] {
            if window.has(open) {
                window.click(Role::DisclosureTriangle, open);
                assert_all_named(&window, open);
            }
        }
    }
}

#[test]
fn every_control_of_the_welcome_page_has_a_name() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open_tall(&engine, Page::Nodes);
    window.expect_text("Welcome to Sluice");
    assert_all_named(&window, "the welcome");
    let buttons = ["From clipboard", "From file…", "From other clients", "Enter manually…", "Skip"];
    let mut reached = BTreeSet::new();
    for _press in 0..60 {
        window.harness.key_press(Key::Tab);
        window.harness.step();
        let focused = window.harness.query_all_by(|node| node.is_focused());
        reached.extend(focused.filter_map(|node| name_of(&node.accesskit_node())));
    }
    for name in buttons.into_iter().chain(["Language", "Start at login"]) {
        assert!(reached.contains(name), "the Tab key does not reach {name}: {reached:?}");
    }
}

#[test]
fn every_control_of_every_dialog_has_a_name() {
    let (_origin, _servers, _provider, engine) = engine_for_every_page();
    let mut window = TestWindow::open_tall(&engine, Page::Nodes);
    window.click_button("Add");
    assert_all_named(&window, "the menu with the ways to add nodes");
    window.click_button("Enter manually…");
    for kind in ["ShadowsocksR", "SOCKS5", "Shadowsocks"] {
        window.click(Role::RadioButton, &format!("Type: {kind}"));
        assert_all_named(&window, kind);
    }
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("New node");
    window.click(Role::Row, "Tokyo");
    window.click_button("Share");
    window.expect_text("QR code of Tokyo");
    assert_all_named(&window, "the QR code of a node");
    window.click_button("Save picture…");
    assert_all_named(&window, "the dialog to save a picture");
    window.click_button("Cancel");
    window.paste("socks5://new.invalid:1#New\nnonsense\n");
    window.expect_text("1 new");
    assert_all_named(&window, "the import dialog");
    window.press_key(Modifiers::NONE, Key::Escape);

    let mut window = TestWindow::open_tall(&engine, Page::Subscriptions);
    for (open, title) in
        [("Add subscription…", "New subscription"), ("Edit Provider", "Edit"), ("Remove Provider", "Remove")]
    {
        window.click_button(open);
        assert_all_named(&window, title);
        window.click_button("Cancel");
    }
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    for open in ["Add pin…", "Edit: a.test", "Add door…", "Edit: jp"] {
        window.click_button(open);
        assert_all_named(&window, open);
        window.click_button("Cancel");
    }
    let mut window = TestWindow::open_tall(&engine, Page::Connections);
    window.click_button("This site does not work…");
    assert_all_named(&window, "the dialog that tries a site");
    window.click_button("Close");
    let mut window = TestWindow::open_tall(&engine, Page::Settings);
    for open in ["Save backup", "Restore backup", "Reset settings…"] {
        window.click_button(open);
        assert_all_named(&window, open);
        window.click_button("Cancel");
    }
}

#[test]
fn a_dialog_opens_with_the_focus_in_its_first_field() {
    let (_origin, _servers, _provider, engine) = engine_for_every_page();
    let focused = |window: &TestWindow| {
        window.harness.query_by(|node| node.is_focused()).and_then(|node| name_of(&node.accesskit_node()))
    };
    let mut window = TestWindow::open_tall(&engine, Page::Nodes);
    window.click_button("Add");
    window.click_button("Enter manually…");
    window.wait_until("the field Name has the focus", |window| focused(window).as_deref() == Some("Name"));
    // The focus is set only once, so the user can move it.
    window.harness.key_press(Key::Tab);
    window.wait_until("the field Server has the focus", |window| focused(window).as_deref() == Some("Server"));

    let mut window = TestWindow::open_tall(&engine, Page::Subscriptions);
    window.click_button("Add subscription…");
    window.wait_until("the field Address has the focus", |window| focused(window).as_deref() == Some("Address"));

    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.click_button("Add door…");
    window.wait_until("the field Name has the focus", |window| focused(window).as_deref() == Some("Name"));
    // The whole dialog by keyboard.
    let expected = ["Address", "Nodes", "Strategy", "Cancel"];
    for name in expected {
        window.harness.key_press(Key::Tab);
        window.wait_until(&format!("{name} has the focus"), |window| focused(window).as_deref() == Some(name));
    }
}

#[test]
fn every_control_is_reachable_with_the_tab_key() {
    let (_origin, _servers, _provider, engine) = engine_for_every_page();
    for page in Page::ALL {
        let mut window = TestWindow::open_tall(&engine, page);
        window.wait_until("the page is complete", |window| window.harness.root().children_recursive().count() > 40);
        let all = window.harness.query_all_by(|node| CONTROLS.contains(&node.role()) && !node.is_disabled());
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
        assert!(missed.is_empty(), "{}: not reachable with the Tab key: {missed:?}", page.as_str());
    }
}

#[test]
fn lists_are_navigated_with_arrow_keys_and_searched_with_a_shortcut() {
    let (_origin, _server, engine) = engine_of(&["A", "B", "C"]);
    let mut window = TestWindow::open(&engine, Page::Nodes);
    window.press_key(Modifiers::NONE, Key::ArrowDown);
    window.press_key(Modifiers::NONE, Key::ArrowDown);
    window.expect_text("1 of 3 selected");
    window.press_key(Modifiers::NONE, Key::Enter);
    window
        .wait_until("the second node is edited", |window| window.has("Edit node") && window.field_text("Name") == "B");
    // While a dialog is open, keys do not affect the list.
    window.press_key(Modifiers::NONE, Key::Delete);
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("Edit node");
    assert_eq!(names(&engine), ["A", "B", "C"]);
    window.press_key(Modifiers::COMMAND, Key::A);
    window.expect_text("3 of 3 selected");
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("3 of 3 selected");
    window.press_key(Modifiers::COMMAND, Key::F);
    window.wait_until("the search field has the focus", |window| {
        window.get(Role::TextInput, "Search nodes").accesskit_node().is_focused()
    });

    call(&engine, sluice::model::Command::Show { page: Page::Activity });
    window.expect_text("3 nodes imported");
    window.press_key(Modifiers::COMMAND, Key::F);
    window.wait_until("the search field has the focus", |window| {
        window.get(Role::TextInput, "Find").accesskit_node().is_focused()
    });
}
