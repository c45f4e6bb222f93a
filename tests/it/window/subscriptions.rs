//! The page of subscriptions.

use sluice::model::Page;
use sluice::model::subscription::SubscriptionView;

use super::rig::Rig;
use super::{engine_of, names};
use crate::counterparts::{Provider, Says, TOKEN};
use crate::engine::Engine;

const TWO: &str = "socks5://a.invalid:1#Lima\nsocks5://b.invalid:2#Oslo\nnonsense\n";

fn subscriptions(engine: &Engine) -> Vec<SubscriptionView> {
    engine.json(&["subscription", "list"])
}

#[test]
fn a_subscription_is_looked_at_added_updated_edited_and_removed() {
    let (_origin, _server, engine) = engine_of(&[]);
    let quota = "upload=1000000; download=2000000; total=4000000; expire=4102444800";
    let provider = Provider::start("");
    provider.says(Says::List(TWO.into(), vec![("subscription-userinfo", quota.into())]));
    let mut rig = Rig::open(&engine, Page::Subscriptions);
    rig.sees("No subscriptions yet");
    rig.press("Add subscription…");
    rig.fill("Address", "provider");
    rig.sees("Enter an address that begins with http");
    rig.fill("Address", &provider.url());
    rig.press("Fetch");
    rig.sees("2 nodes, 2 new");
    rig.sees("1 entry cannot be used");
    assert!(engine.nodes().is_empty(), "looking adds nothing");
    rig.fill("Name", "Provider");
    rig.press("Add");
    rig.sees("2 nodes · updated ");
    assert_eq!(names(&engine), ["Lima", "Oslo"]);
    rig.sees("Data used: 3.0 MB");
    rig.until("the secret part is not shown", |rig| !rig.has(TOKEN));

    provider.lists("socks5://b.invalid:2#Oslo\nsocks5://c.invalid:3#Rome\n");
    rig.press("Update Provider");
    rig.sees("1 added (Rome), 1 removed (Lima)");
    assert_eq!(names(&engine), ["Oslo", "Rome"]);
    provider.says(Says::Status(500, "<html>"));
    rig.press("Update all");
    rig.sees("Failed: ");
    assert_eq!(names(&engine), ["Oslo", "Rome"]);

    rig.press("Edit Provider");
    rig.fill("Name", "");
    rig.sees("Enter a name that no other subscription has");
    rig.fill("Name", "Other");
    rig.press("Apply");
    rig.sees("Update Other");
    assert_eq!(subscriptions(&engine)[0].name, "Other");

    rig.press("Remove Other");
    rig.sees("Remove Other?");
    rig.press("Cancel");
    assert_eq!(subscriptions(&engine).len(), 1);
    rig.press("Remove Other");
    rig.press("Remove");
    rig.sees("No subscriptions yet");
    assert!(subscriptions(&engine).is_empty() && engine.nodes().is_empty());
}
