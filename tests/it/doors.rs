//! Doors: further ports and user names, each with nodes or a strategy of its own.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use serde_json::Value;
use sluice::model::why::{RankReason, Why};
use sluice::model::{EventKind, Node, Target, link};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::counterparts::{
    EmbeddedServer, Origin, Provider, SocksServer, SsServer, TcpEcho, V4, eventually, free_port, missing,
};
use crate::engine::{Engine, LIMIT, Setup};
use crate::exits::{Exits, get};
use crate::gateway::named;
use crate::socks::Socks;

/// Adds a door with a port; another program may take the port between the choice and the start.
fn add_door(engine: &Engine, name: &str, options: &[&str]) -> SocketAddr {
    let add = |_| {
        let addr = SocketAddr::new(V4, free_port(V4));
        let listen = addr.to_string();
        let output = engine.run(&[&["door", "add", name, "--listen", &listen], options].concat());
        (output.code == Some(0)).then_some(addr)
    };
    (0..5).find_map(add).expect("a door opens within five attempts")
}

struct GetResult {
    door: usize,
    began: Instant,
    took: Duration,
    is_ok: bool,
}

#[test]
fn three_doors_lead_to_three_exits_and_one_survives_the_death_of_its_node() {
    const METHOD: &str = "aes-256-gcm";
    if missing("curl") || missing("ss-server") {
        return;
    }
    let (checks, pages) = (Origin::start(V4), Origin::start(V4));
    let names = ["Pool 1", "Pool 2", "Single", "Tokyo 1", "Tokyo 2", "Tokyo 3"];
    let mut servers = names.map(|_| SsServer::start_logging(METHOD).unwrap());
    let engine = Setup::new(&checks, |_| ()).start();
    let nodes: Vec<_> =
        servers.iter().zip(names).map(|(server, name)| Node { name: name.into(), ..server.node() }).collect();
    engine.import(&nodes);
    for name in ["Pool 1", "Pool 2"] {
        engine.run_ok(&["node", "edit", name, "--group", "Pool"]);
    }
    engine.run_ok(&["cluster", "on", "--group", "Pool", "--size", "2", "--strategy", "failover"]);
    engine.wait_for_members(2);
    let doors = [
        add_door(&engine, "single", &["--node", "Single"]),
        add_door(&engine, "jp", &["--country", "JP"]),
        add_door(&engine, "turns", &["--strategy", "round-robin"]),
    ];
    let status = engine.status();
    assert!(status.doors.iter().all(|door| door.listening && !door.in_use), "{:#?}", status.doors);
    assert_eq!(status.members.len(), 2, "an unused door keeps no member");

    let url = pages.url("/bytes/1000");
    let is_over = AtomicBool::new(false);
    let client = |door: usize| {
        let proxy = format!("socks5h://{}", doors[door]);
        let mut results = Vec::new();
        while !is_over.load(SeqCst) {
            let began = Instant::now();
            let is_ok = get(&proxy, &url).0 == "200";
            results.push(GetResult { door, began, took: began.elapsed(), is_ok });
        }
        results
    };
    let (results, killed_at) = std::thread::scope(|scope| {
        let clients = [0, 1, 2].map(|door| scope.spawn(move || client(door)));
        let of = |servers: &[SsServer; 6]| servers.each_ref().map(|server| server.connections_to(pages.addr));
        let are_used = eventually(LIMIT, || {
            let [one, two, single, tokyo @ ..] = of(&servers);
            one.min(two).min(single).min(tokyo.iter().sum()) >= 10
        });
        let before = of(&servers);
        let tokyo = (3..6).max_by_key(|place| before[*place]).unwrap();
        servers[tokyo].kill();
        let killed_at = Instant::now();
        let is_served = eventually(LIMIT, || (3..6).any(|at| at != tokyo && of(&servers)[at] >= before[at] + 10));
        is_over.store(true, SeqCst);
        let results: Vec<_> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        assert!(are_used, "{before:?}");
        assert!(is_served, "the same country serves the door again: {before:?} {:?}", of(&servers));
        (results, killed_at)
    });

    let failed: Vec<_> = results.iter().filter(|result| !result.is_ok).map(|result| result.door).collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:?}", failed.len(), results.len());
    let mut after = results.iter().filter(|result| result.door == 1 && result.began >= killed_at);
    let first = after.next().unwrap();
    let served_after = (first.began - killed_at) + first.took;
    assert!(served_after < Duration::from_secs(3), "served again after {served_after:?}");
    let slowest = |door| results.iter().filter(|result| result.door == door).map(|result| result.took).max().unwrap();
    assert!(slowest(0).max(slowest(2)) < Duration::from_secs(3), "the others: {:?} {:?}", slowest(0), slowest(2));
    // Each exit carried exactly the requests of its door.
    let carried = |places: &[usize]| places.iter().map(|at| servers[*at].connections_to(pages.addr)).sum::<usize>();
    let wanted = |door| results.iter().filter(|result| result.door == door).count();
    assert_eq!(carried(&[2]), wanted(0));
    // A slow request may be sent again through another node of the door.
    assert!(carried(&[0, 1]) >= wanted(2) && carried(&[3, 4, 5]) >= wanted(1));
    let status = engine.status();
    let totals: Vec<_> = status.doors.iter().map(|door| door.total as usize).collect();
    assert_eq!(totals, [wanted(0), wanted(1), wanted(2)]);
    assert!(status.doors.iter().all(|door| door.down >= door.total * 1_000), "{:#?}", status.doors);
}

