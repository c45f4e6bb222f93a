//! ShadowsocksR members: the stage at which a wrong configuration fails, replacement, and the user's own `ssr-local`.
#![cfg(target_os = "linux")]

use sluice::model::ssr::{Method, Obfs, Protocol};
use sluice::model::{EventKind, Kind, Node, NodeId, Ssr, Target};
use tokio::task::JoinSet;

use crate::client::{CurlProxy, curl, get};
use crate::counterparts::{EmbeddedServer, Origin, SsrServers, V4, content, missing, sha256, ssr, ssr_local};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::{files_below, named};
use crate::node_tests::check;
use crate::processes;

fn default_config() -> Ssr {
    ssr(Method::Aes256Cfb, Protocol::AuthAes128Md5, Obfs::Plain)
}

/// An engine whose health checks time out after two seconds.
fn engine_with_short_limit(origin: &Origin) -> Engine {
    Setup::new(origin, |settings| settings.health.limit_s = 2).start()
}

fn changed(name: &str, node: &Node, change: impl FnOnce(&mut Ssr)) -> Node {
    let mut node = named(name, node.clone());
    if let Kind::Ssr(ssr) = &mut node.kind {
        change(ssr);
    }
    node
}

#[test]
fn any_wrong_parameter_fails_in_the_handshake_stage() {
    let mut wanted = Vec::new();
    for protocol in [Protocol::Origin, Protocol::AuthSha1V4, Protocol::AuthAes128Md5, Protocol::AuthChainA] {
        wanted.extend(
            [Obfs::Plain, Obfs::HttpSimple, Obfs::TlsTicketAuth].map(|obfs| ssr(Method::Aes256Cfb, protocol, obfs)),
        );
    }
    let Some(servers) = SsrServers::start(&wanted) else { return };
    let origin = Origin::start(V4);
    let engine = engine_with_short_limit(&origin);
    for right in servers.nodes() {
        let Kind::Ssr(ssr) = &right.kind else { panic!("a ShadowsocksR node") };
        let other_protocol =
            if ssr.protocol == Protocol::AuthChainA { Protocol::AuthSha1V4 } else { Protocol::AuthChainA };
        let other_obfs = if ssr.obfs == Obfs::Plain { Obfs::TlsTicketAuth } else { Obfs::Plain };
        let name = |what: &str| format!("{what} {}", right.name);
        let nodes = [
            right.clone(),
            changed(&name("password"), right, |ssr| ssr.password = "guessed".into()),
            changed(&name("cipher"), right, |ssr| ssr.method = Method::Chacha20Ietf),
            changed(&name("protocol"), right, |ssr| ssr.protocol = other_protocol),
            changed(&name("obfs"), right, |ssr| ssr.obfs = other_obfs),
        ];
        engine.import(&nodes);
        let [fine, wrong @ ..] = &nodes;
        check(&engine, &[(fine.name.as_str(), None)]);
        check(&engine, &wrong.each_ref().map(|node| (node.name.as_str(), Some("handshake"))));
    }
    let stdout = engine.run(&["test", &format!("password {}", servers.nodes()[0].name)]);
    assert!(stdout.stdout.contains("handshake or credentials"), "{stdout:?}");
}

