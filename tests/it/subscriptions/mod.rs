//! Subscriptions from a real server that changes, fails and misbehaves between updates. [`traffic`] tests the effect of
//! updates on open connections.

mod traffic;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sluice::model::subscription::{ListChanges, Offer, SubscriptionView, UpdateReport};
use sluice::model::{EventKind, FaultCode, Kind, Node, link};

use crate::counterparts::{Encoding, Origin, Provider, ProviderReply, SocksServer, TOKEN, V4, eventually};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::files_below;

/// A node without a server.
fn idle(name: &str, host: &str) -> Node {
    Node::new(name, format!("{host}.example"), 1080, Kind::Socks5 { login: None })
}

fn links(nodes: &[Node]) -> String {
    nodes.iter().map(|node| link::print(node) + "\n").collect()
}

fn three() -> Vec<Node> {
    vec![idle("Tokyo", "a"), idle("Osaka", "b"), idle("Lima", "c")]
}

/// An engine that gives providers two seconds to answer.
fn engine_with_short_limit(origin: &Origin) -> Engine {
    Setup::new(origin, |settings| settings.subscription.limit_s = 2).start()
}

/// Adds the provider's list under this name; the changes.
#[track_caller]
fn added(engine: &Engine, provider: &Provider, name: &str) -> ListChanges {
    let output = engine.run_with(&["subscription", "add", "-", "--name", name, "--json"], &provider.url());
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let reports: Vec<UpdateReport> = serde_json::from_str(&output.stdout).unwrap();
    reports.into_iter().next().unwrap().result.unwrap()
}

/// Updates the only subscription; the changes.
#[track_caller]
fn updated(engine: &Engine) -> ListChanges {
    let reports: Vec<UpdateReport> = engine.json(&["subscription", "update"]);
    reports.into_iter().next().unwrap().result.unwrap()
}

#[track_caller]
fn view(engine: &Engine) -> SubscriptionView {
    let views: Vec<SubscriptionView> = engine.json(&["subscription", "list"]);
    views.into_iter().next().unwrap()
}

fn names(engine: &Engine) -> Vec<String> {
    engine.nodes().into_iter().map(|node| node.name).collect()
}

/// Added, removed, renamed, kept.
fn counts(changes: &ListChanges) -> [usize; 4] {
    [changes.added, changes.removed, changes.renamed, changes.kept]
}