/// `one` and `two` are in the pool, `Tokyo` is not.
fn exits() -> Exits {
    Exits::start(["one", "two", "Tokyo"], "Tokyo", |settings| settings.gateway.connect_limit_ms = 2_000)
}

#[test]
fn a_door_is_used_by_user_name_at_the_main_port() {
    if missing("curl") {
        return;
    }
    let fixture = exits();
    let engine = &fixture.engine;
    let gateway = engine.gateway();
    engine.run_ok(&["door", "add", "jp", "--node", "Tokyo"]);
    let ok = |exit| (Some(exit), "200".to_owned());
    for scheme in ["socks5h", "http", "socks4a"] {
        assert_eq!(fixture.exit(&format!("{scheme}://jp:x@{gateway}"), "a.test"), ok(2), "{scheme}");
        assert_eq!(fixture.exit(&format!("{scheme}://us:x@{gateway}"), "a.test"), ok(0), "{scheme}");
    }
    // The access list and nothing else is above a door.
    engine.run_ok(&["pin", "b.test", "block"]);
    assert_eq!(fixture.exit(&format!("http://jp:x@{gateway}"), "b.test"), ok(2));

    let why: Why = engine.json(&["why", "b.test", "--door", "jp"]);
    assert_eq!((why.members[0].because, &*why.members[0].member.name), (RankReason::Door, "Tokyo"));
    assert!(engine.run_ok(&["why", "b.test", "--door", "jp"]).contains("the door jp"));
    assert!(engine.run_err(&["why", "b.test", "--door", "us"]).contains("door"));
    let rows: Vec<Value> = engine.json(&["connections"]);
    let of_door: Vec<_> = rows.iter().filter(|row| row["door"] == "jp").collect();
    assert!(of_door.iter().all(|row| row["why"] == "door" && row["node_name"] == "Tokyo"), "{rows:#?}");
    assert_eq!(of_door.len(), 4);
    let doors: Vec<Value> = engine.json(&["door", "list"]);
    assert_eq!(
        (&doors[0]["total"], &doors[0]["working"], &doors[0]["node_name"]),
        (&4.into(), &1.into(), &"Tokyo".into())
    );

    // With a login, the door has the same password.
    engine.run_with(&["set", "gateway.login", "-"], r#"{"user":"me","password":"secret"}"#);
    for scheme in ["socks5h", "http"] {
        assert_eq!(fixture.exit(&format!("{scheme}://jp:secret@{gateway}"), "a.test"), ok(2), "{scheme}");
        assert_eq!(fixture.exit(&format!("{scheme}://me:secret@{gateway}"), "a.test"), ok(0), "{scheme}");
    }
    assert_eq!(fixture.exit(&format!("http://jp:x@{gateway}"), "a.test"), (None, "407".into()));
    assert_eq!(fixture.exit(&format!("socks5h://jp:x@{gateway}"), "a.test").0, None);
}

#[test]
fn a_door_without_a_working_node_says_so_and_recovers_when_it_is_changed() {
    if missing("curl") {
        return;
    }
    let fixture = exits();
    let engine = &fixture.engine;
    let door = add_door(engine, "us", &["--country", "US"]);
    let (status, text) = get(&format!("http://{door}"), &fixture.url("a.test"));
    assert_eq!((&*status, &*text), ("503", "Sluice could not connect: no node of the door us works.\n"));
    let rows: Vec<Value> = engine.json(&["connections"]);
    assert!(rows.iter().any(|row| row["ended"] == "no-door-node" && row["door"] == "us"), "{rows:#?}");
    assert!(engine.run_ok(&["door", "list"]).contains("none of its nodes works"));
    assert!(engine.run_ok(&["status"]).contains("none of its nodes works"));
    let losses = |name: &str| engine.count_events(|kind| *kind == EventKind::DoorUnserved { name: name.into() });
    assert!(eventually(LIMIT, || losses("us") == 1), "the loss is reported");

    // Another port and other nodes: the old port closes.
    let other = SocketAddr::new(V4, free_port(V4)).to_string();
    engine.run_ok(&["door", "edit", "us", "--name", "jp", "--node", "Tokyo", "--listen", &other]);
    assert_eq!(fixture.exit(&format!("http://{other}"), "a.test"), (Some(2), "200".into()));
    assert_eq!(fixture.exit(&format!("http://{door}"), "a.test"), (None, "000".into()));

    // A node that leads to the port of a door is not dialled.
    let link = format!("socks5://{other}#loop");
    engine.run_ok(&["import", &link]);
    let tested = engine.run(&["test", "loop"]);
    assert!(tested.stdout.contains("own port") || tested.stderr.contains("own port"), "{tested:?}");

    for (arguments, reason) in [
        (&["door", "add", "jp", "--country", "JP"][..], "no other door"),
        (&["door", "add", "x y", "--country", "JP"], "letters"),
        (&["door", "add", "x"], "strategy"),
        (&["door", "add", "x", "--country", "JPN"], "country:CODE"),
        (&["door", "add", "x", "--country", "JP", "--listen", "0.0.0.0:1081"], "login"),
        (&["door", "add", "x", "--country", "JP", "--listen", "1081"], "IP address"),
        (&["door", "add", "x", "--country", "JP", "--listen", &other], "in use"),
        (&["door", "remove", "x"], "list"),
    ] {
        let error = engine.run_err(arguments);
        assert!(error.contains(reason) || error.contains("port"), "{arguments:?}: {error}");
    }
    engine.run_ok(&["door", "remove", "jp"]);
    assert_eq!(fixture.exit(&format!("http://{other}"), "a.test"), (None, "000".into()));
    assert!(engine.status().doors.is_empty());
}

#[test]
fn doors_survive_a_take_over() {
    if missing("curl") {
        return;
    }
    let mut fixture = exits();
    let door = format!("socks5h://{}", add_door(&fixture.engine, "jp", &["--node", "Tokyo"]));
    assert_eq!(fixture.exit(&door, "a.test"), (Some(2), "200".into()));
    let old = fixture.engine.take_over();
    assert!(fixture.engine.status().doors[0].in_use, "its members were started in advance");
    assert_eq!(fixture.exit(&door, "a.test"), (Some(2), "200".into()));
    old.wait();
    assert_eq!(fixture.engine.status().doors[0].total, 2);
}

#[test]
fn the_loss_of_a_doors_only_node_and_its_return_are_each_reported_once() {
    if missing("curl") {
        return;
    }
    let mut fixture = exits();
    let door = format!("http://{}", add_door(&fixture.engine, "jp", &["--node", "Tokyo"]));
    assert_eq!(fixture.exit(&door, "a.test"), (Some(2), "200".into()));
    fixture.servers[2].kill();
    let reports = |engine: &Engine| {
        let lost = engine.count_events(|kind| *kind == EventKind::DoorUnserved { name: "jp".into() });
        let served = engine.count_events(|kind| *kind == EventKind::DoorServed { name: "jp".into() });
        (lost, served)
    };
    let is_lost = || {
        let (status, _) = get(&door, &fixture.url("a.test"));
        assert_ne!(status, "200");
        reports(&fixture.engine) == (1, 0)
    };
    assert!(eventually(LIMIT, is_lost), "{:#?}", fixture.engine.status().members);
    assert!(fixture.engine.status().doors[0].is_unserved());

    // Another server takes the place of the node.
    let replacement = SocksServer::start();
    fixture.engine.import(&[replacement.node("Tokyo again")]);
    fixture.engine.run_ok(&["door", "edit", "jp", "--node", "Tokyo again"]);
    assert!(eventually(LIMIT, || get(&door, &fixture.url("a.test")).0 == "200"));
    assert!(eventually(LIMIT, || reports(&fixture.engine) == (1, 1)));
}

#[test]
fn pins_and_doors_follow_a_node_that_an_update_replaces() {
    if missing("curl") {
        return;
    }
    let servers = [(); 3].map(|()| SocksServer::start());
    let list = |server: &SocksServer| link::print(&server.node("Tokyo")) + "\n";
    let (origin, provider) = (Origin::start(V4), Provider::start(&list(&servers[1])));
    let engine = Setup::new(&origin, |_| ()).start();
    engine.import(&[servers[0].node("one")]);
    engine.run_with(&["subscription", "add", "-", "--name", "Cloud"], &provider.url());
    engine.run_ok(&["node", "exclude", "Tokyo"]);
    engine.cluster_on(1, "failover");
    engine.run_ok(&["pin", "pinned.test", "Tokyo", "--else", "fail"]);
    let door = format!("http://{}", add_door(&engine, "jp", &["--node", "Tokyo"]));
    let fixture = Exits { origin, servers, engine };
    let exits = || (fixture.server_for("pinned.test"), fixture.exit(&door, "a.test").0, fixture.server_for("b.test"));
    assert!(eventually(LIMIT, || exits() == (Some(1), Some(1), Some(0))), "{:?}", exits());

    // Another server under the same name.
    provider.serve_list(&list(&fixture.servers[2]));
    fixture.engine.run_ok(&["subscription", "update", "Cloud"]);
    assert!(eventually(LIMIT, || exits() == (Some(2), Some(2), Some(0))), "{:?}", exits());
    let rows: Vec<Value> = fixture.engine.json(&["pins"]);
    let doors = fixture.engine.status().doors;
    assert_eq!((&rows[0]["name"], doors[0].node_name.as_deref()), (&"Tokyo".into(), Some("Tokyo")));
    let is_gone = |kind: &EventKind| matches!(kind, EventKind::SelectedNodeGone { .. });
    assert_eq!(fixture.engine.count_events(is_gone), 0);

    // It is not listed any more.
    provider.serve_list(&link::print(&fixture.servers[1].node("Osaka")));
    fixture.engine.run_ok(&["subscription", "update", "Cloud"]);
    assert!(eventually(LIMIT, || fixture.engine.count_events(is_gone) == 1));
    assert_eq!((fixture.server_for("pinned.test"), fixture.exit(&door, "a.test").0), (None, None));
}

#[test]
fn metrics_count_what_goes_through_a_door() {
    if missing("curl") {
        return;
    }
    let metrics = SocketAddr::new(V4, free_port(V4));
    let fixture = Exits::start(["one", "two", "Tokyo"], "Tokyo", |settings| settings.gateway.metrics = Some(metrics));
    let door = format!("http://{}", add_door(&fixture.engine, "jp", &["--node", "Tokyo"]));
    let page = || get("", &format!("http://{metrics}/metrics")).1;
    let value = |name: &str| {
        let (page, wanted) = (page(), format!("{name}{{door=\"jp\"}} "));
        let line = page.lines().find_map(|line| line.strip_prefix(&wanted).map(str::to_owned));
        line.unwrap_or_else(|| panic!("{wanted}: {page}")).parse::<f64>().unwrap()
    };
    assert_eq!(value("sluice_door_connections_total"), 0.0);
    let url = fixture.origin.url("/bytes/100000");
    assert_eq!(get(&door, &url).0, "200");
    assert_eq!(get(&format!("http://{}", fixture.engine.gateway()), &url).0, "200", "not through the door");
    assert!(eventually(LIMIT, || value("sluice_door_download_bytes_total") >= 1e5));
    assert!(value("sluice_door_download_bytes_total") < 2e5 && value("sluice_door_upload_bytes_total") > 0.0);
    assert_eq!(value("sluice_door_connections_total"), 1.0);
    assert!(eventually(LIMIT, || value("sluice_door_connections") == 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_of_a_door_is_counted_after_a_take_over() {
    let (origin, echo) = (Origin::start(V4), TcpEcho::start(V4));
    let servers = [(); 2].map(|()| EmbeddedServer::start("aes-256-gcm"));
    let mut engine = Setup::new(&origin, |_| ()).start();
    engine.import(&[named("one", servers[0].node()), named("Tokyo", servers[1].node())]);
    engine.run_ok(&["node", "exclude", "Tokyo"]);
    engine.cluster_on(1, "failover");
    let door = Socks::open(add_door(&engine, "jp", &["--node", "Tokyo"]));
    let mut stream = door.connect(&Target::Address(echo.addr)).await.unwrap();
    let mut exchange = async || {
        let mut back = [0; 1_000];
        stream.write_all(&[7; 1_000]).await.unwrap();
        tokio::time::timeout(LIMIT, stream.read_exact(&mut back)).await.expect("in time").unwrap();
    };
    exchange().await;
    let counted = |engine: &Engine| {
        let door = &engine.status().doors[0];
        (door.total, door.up, door.down)
    };
    assert!(eventually(LIMIT, || counted(&engine) == (1, 1_000, 1_000)), "{:?}", counted(&engine));
    let old = engine.take_over();
    // Through the old engine, which keeps the connection.
    exchange().await;
    assert!(eventually(LIMIT, || counted(&engine) == (1, 2_000, 2_000)), "{:?}", counted(&engine));
    drop(stream);
    old.wait();
    assert_eq!(counted(&engine), (1, 2_000, 2_000));
}
