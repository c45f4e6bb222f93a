//! The strategy `smart` with real servers: a site that blocks most nodes finds one that serves it, and stays there.

use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};

use serde_json::Value;
use sluice::model::snapshot::MemberState;
use sluice::model::why::{RankReason, Why};
use sluice::model::{Settings, Target};

use crate::client::get;
use crate::counterparts::{BlockingSite, EmbeddedServer, NameResolution, Origin, SsServer, V4, eventually, missing};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::named;

const NODES: usize = 5;

/// Five nodes with different exits, as the site sees them.
struct Fixture {
    _origin: Origin,
    _servers: Vec<EmbeddedServer>,
    site: BlockingSite,
    engine: Engine,
}

fn exit(node: usize) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 1, u8::try_from(node).unwrap() + 1))
}

impl Fixture {
    fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let (origin, site) = (Origin::start(V4), BlockingSite::start());
        let servers: Vec<_> = (0..NODES).map(|_| EmbeddedServer::start("aes-256-gcm")).collect();
        let engine = Setup::new(&origin, change).start();
        let nodes = servers.iter().enumerate().map(|(index, server)| {
            server.set_name_resolution(NameResolution::Loopback(exit(index)));
            named(&format!("node-{index}"), server.node())
        });
        engine.import(&nodes.collect::<Vec<_>>());
        engine.cluster_on(NODES, "smart");
        Self { _origin: origin, _servers: servers, site, engine }
    }

    /// Fetches a page of a host; the status, 0 for none, and the exits that the site saw.
    fn fetch(&self, scheme: &str, host: &str) -> (u16, Vec<IpAddr>) {
        self.site.take_exits();
        let gateway = format!("http://{}", self.engine.gateway());
        let url = format!("{scheme}://{host}:{}/", self.site.port);
        let mut curl = Command::new("curl");
        curl.args([
            "-q",
            "-s",
            "-k",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--max-time",
            "20",
            "-x",
            &gateway,
            &url,
        ]);
        for variable in ["no_proxy", "NO_PROXY"] {
            curl.env_remove(variable);
        }
        let output = curl.stdin(Stdio::null()).output().unwrap();
        let status = String::from_utf8(output.stdout).unwrap();
        (status.trim().parse().unwrap_or(0), self.site.take_exits())
    }

    /// The exit of a site that is served.
    fn exit_of(&self, host: &str) -> IpAddr {
        let (status, exits) = self.fetch("https", host);
        assert_eq!(status, 200, "{host}");
        *exits.last().unwrap()
    }

    /// Waits until no member is suspect: a reset connection is a reason to check the member.
    fn settle(&self) {
        self.engine.wait_for("all members serve", |snapshot| {
            let serves = |state| matches!(state, MemberState::Serving | MemberState::Warming);
            snapshot.members.len() == NODES && snapshot.members.iter().all(|member| serves(member.state))
        });
    }
}

#[test]
fn a_site_that_blocks_three_of_five_nodes_finds_a_good_one_and_remembers_it() {
    if missing("curl") {
        return;
    }
    for (scheme, host) in [("https", "reset.test"), ("http", "refused.test")] {
        let fixture = Fixture::start(|_| ());
        let (other, own) = (fixture.exit_of("other.test"), fixture.exit_of(host));
        let mut blocked: Vec<_> = (0..NODES).map(exit).collect();
        blocked.sort_by_key(|exit| *exit != own && *exit != other);
        blocked.truncate(3);
        fixture.site.block(&blocked);

        let attempts: Vec<_> = (0..6)
            .map(|_| {
                let attempt = fixture.fetch(scheme, host);
                fixture.settle();
                attempt
            })
            .collect();
        let failed = attempts.iter().filter(|(status, _)| *status != 200).count();
        assert!(failed <= 2, "{host}: {attempts:?}");
        let hits = attempts.iter().filter(|(_, exits)| exits.iter().any(|exit| blocked.contains(exit)));
        assert!(hits.count() <= 2, "{host}: {attempts:?}");
        let good = *attempts[5].1.last().unwrap();
        assert!(!blocked.contains(&good));
        assert!(attempts[2..].iter().all(|(status, exits)| (*status, &exits[..]) == (200, &[good])), "{attempts:?}");
        let why: Why = fixture.engine.json(&["why", host]);
        assert_eq!(why.members[0].because, RankReason::MovedFailed, "{why:?}");
        assert!(why.members.iter().any(|member| member.because == RankReason::SiteFails), "{why:?}");

        // It is not blocked there by name: another site stays on its node.
        fixture.site.block(&[]);
        fixture.settle();
        assert!(eventually(LIMIT, || fixture.exit_of("other.test") == other));
        fixture.site.block(&blocked);

        let fixture = Fixture { engine: fixture.engine.restarted(|_| ()), ..fixture };
        fixture.settle();
        assert_eq!(fixture.fetch(scheme, host), (200, vec![good]), "{host} after a restart");
        forget(&fixture, host);
    }
}