/// Everything that can go wrong with a provider, and the reason that must be reported.
fn every_failure() -> Vec<(ProviderReply, &'static str)> {
    let packed_junk = BASE64_STANDARD.encode("no links at all ://");
    vec![
        (ProviderReply::Status(500, "socks5://a.example:1"), "the server responded with 500 Internal Server Error"),
        (ProviderReply::Status(404, ""), "the server responded with 404 Not Found"),
        (ProviderReply::Status(200, "<!DOCTYPE html><title>Log in</title>"), "this is a web page, not a list of nodes"),
        (ProviderReply::Status(200, ""), "empty response"),
        (ProviderReply::Status(204, ""), "empty response"),
        (ProviderReply::Status(200, "  \r\n\r\n "), "empty response"),
        (ProviderReply::Status(200, "your plan has ended"), "no usable node"),
        (
            ProviderReply::Status(200, "vmess://x\nvless://y@z:1\n"),
            "2 entries were rejected, the first because: vmess:// is not supported",
        ),
        (ProviderReply::Status(200, "{\"version\":1,\"servers\":["), "invalid JSON"),
        (ProviderReply::Status(200, "{\"version\":1,\"servers\":[]}"), "no nodes found"),
        (ProviderReply::Status(200, "{\"version\":2,\"servers\":[]}"), "SIP008 version 2"),
        (ProviderReply::Status(200, "proxies: [\n  - {"), "invalid YAML"),
        (ProviderReply::List(packed_junk, Vec::new()), "no usable node"),
        (ProviderReply::Bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF"), "the response is not text"),
        (ProviderReply::WithoutLength(50_000_000), "larger than 8 MiB"),
        (ProviderReply::WithLength(50_000_000), "larger than 8 MiB"),
        (ProviderReply::Trickle, "no complete response within 2 s"),
        (ProviderReply::NoResponse, "no complete response within 2 s"),
        (ProviderReply::Truncated, "the response was cut off"),
        (ProviderReply::RedirectLoop, "redirect loop"),
        (ProviderReply::RedirectChain, "too many redirects"),
        (ProviderReply::DecompressionBomb(Encoding::Gzip), "larger than 8 MiB"),
        (ProviderReply::DecompressionBomb(Encoding::Zstd), "larger than 8 MiB"),
        (ProviderReply::InvalidGzip, "the response cannot be decompressed"),
    ]
}

#[test]
fn a_response_that_is_not_a_list_changes_nothing() {
    let (origin, provider) = (Origin::start(V4), Provider::start(&links(&three())));
    let engine = engine_with_short_limit(&origin);
    added(&engine, &provider, "Cloud");
    let before = engine.nodes();
    for (reply, reason) in every_failure() {
        provider.reply_with(reply.clone());
        let message = engine.run_err(&["subscription", "update", "Cloud"]);
        assert!(message.contains(reason) && message.contains("Cloud"), "{reply:?}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
        assert_eq!(engine.nodes(), before, "{reply:?}");
        let view = view(&engine);
        assert!(view.fault.is_some_and(|fault| fault.code == FaultCode::SubscriptionNotFetched));
        assert_eq!(view.nodes, 3);
    }
    let failures = every_failure().len();
    assert_eq!(view(&engine).failures as usize, failures);
    // The same reason several times in a row is reported once.
    let mut reasons: Vec<_> = every_failure().iter().map(|(_, reason)| *reason).collect();
    reasons.dedup();
    let reported = || engine.count_events(|kind| matches!(kind, EventKind::SubscriptionFailed { .. }));
    assert!((reasons.len()..=failures).contains(&reported()), "{} of {failures}", reported());
    let before = reported();
    engine.run_err(&["subscription", "update"]);
    assert_eq!(reported(), before, "the same reason is not reported again");

    provider.serve_list(&links(&three()));
    assert_eq!(counts(&updated(&engine)), [0, 0, 0, 3]);
    let view = view(&engine);
    assert_eq!((view.fault, view.failures), (None, 0));
    let recovered =
        |kind: &EventKind| matches!(kind, EventKind::SubscriptionUpdated { changes, .. } if !changes.is_news());
    assert_eq!(engine.count_events(recovered), 1, "one event for the recovery");
}

#[test]
fn a_subscription_whose_list_cannot_be_fetched_is_not_added() {
    let (origin, provider) = (Origin::start(V4), Provider::start(""));
    let engine = engine_with_short_limit(&origin);
    let add = |url: &str, more: &[&str]| {
        let output = engine.run_with(&[&["subscription", "add", "-"], more].concat(), url);
        assert_eq!((output.code, output.stderr.lines().count()), (Some(1), 1), "{output:?}");
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
        output.stderr
    };
    assert!(add(&provider.url(), &[]).contains("empty response"));
    assert!(add("hunter2", &[]).contains("expected an http:// or https:// address"));
    assert!(add("http://127.0.0.1:1/hunter2", &[]).contains("cannot connect"));
    assert!(add("http://nowhere.invalid/hunter2", &[]).contains("cannot connect"));
    provider.serve_list(&links(&three()));
    assert!(add(&provider.url(), &["--every", "99999"]).contains("expected hours up to 8760"));
    assert!(add(&provider.url(), &["--name", "a\nb"]).contains("one line"));
    assert_eq!(
        (engine.nodes().len(), provider.requests().len()),
        (0, 1),
        "invalid input is refused before anything is fetched"
    );

    added(&engine, &provider, "Cloud");
    assert!(add(&provider.url(), &[]).contains("this address is already added as Cloud"));
    assert!(add("http://127.0.0.1:1/", &["--name", "Cloud"]).contains("there is already a subscription Cloud"));
    assert!(engine.run_err(&["subscription", "update", "Clout"]).contains("there is no such subscription"));
    assert!(engine.run_err(&["subscription", "remove", "Clout"]).contains("there is no such subscription"));
}

#[test]
fn a_list_is_read_in_every_format_and_encoding() {
    let origin = Origin::start(V4);
    let nodes = three();
    let sip008 = r#"{"version":1,"servers":[{"id":"1","remarks":"Tokyo","server":"a.example","server_port":8388,"password":"p",
        "method":"aes-256-gcm"}],"bytes_used":1000,"bytes_remaining":9000}"#;
    let clash = "proxies:\n  - {name: Tokyo, type: socks5, server: a.example, port: 1080}\n";
    let check = |reply: ProviderReply, expected: &[&str]| {
        let provider = Provider::start("");
        provider.reply_with(reply.clone());
        let engine = Engine::start(&origin);
        added(&engine, &provider, "Cloud");
        assert_eq!(names(&engine), expected, "{reply:?}");
        view(&engine)
    };
    let all = ["Tokyo", "Osaka", "Lima"];
    for packing in [Encoding::Gzip, Encoding::Brotli, Encoding::Zstd] {
        check(ProviderReply::Compressed(packing, links(&nodes)), &all);
    }
    check(ProviderReply::Redirect(links(&nodes)), &all);
    check(ProviderReply::List(BASE64_STANDARD.encode(links(&nodes)), Vec::new()), &all);
    check(ProviderReply::List(format!("\u{feff}vmess://x\r\n{}", links(&nodes)), Vec::new()), &all);
    check(ProviderReply::List(clash.into(), Vec::new()), &["Tokyo"]);
    let plan = check(ProviderReply::List(sip008.into(), Vec::new()), &["Tokyo"]).plan;
    assert_eq!((plan.used, plan.total, plan.expires_at), (Some(1_000), Some(10_000), None));
    let userinfo = "upload=1000000; download=2000000; total=10000000; expire=1900000000";
    let headers = vec![("subscription-userinfo", userinfo.to_owned()), ("profile-update-interval", "12".to_owned())];
    let view = check(ProviderReply::List(links(&nodes), headers), &all);
    assert_eq!((view.plan.used, view.plan.total), (Some(3_000_000), Some(10_000_000)));
    assert_eq!((view.plan.expires_at, view.update_h), (Some(1_900_000_000_000), 12));
}

