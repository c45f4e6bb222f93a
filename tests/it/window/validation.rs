//! Every field of every form: invalid input stays as it was typed, with a message beside it that says what is expected.

use std::collections::BTreeSet;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use sluice::model::Page;

use super::harness::TestWindow;
use super::{engine_of, setting};
use crate::counterparts::{Provider, ProviderReply};

/// Types invalid input into each field; then all fields keep their text and show their message at the same time. `free`
/// are the fields that accept any text. The form has no other fields.
#[track_caller]
fn assert_all_invalid(window: &mut TestWindow, invalid: &[(&str, &str, &str)], free: &[&str]) {
    for (field, text, _) in invalid {
        window.fill(field, text);
    }
    for (field, text, message) in invalid {
        window.expect_text(message);
        assert_eq!(window.field_text(field).chars().count(), text.chars().count(), "{field}");
        if !window.field_text(field).contains('•') {
            assert_eq!(window.field_text(field), *text, "{field}");
        }
    }
    let tried: BTreeSet<String> =
        invalid.iter().map(|(field, ..)| *field).chain(free.iter().copied()).map(str::to_owned).collect();
    let missed: Vec<_> = window.fields().difference(&tried).cloned().collect();
    assert!(missed.is_empty(), "fields without a check: {missed:?}");
}

const HOST: &str = "Enter a host name or address";
const PORT: &str = "Enter a number from 1 to 65535.";
const WEIGHT: &str = "Expected: a number from 1 to 100.";
const TIER: &str = "Expected: a number from 0 to 99.";

#[test]
fn invalid_input_in_the_node_form() {
    let (_origin, _server, engine) = engine_of(&[]);
    let mut window = TestWindow::open_tall(&engine, Page::Nodes);
    window.click_button("Enter manually…");
    let every = [("Server", "http://x", HOST), ("Port", "70000", PORT), ("Weight", "0", WEIGHT), ("Tier", "x", TIER)];
    let plugin = ("Plugin", "/bin/sh", "Enter the name of a program in PATH");
    let password = ("Password", "", "Enter the server's password.");
    window.harness.get_all_by_role_and_label(Role::Button, "Add").last().unwrap().click();
    assert_all_invalid(&mut window, &[&every[..], &[plugin, password]].concat(), &["Name", "Group", "Plugin options"]);
    window.fill("Password", "c2hvcnQ=");
    window.click(Role::ComboBox, "Cipher");
    window.click_button("2022-blake3-aes-128-gcm");
    window.expect_text("needs a key of 16 bytes");
    assert_eq!(window.field_text("Password").chars().count(), 8);

    window.click(Role::RadioButton, "Type: ShadowsocksR");
    window.fill("Password", "");
    let free = ["Name", "Group", "Protocol parameter", "Obfs parameter"];
    assert_all_invalid(&mut window, &[&every[..], &[password]].concat(), &free);
    window.click(Role::RadioButton, "Type: SOCKS5");
    let login = ("User", "me", "Enter a user name and a password of 1 to 255 bytes each, or neither.");
    assert_all_invalid(&mut window, &[&every[..], &[login]].concat(), &["Name", "Group", "Password"]);
    assert!(engine.nodes().is_empty());
}

#[test]
fn invalid_input_on_the_load_balancing_page() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open_tall(&engine, Page::Balance);
    let pages = "Enter at least one address, one per line, each beginning with http://";
    window.fill("Site", "no host");
    window.click_button("Check");
    assert_all_invalid(
        &mut window,
        &[
            ("Nodes in use at once", "65", "Expected: a number from 1 to 64."),
            ("Pages fetched through nodes", "https://x.test/", pages),
            ("Pages fetched directly", "ftp://x.test/", pages),
            ("Accepted HTTP statuses", "fine", "Enter numbers from 100 to 599"),
            ("Seconds between checks", "soon", "Enter numbers from 1 to 86400"),
            ("Timeout in seconds", "121", "Enter a number from 1 to 120"),
            ("Page for the test transfer", "https://x.test/", pages),
            ("Bytes of the test transfer (0: none)", "-1", "0 to 1048576"),
        ],
        &["Site", "Search sites"],
    );
    window.expect_text("expected a host name");
    assert_eq!(window.field_text("Site"), "no host");
}

