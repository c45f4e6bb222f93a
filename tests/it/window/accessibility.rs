//! Everything can be reached without a mouse and is named for those who do not see it.

use std::collections::BTreeSet;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use sluice::model::Page;

use super::rig::{Rig, name_of};
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
fn is_named(rig: &Rig, what: &str) {
    let is_one = |role: Role| USED.contains(&role) || SEEN.contains(&role);
    let nameless = rig.harness.query_all_by(|node| is_one(node.role()) && name_of(node).is_none());
    let nameless: Vec<_> = nameless.map(|node| (node.accesskit_node().role(), node.rect())).collect();
    assert!(nameless.is_empty(), "{what}: without a name: {nameless:?}");
}

/// An engine with something on every page.
fn full() -> (Origin, [SocksServer; 2], Provider, Engine) {
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| SocksServer::start()));
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]);
    engine.done(&["subscription", "add", &provider.url(), "--name", "Provider"]);
    engine.cluster_on(2, "round-robin");
    engine.serves(2);
    (origin, servers, provider, engine)
}

#[test]
fn every_control_of_every_page_has_a_name() {
    let (_origin, _servers, _provider, engine) = full();
    for page in Page::ALL {
        let mut rig = Rig::open_high(&engine, page);
        rig.until("it has settled", |rig| rig.harness.root().children_recursive().count() > 40);
        is_named(&rig, page.word());
        for open in ["Show as table"] {
            if rig.has(open) {
                rig.click(Role::DisclosureTriangle, open);
                is_named(&rig, open);
            }
        }
    }
}

#[test]
fn every_control_of_every_dialog_has_a_name() {
    let (_origin, _servers, _provider, engine) = full();
    let mut rig = Rig::open_high(&engine, Page::Nodes);
    rig.press("Add");
    is_named(&rig, "the menu of ways to add nodes");
    rig.press("Enter manually…");
    for kind in ["ShadowsocksR", "SOCKS5", "Shadowsocks"] {
        rig.click(Role::RadioButton, &format!("Type: {kind}"));
        is_named(&rig, kind);
    }
    rig.key(Modifiers::NONE, Key::Escape);
    rig.misses("New node");
    rig.click(Role::Row, "Tokyo");
    rig.press("Share");
    rig.sees("QR code of Tokyo");
    is_named(&rig, "a node's code");
    rig.press("Save picture…");
    is_named(&rig, "a place for a picture");
    rig.press("Cancel");
    rig.paste("socks5://new.invalid:1#New\nnonsense\n");
    rig.sees("1 new");
    is_named(&rig, "an import");
    rig.key(Modifiers::NONE, Key::Escape);

    let mut rig = Rig::open_high(&engine, Page::Subscriptions);
    for (open, title) in
        [("Add subscription…", "New subscription"), ("Edit Provider", "Edit"), ("Remove Provider", "Remove")]
    {
        rig.press(open);
        is_named(&rig, title);
        rig.press("Cancel");
    }
    let mut rig = Rig::open_high(&engine, Page::Settings);
    for open in ["Save backup", "Restore backup", "Reset settings…"] {
        rig.press(open);
        is_named(&rig, open);
        rig.press("Cancel");
    }
}

#[test]
fn a_dialog_begins_in_its_first_field() {
    let (_origin, _servers, _provider, engine) = full();
    let focused =
        |rig: &Rig| rig.harness.query_by(|node| node.is_focused()).and_then(|node| name_of(&node.accesskit_node()));
    let mut rig = Rig::open_high(&engine, Page::Nodes);
    rig.press("Add");
    rig.press("Enter manually…");
    rig.until("the name is typed", |rig| focused(rig).as_deref() == Some("Name"));
    // Once: then the keyboard is where a person takes it.
    rig.harness.key_press(Key::Tab);
    rig.until("the server is typed", |rig| focused(rig).as_deref() == Some("Server"));

    let mut rig = Rig::open_high(&engine, Page::Subscriptions);
    rig.press("Add subscription…");
    rig.until("the address is typed", |rig| focused(rig).as_deref() == Some("Address"));
}

#[test]
fn the_tab_key_comes_to_everything_that_is_used() {
    let (_origin, _servers, _provider, engine) = full();
    for page in Page::ALL {
        let mut rig = Rig::open_high(&engine, page);
        rig.until("it has settled", |rig| rig.harness.root().children_recursive().count() > 40);
        let all = rig.harness.query_all_by(|node| USED.contains(&node.role()) && !node.is_disabled());
        let all: BTreeSet<_> =
            all.map(|node| (format!("{:?}", node.accesskit_node().role()), name_of(&node.accesskit_node()))).collect();
        let mut reached = BTreeSet::new();
        for _press in 0..3 * all.len() + 20 {
            rig.harness.key_press(Key::Tab);
            rig.harness.step();
            let focused = rig.harness.query_all_by(|node| node.is_focused());
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
    let mut rig = Rig::open(&engine, Page::Nodes);
    rig.key(Modifiers::NONE, Key::ArrowDown);
    rig.key(Modifiers::NONE, Key::ArrowDown);
    rig.sees("1 of 3 selected");
    rig.key(Modifiers::NONE, Key::Enter);
    rig.until("the second is edited", |rig| rig.has("Edit node") && rig.typed("Name") == "B");
    // Keys of the list do nothing to it while a dialog is open.
    rig.key(Modifiers::NONE, Key::Delete);
    rig.key(Modifiers::NONE, Key::Escape);
    rig.misses("Edit node");
    assert_eq!(names(&engine), ["A", "B", "C"]);
    rig.key(Modifiers::COMMAND, Key::A);
    rig.sees("3 of 3 selected");
    rig.key(Modifiers::NONE, Key::Escape);
    rig.misses("3 of 3 selected");
    rig.key(Modifiers::COMMAND, Key::F);
    rig.until("the field is ready", |rig| rig.get(Role::TextInput, "Search nodes").accesskit_node().is_focused());

    call(&engine, sluice::model::Command::Show { page: Page::Activity });
    rig.sees("3 nodes imported");
    rig.key(Modifiers::COMMAND, Key::F);
    rig.until("the field is ready", |rig| rig.get(Role::TextInput, "Find").accesskit_node().is_focused());
}