#[test]
fn a_preview_shows_what_an_address_offers() {
    let (origin, provider) = (Origin::start(V4), Provider::start(""));
    let engine = Engine::start(&origin);
    engine.run_ok(&["set", "subscription.user_agent", "ClashForWindows/0.20.39"]);
    engine.import(&three()[..1]);
    let list = format!("{}vmess://x\n", links(&three()));
    let headers =
        vec![("profile-title", "base64:5py65Zy6".to_owned()), ("subscription-userinfo", "total=5".to_owned())];
    provider.reply_with(ProviderReply::List(list, headers));
    let output = engine.run_with(&["subscription", "add", "-", "--preview", "--json"], &provider.url());
    let offer: Offer = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((offer.name.as_str(), offer.update_h, offer.plan.total), ("机场", 24, Some(5)));
    let known: Vec<_> = offer.nodes.iter().map(|node| (node.name.as_str(), node.is_known)).collect();
    assert_eq!(known, [("Tokyo", true), ("Osaka", false), ("Lima", false)]);
    assert_eq!(offer.refused.len(), 1);
    let output = engine.run_with(&["subscription", "add", "-", "--preview"], &provider.url());
    assert!(
        output.stdout.contains("Osaka") && output.stdout.contains("line 4: vmess:// is not supported"),
        "{}",
        output.stdout
    );
    assert_eq!(engine.nodes().len(), 1, "a preview adds nothing");
    assert!(provider.requests().iter().all(|asked| asked.header("user-agent") == "ClashForWindows/0.20.39"));

    let output = engine.run_with(&["subscription", "add", "-"], &provider.url());
    assert!(
        output.stdout.starts_with("机场: 2 added (Osaka, Lima), 1 in another group, 1 not usable"),
        "{}",
        output.stdout
    );
    assert_eq!(view(&engine).name, "机场");
    engine.run_ok(&["set", "subscription.user_agent", ""]);
    updated(&engine);
    let asked = provider.requests();
    let last = asked.last().unwrap();
    assert!(last.header("user-agent").starts_with("Sluice/") && last.header("accept-encoding").contains("zstd"));
}

#[test]
fn a_304_response_keeps_the_nodes_unless_one_was_removed_here() {
    let (origin, provider) = (Origin::start(V4), Provider::start(""));
    let engine = Engine::start(&origin);
    let headers = |used: &str| {
        vec![
            ("etag", "\"1\"".to_owned()),
            ("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT".to_owned()),
            ("subscription-userinfo", format!("download={used}")),
        ]
    };
    provider.reply_with(ProviderReply::List(links(&three()), headers("5")));
    added(&engine, &provider, "Cloud");
    provider.reply_with(ProviderReply::List(links(&three()), headers("6")));
    assert_eq!(counts(&updated(&engine)), [0, 0, 0, 3]);
    let asked = provider.requests();
    assert_eq!(asked[0].header("if-none-match"), "");
    assert_eq!(asked[1].header("if-none-match"), "\"1\"");
    assert_eq!(asked[1].header("if-modified-since"), "Wed, 21 Oct 2015 07:28:00 GMT");
    assert_eq!(view(&engine).plan.used, Some(6), "the headers of a 304 response are used");

    engine.run_ok(&["node", "remove", "Osaka"]);
    assert_eq!(counts(&updated(&engine)), [1, 0, 0, 2], "without a node of the list the whole list is requested");
    assert_eq!(names(&engine), ["Tokyo", "Lima", "Osaka"]);
}