#[test]
fn invalid_input_on_the_rules_page() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open_tall(&engine, Page::Rules);
    window.fill("Address or host", "http://");
    window.click_button("Check");
    window.fill("Your rules", "/(/");
    window.click_button("Apply: Your rules");
    window.fill("Access list", "[bypass_list]\n10.0.0.0/99");
    window.click_button("Apply: Access list");
    window.click(Role::Switch, "Separate HTTP port");
    window.click(Role::Switch, "Require login");
    assert_all_invalid(
        &mut window,
        &[
            ("Address", "gfwlist", "Enter an address that begins with http:// or https://"),
            ("Update every", "9000", "Expected: a number from 0 to 8760."),
            ("Port", "many", "Enter a number from 1 to 65535"),
            ("HTTP port", "-1", "Enter a number from 1 to 65535, different from the port above"),
            ("User name", "me", "Enter a user name and a password of up to 255 characters each"),
        ],
        &["Address or host", "Your rules", "Access list", "Password"],
    );
    for text in ["expected an address or host name", "Line 1: ", "Line 2: invalid network: 10.0.0.0/99"] {
        window.expect_text(text);
    }
    for (field, text) in
        [("Address or host", "http://"), ("Your rules", "/(/"), ("Access list", "[bypass_list]\n10.0.0.0/99")]
    {
        assert_eq!(window.field_text(field), text);
    }
}

#[test]
fn invalid_input_on_the_subscriptions_page() {
    let (_origin, _server, engine) = engine_of(&[]);
    let provider = Provider::start("socks5://a.invalid:1#Lima\n");
    let address = "Enter an address that begins with http:// or https://";
    let (name, hours) = ("Enter a name that no other subscription has", "Expected: a number from 0 to 8760.");
    let mut window = TestWindow::open(&engine, Page::Subscriptions);
    window.click_button("Add subscription…");
    assert_all_invalid(&mut window, &[("Address", "ftp://x", address)], &[]);
    // A failed fetch shows the reason and keeps the address, so that it can be corrected.
    provider.reply_with(ProviderReply::Status(403, "no"));
    window.fill("Address", &provider.url());
    window.click_button("Fetch");
    window.expect_text("403");
    assert_eq!(window.field_text("Address"), provider.url());
    provider.serve_list("socks5://a.invalid:1#Lima\n");
    window.click_button("Fetch");
    window.expect_text("1 node");
    assert_all_invalid(&mut window, &[("Name", "", name), ("Update every", "often", hours)], &["Address"]);
    assert!(window.is_disabled(Role::Button, "Add"));
    window.fill("Name", "Provider");
    window.fill("Update every", "12");
    window.click_button("Add");
    window.click_button("Edit Provider");
    assert_all_invalid(
        &mut window,
        &[("Name", " ", name), ("Address", "x", address), ("Update every", "-1", hours)],
        &[],
    );
    assert!(window.is_disabled(Role::Button, "Apply"));
}

#[test]
fn invalid_input_on_the_settings_page() {
    let (_origin, _server, engine) = engine_of(&["Tokyo"]);
    let mut window = TestWindow::open_tall(&engine, Page::Settings);
    let number = "Expected: a number";
    assert_all_invalid(
        &mut window,
        &[
            ("Address and port", "1080", "Expected: "),
            ("HTTP-only proxy", "here", "Expected: "),
            ("Metrics and health", "here", "Expected: "),
            ("User", "me", "Expected: "),
            ("Maximum connections", "0", number),
            ("Client request timeout", "soon", number),
            ("Connect timeout", "1", number),
            ("Idle timeout (0: none)", "long", number),
            ("Keep connections of a replaced node", "-1", number),
            ("Lowest local port", "1", number),
            ("Excluded ports", "[70000]", "Expected: "),
            ("Plugins allowed to run", "[1]", "Expected: "),
        ],
        &["Password", "ss-local", "ssr-local"],
    );
    assert!(window.is_disabled(Role::Button, "Apply"));
    assert_eq!(window.count("Expected: "), 12, "one message per field");
}

#[test]
fn input_that_the_engine_refuses_is_kept() {
    let (_origin, server, engine) = engine_of(&[]);
    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let before = setting(&engine, "gateway.listen");
    let mut window = TestWindow::open_tall(&engine, Page::Settings);
    window.fill("Address and port", &port);
    window.click_button("Apply");
    window.expect_text("the port is in use");
    assert_eq!((window.field_text("Address and port"), setting(&engine, "gateway.listen")), (port, before));
    window.click_button("Discard");

    window.click_offscreen_button("Restore backup");
    window.fill("File", "/nowhere/backup");
    window.click_button("Open");
    window.expect_text("/nowhere/backup: ");
    assert_eq!(window.field_text("File"), "/nowhere/backup");
    let other = engine.home().join("other.txt");
    std::fs::write(&other, "no backup").unwrap();
    window.fill("File", other.to_str().unwrap());
    window.click_button("Open");
    window.expect_text("backup");
    window.press_key(Modifiers::NONE, Key::Escape);
}