#[test]
fn a_wrong_user_fails_in_the_handshake_stage_and_a_closed_page_in_the_destination_stage() {
    let user = Ssr { protocol_param: "1001:one".into(), ..default_config() };
    let Some(servers) = SsrServers::start_shared(&[user, default_config()], "64#1001:one") else { return };
    let origin = Origin::start(V4);
    let engine = engine_with_short_limit(&origin);
    let [shared, own] = servers.nodes() else { panic!("two nodes") };
    engine.import(&[
        named("user", shared.clone()),
        changed("stranger", shared, |ssr| ssr.protocol_param = "1001:two".into()),
        named("own", own.clone()),
    ]);
    check(&engine, &[("user", None), ("stranger", Some("handshake")), ("own", None)]);
    engine.run_ok(&["set", "health.urls", &format!(r#"["http://127.0.0.1:{}/"]"#, crate::counterparts::free_port(V4))]);
    check(&engine, &[("user", Some("destination")), ("own", Some("destination"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_with_a_wrong_password_stays_up() {
    let Some(servers) = SsrServers::start(&[default_config()]) else { return };
    let origin = Origin::start(V4);
    let engine = engine_with_short_limit(&origin);
    engine.import(&[changed("wrong", &servers.nodes()[0], |ssr| ssr.password = "guessed".into())]);
    engine.run(&["connect", "wrong"]);
    let pid =
        engine.wait_for("the member has a process", |status| status.members.iter().any(|member| member.pid.is_some()));
    let pid = pid.members[0].pid.unwrap();
    for _ in 0..10 {
        assert!(get(engine.gateway(), &Target::Address(origin.addr), "/bytes/10").await.is_err());
    }
    assert!(processes::is_alive(pid));
    assert_eq!(engine.count_events(|kind| matches!(kind, EventKind::MemberExited { .. })), 0);
}

/// Fetches pages while the server of a member is killed, until the spare node has taken its place.
async fn check_replacement(engine: &Engine, origin: &Origin, victim: &NodeId, kill: impl FnOnce()) {
    let (gateway, target) = (engine.gateway(), Target::Address(origin.addr));
    let fetch_some = async || {
        let mut clients = JoinSet::new();
        for _ in 0..40 {
            let target = target.clone();
            clients.spawn(async move { get(gateway, &target, "/bytes/5000").await.unwrap() == content(5000) });
        }
        assert!(clients.join_all().await.into_iter().all(|is_whole| is_whole));
    };
    fetch_some().await;
    assert!(engine.totals().iter().all(|total| *total >= 20), "both members have traffic: {:?}", engine.totals());
    kill();
    // Requests after the kill succeed through the other member.
    fetch_some().await;
    let has_left = |kind: &EventKind| matches!(kind, EventKind::MemberEvicted { id, .. } if id == victim);
    engine.wait_for("the spare node has taken its place", |status| {
        status.members.iter().all(|member| member.id != *victim) && engine.count_events(has_left) == 1
    });
    engine.wait_for_members(2);
    fetch_some().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ssr_member_is_replaced_by_an_ss_node() {
    let Some(mut doomed) = SsrServers::start(&[default_config()]) else { return };
    let other = EmbeddedServer::start("aes-256-gcm");
    let spare = EmbeddedServer::start("chacha20-ietf-poly1305");
    let origin = Origin::start(V4);
    let engine = Engine::start(&origin);
    let victim = doomed.nodes()[0].clone();
    engine.import(&[victim.clone(), named("other", other.node()), named("spare", spare.node())]);
    engine.cluster_on(2, "round-robin");
    check_replacement(&engine, &origin, &victim.id(), || doomed.kill()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ss_member_is_replaced_by_an_ssr_node() {
    let tls = ssr(Method::Chacha20Ietf, Protocol::AuthChainA, Obfs::TlsTicketAuth);
    let Some(servers) = SsrServers::start(&[default_config(), tls]) else { return };
    let mut doomed = EmbeddedServer::start("aes-256-gcm");
    let origin = Origin::start(V4);
    let engine = Engine::start(&origin);
    let victim = named("doomed", doomed.node());
    let [member, spare] = servers.nodes() else { panic!("two nodes") };
    engine.import(&[member.clone(), victim.clone(), spare.clone()]);
    engine.cluster_on(2, "round-robin");
    check_replacement(&engine, &origin, &victim.id(), || doomed.kill()).await;
}

#[test]
fn a_node_shows_its_parameters_and_weakness_and_no_secret() {
    let origin = Origin::start(V4);
    let engine = Engine::start(&origin);
    let at = |name: &str, ssr: Ssr| Node::new(name, "127.0.0.1", 9, Kind::Ssr(ssr));
    engine
        .import(&[at("sound", default_config()), at("weak", ssr(Method::Rc4Md5, Protocol::Origin, Obfs::HttpSimple))]);
    let nodes = engine.nodes();
    let args =
        |nth: usize| [&nodes[nth].kind, &nodes[nth].method, &nodes[nth].protocol, &nodes[nth].obfs].map(String::as_str);
    assert_eq!(args(0), ["ssr", "aes-256-cfb", "auth_aes128_md5", "plain"]);
    assert_eq!(args(1), ["ssr", "rc4-md5", "origin", "http_simple"]);
    let list = engine.run_ok(&["nodes"]);
    let marked: Vec<_> = list.lines().map(|line| line.contains("broken cipher")).collect();
    assert_eq!(marked, [false, false, true], "{list}");
    let shown = engine.run_ok(&["node", "show", "weak"]);
    assert!(shown.contains("http_simple") && shown.contains("broken cipher"), "{shown}");
    assert!(!format!("{list}{shown}{}", engine.run_ok(&["nodes", "--json"])).contains("a password of the tests"));

    // A restart keeps the nodes; unsupported links are rejected on import.
    let engine = engine.restarted(|_| {});
    assert_eq!(engine.nodes(), nodes);
    let link = engine.run_ok(&["share", "sound"]);
    let unknown = engine.run(&["import", "ssr://MTI3LjAuMC4xOjk6YXV0aF9jaGFpbl9mOm5vbmU6cGxhaW46Y0hj"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("unsupported ShadowsocksR protocol auth_chain_f"), "{unknown:?}");
    assert_eq!(engine.run(&["import", link.trim()]).code, Some(0), "a known node is accepted");
    assert_eq!(engine.nodes().len(), 2);
}

#[tokio::test]
async fn the_users_own_ssr_local_works_as_a_member() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = ssr_local(folder.path()).filter(|_| !missing("curl")) else { return };
    let tls = ssr(Method::Aes128Ctr, Protocol::AuthAes128Sha1, Obfs::TlsTicketAuth);
    let Some(servers) = SsrServers::start(&[default_config(), tls]) else { return };
    let origin = Origin::start(V4);
    let setup = Setup::new(&origin, |settings| settings.members.ssr_local = Some(program));
    let mut engine = setup.start();
    engine.import(servers.nodes());
    engine.cluster_on(2, "round-robin");
    for proxy in CurlProxy::ALL {
        let received = curl(proxy, engine.gateway(), &origin.url("/bytes/3000000"), &[]);
        assert_eq!(received, (3_000_000, sha256(&content(3_000_000))), "{proxy:?}");
    }
    let members = processes::below(engine.pid());
    assert!(
        members.iter().all(|&pid| processes::name(pid).starts_with("python")),
        "all members are the user's program"
    );
    let left: Vec<_> = files_below(engine.home());
    assert!(
        !left.iter().any(|file| file.to_string_lossy().contains("ssr-local")),
        "configuration files are left: {left:?}"
    );
    engine.kill();
    let has_ended = crate::counterparts::eventually(LIMIT, || !members.iter().any(|&pid| processes::is_alive(pid)));
    assert!(has_ended, "no process is left");
}