fn forget(fixture: &Fixture, host: &str) {
    use std::os::unix::fs::PermissionsExt;
    let (engine, file) = (&fixture.engine, fixture.engine.home().join("sites.json"));
    let sites: Vec<Value> = engine.json(&["sites"]);
    assert!(sites.iter().any(|site| site["site"] == host && site["because"] == "failed"), "{sites:#?}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let known = || std::fs::read_to_string(&file).unwrap();
    assert!(known().contains(host));
    engine.run_ok(&["sites", "forget", &format!("www.{host}")]);
    assert!(!known().contains(host) && known().contains("other.test"));
    assert!(engine.run_err(&["sites", "forget", host]).contains(host));
    engine.run_ok(&["sites", "forget", "--all"]);
    assert_eq!(engine.json::<Vec<Value>>(&["sites"]), Vec::<Value>::new());
    assert!(!known().contains("other.test"));
}

#[test]
fn a_reset_or_refusal_by_the_site_itself_reaches_the_client() {
    if missing("curl") {
        return;
    }
    let fixture = Fixture::start(|_| ());
    fixture.site.block(&[0, 1, 2, 3, 4].map(exit));
    let (status, exits) = fixture.fetch("http", "refused.test");
    assert_eq!((status, exits.len()), (403, 4), "three more nodes are asked");
    let (status, exits) = fixture.fetch("http", "refused.test");
    assert_eq!((status, exits.len()), (403, 1), "and not again");
}

#[test]
fn without_learning_nothing_is_remembered() {
    if missing("curl") {
        return;
    }
    let fixture = Fixture::start(|settings| settings.cluster.learn = false);
    let first = fixture.exit_of("a.test");
    fixture.site.block(&[first]);
    assert_eq!(fixture.fetch("http", "a.test"), (403, vec![first]));
    assert_eq!(fixture.fetch("http", "a.test"), (403, vec![first]));
    assert_eq!(fixture.engine.json::<Vec<Value>>(&["sites"]), Vec::<Value>::new());
}

#[test]
fn members_tell_what_the_kernel_measures_on_the_connections_to_their_servers() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let Some(server) = SsServer::start("aes-256-gcm") else { return };
    let origin = Origin::start(V4);
    let engine = Setup::new(&origin, |_| ()).start();
    engine.import(&[server.node()]);
    engine.cluster_on(1, "smart");
    let rt = tokio::runtime::Runtime::new().unwrap();
    for _ in 0..10 {
        // More than what is handed over to the member.
        let body = rt.block_on(get(engine.gateway(), &Target::Address(origin.addr), "/bytes/300000")).unwrap();
        assert_eq!(body.len(), 300_000);
    }
    let status = engine.wait_for("connections are measured", |status| status.members[0].round_trip_ms.is_some());
    let member = &status.members[0];
    assert!(member.round_trip_ms.is_some_and(|ms| ms > 0.0 && ms < 1_000.0), "{member:?}");
    assert_eq!(member.retransmitted, Some(0.0), "{member:?}");
}