#[test]
fn a_list_is_fetched_through_the_gateway_and_then_directly() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let provider = Provider::start(&links(&three()));
    let engine = engine_with_short_limit(&origin);
    // Only the server resolves this name.
    let far = format!("http://lists.test:{}/{TOKEN}", provider.addr.port());
    let add = |url: &str, name: &str| engine.run_with(&["subscription", "add", "-", "--name", name], url);
    let output = add(&far, "Far");
    assert!(output.stderr.contains("cannot connect") && !output.stderr.contains("through Sluice"), "{}", output.stderr);

    let own = server.node("own");
    engine.import(std::slice::from_ref(&own));
    engine.run_ok(&["connect", "own"]);
    engine.wait_for_members(1);
    assert_eq!(add(&far, "Far").code, Some(0));
    assert!(server.requested_hosts().contains(&"lists.test".to_owned()));
    server.clear_requests();
    assert_eq!(add(&provider.url(), "Near").code, Some(0));
    assert!(server.requested_hosts().contains(&"127.0.0.1".to_owned()), "through the gateway if possible");

    // Both attempts fail and both reasons are reported; then only the direct one succeeds.
    provider.reply_with(ProviderReply::Status(503, ""));
    let message = engine.run_err(&["subscription", "update", "Near"]);
    let both =
        "through Sluice: the server responded with 503 Service Unavailable; directly: the server responded with 503";
    assert!(message.contains(both), "{message}");
    drop(server);
    provider.serve_list(&links(&three()[..2]));
    let reports: Vec<UpdateReport> = engine.json(&["subscription", "update", "Near"]);
    assert!(reports[0].result.is_ok(), "{reports:?}");
}

#[test]
fn overdue_subscriptions_are_updated_at_start_and_failures_are_retried_later() {
    let (origin, provider) = (Origin::start(V4), Provider::start(&links(&three())));
    let setup = Setup::new(&origin, |_| {});
    let subscription = |name: &str, update_h: u64, url: &str, updated_at: &str| {
        format!(r#"{{"name":"{name}","url":"{url}","update_h":{update_h},"updated_at":{updated_at}}}"#)
    };
    let soon = (jiff::Timestamp::now().as_millisecond() - 60_000).to_string();
    let url = provider.url();
    let broken = format!("http://{}/broken", Provider::start("").addr);
    let kept = [
        subscription("overdue", 24, &url, "1000"),
        subscription("new", 24, &format!("{url}&new"), "null"),
        subscription("fresh", 24, &format!("{url}&fresh"), &soon),
        subscription("by hand", 0, &format!("{url}&hand"), "1000"),
        subscription("gone", 24, &broken, "1000"),
    ];
    setup.write("subscriptions.json", format!(r#"{{"version":1,"subscriptions":[{}]}}"#, kept.join(",")).as_bytes());
    let engine = setup.start();
    let views = || engine.json::<Vec<SubscriptionView>>(&["subscription", "list"]);
    let is_done =
        || views().iter().all(|view| !view.is_updating) && views()[4].failures == 1 && engine.nodes().len() == 3;
    assert!(eventually(LIMIT, is_done), "{:?}", views());
    let was_tried = |at: &SubscriptionView| at.tried_at.is_some();
    let views = views();
    assert_eq!(views.iter().map(was_tried).collect::<Vec<_>>(), [true, true, false, false, true]);
    let wait = |view: &SubscriptionView, since: Option<i64>| (view.next_at.unwrap() - since.unwrap()) / 60_000;
    assert!((24 * 54..=24 * 66).contains(&wait(&views[0], views[0].updated_at)), "a day with a tenth of jitter");
    assert_eq!(views[3].next_at, None, "updated on request only");
    assert!((4..=5).contains(&wait(&views[4], views[4].tried_at)), "five minutes after a first failure");
    assert_eq!(views[0].nodes + views[1].nodes, 3, "nodes of two lists are in the group that had them first");
}

#[test]
fn a_subscription_is_renamed_moved_and_removed() {
    let (origin, provider, other) =
        (Origin::start(V4), Provider::start(&links(&three())), Provider::start(&links(&three()[1..])));
    let engine = Engine::start(&origin);
    engine.import(&[idle("by hand", "z")]);
    added(&engine, &provider, "Cloud");
    engine.run_ok(&["set", "cluster.group", "Cloud"]);
    engine.run_ok(&["subscription", "edit", "Cloud", "--name", "Sky", "--every", "6"]);
    let groups = |engine: &Engine| engine.nodes().into_iter().map(|node| node.group).collect::<Vec<_>>();
    assert_eq!(groups(&engine), ["", "Sky", "Sky", "Sky"]);
    assert_eq!(engine.status().cluster.group, "Sky");
    assert_eq!((view(&engine).name.as_str(), view(&engine).update_h), ("Sky", 6));
    assert_eq!(counts(&updated(&engine)), [0, 0, 0, 3]);

    engine.run_ok(&["node", "edit", "Lima", "--group", "Mine"]);
    let output = engine.run_with(&["subscription", "edit", "Sky", "--url", "-"], &other.url());
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(eventually(LIMIT, || names(&engine) == ["by hand", "Osaka", "Lima"]), "a new address is fetched at once");

    #[cfg(unix)]
    let engine = engine.restarted(|_| {});
    assert_eq!((view(&engine).name.as_str(), view(&engine).nodes), ("Sky", 1));
    engine.run_ok(&["subscription", "remove", "Sky"]);
    assert_eq!(names(&engine), ["by hand", "Lima"], "a node moved to another group stays");
    assert!(engine.run_ok(&["subscription", "list"]).contains("no subscriptions yet"));
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::SubscriptionRemoved { nodes: 1, .. })), 1);
}

