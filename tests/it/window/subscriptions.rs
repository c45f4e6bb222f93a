//! The page *Subscriptions*.

use sluice::model::Page;
use sluice::model::subscription::SubscriptionView;

use super::harness::TestWindow;
use super::{engine_of, names};
use crate::counterparts::{Provider, ProviderReply, TOKEN};
use crate::engine::Engine;

const TWO: &str = "socks5://a.invalid:1#Lima\nsocks5://b.invalid:2#Oslo\nnonsense\n";

fn subscriptions(engine: &Engine) -> Vec<SubscriptionView> {
    engine.json(&["subscription", "list"])
}

#[test]
fn a_subscription_is_previewed_added_updated_edited_and_removed() {
    let (_origin, _server, engine) = engine_of(&[]);
    let quota = "upload=1000000; download=2000000; total=4000000; expire=4102444800";
    let provider = Provider::start("");
    provider.reply_with(ProviderReply::List(TWO.into(), vec![("subscription-userinfo", quota.into())]));
    let mut window = TestWindow::open(&engine, Page::Subscriptions);
    window.expect_text("No subscriptions yet");
    window.click_button("Add subscription…");
    window.fill("Address", "provider");
    window.expect_text("Enter an address that begins with http");
    window.fill("Address", &provider.url());
    window.click_button("Fetch");
    window.expect_text("2 nodes, 2 new");
    window.expect_text("1 entry cannot be used");
    assert!(engine.nodes().is_empty(), "a preview adds nothing");
    window.fill("Name", "Provider");
    window.click_button("Add");
    window.expect_text("2 nodes · updated ");
    assert_eq!(names(&engine), ["Lima", "Oslo"]);
    window.expect_text("Data used: 3.0 MB");
    window.wait_until("the secret part is hidden", |window| !window.has(TOKEN));

    provider.serve_list("socks5://b.invalid:2#Oslo\nsocks5://c.invalid:3#Rome\n");
    window.click_button("Update Provider");
    window.expect_text("1 added (Rome), 1 removed (Lima)");
    assert_eq!(names(&engine), ["Oslo", "Rome"]);
    provider.reply_with(ProviderReply::Status(500, "<html>"));
    window.click_button("Update all");
    window.expect_text("Failed: ");
    assert_eq!(names(&engine), ["Oslo", "Rome"]);

    window.click_button("Edit Provider");
    window.fill("Name", "");
    window.expect_text("Enter a name that no other subscription has");
    window.fill("Name", "Other");
    window.click_button("Apply");
    window.expect_text("Update Other");
    assert_eq!(subscriptions(&engine)[0].name, "Other");

    window.click_button("Remove Other");
    window.expect_text("Remove Other?");
    window.click_button("Cancel");
    assert_eq!(subscriptions(&engine).len(), 1);
    window.click_button("Remove Other");
    window.click_button("Remove");
    window.expect_text("No subscriptions yet");
    assert!(subscriptions(&engine).is_empty() && engine.nodes().is_empty());
}