#[test]
fn a_selected_node_that_is_no_longer_listed_is_replaced() {
    let origin = Origin::start(V4);
    let servers = [(); 3].map(|()| SocksServer::start());
    let provider = Provider::start(&links(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]));
    let engine = engine_with_short_limit(&origin);
    added(&engine, &provider, "Cloud");
    engine.run_ok(&["connect", "Tokyo"]);
    engine.wait_for_members(1);
    // The provider moves the node to another server.
    provider.serve_list(&links(&[servers[1].node("Osaka"), servers[2].node("Tokyo")]));
    assert_eq!(counts(&updated(&engine)), [1, 1, 0, 1]);
    let moved = servers[2].node("Tokyo").id();
    engine.wait_for("traffic uses its new server", |status| {
        status.active && status.members.iter().any(|member| member.id == moved && member.state.is_serving())
    });
    provider.serve_list(&links(&[servers[1].node("Osaka")]));
    updated(&engine);
    engine.wait_for("traffic uses the next node", |status| {
        status.active && status.members.iter().any(|member| member.name == "Osaka" && member.state.is_serving())
    });
    assert_eq!(
        engine.count_events(|kind| matches!(kind, EventKind::ChosenNodeReplaced { old, .. } if old == "Tokyo")),
        2
    );
}

#[test]
fn the_secret_part_of_the_address_is_not_exposed_anywhere() {
    let (origin, provider) = (Origin::start(V4), Provider::start(&links(&three())));
    let server = SocksServer::start();
    let setup = Setup::new(&origin, |settings| settings.subscription.limit_s = 2).with_variable("SLUICE_LOG", "trace");
    let engine = setup.start();
    engine.import(&[server.node("own")]);
    engine.run_ok(&["connect", "own"]);
    engine.wait_for_members(1);
    added(&engine, &provider, "Cloud");
    for (reply, _) in every_failure() {
        provider.reply_with(reply);
        let output = engine.run(&["subscription", "update"]);
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    }
    provider.reply_with(ProviderReply::Redirect(links(&three())));
    updated(&engine);
    let log = engine.log();
    assert!(log.contains("TRACE") && log.contains("subscription"), "everything was logged");
    assert!(!log.contains("hunter2"), "{:?}", log.lines().find(|line| line.contains("hunter2")));
    for args in
        [&["status"][..], &["events"], &["nodes"], &["get"], &["subscription", "list"], &["logs", "-n", "100000"]]
    {
        for args in [args.to_vec(), [args, &["--json"]].concat()] {
            assert!(!engine.run_ok(&args).contains("hunter2"), "{args:?}");
        }
    }
    let mut holders: Vec<_> = files_below(engine.home())
        .into_iter()
        .filter(|file| std::fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("hunter2")))
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    holders.sort();
    assert_eq!(holders, ["subscriptions.json", "subscriptions.json.last"]);
    #[cfg(unix)]
    for name in holders {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(engine.home().join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // A redirect sends no referer.
    assert!(provider.requests().iter().all(|asked| asked.header("referer").is_empty()));
}
