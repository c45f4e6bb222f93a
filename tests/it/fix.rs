//! `sluice fix`: a site that blocks nodes by their exit address, and sites that fail everywhere.

use std::collections::HashSet;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sluice::model::EventKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::counterparts::{Background, Origin, SsServer, V4, free_port, missing, serve_tcp};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::named;

/// What a site does with the clients that it blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// It resets the connection after the ClientHello.
    Resets,
    /// It answers with status 403.
    Forbids,
}

/// An https site that knows its clients by their addresses; stopped on drop.
struct Site {
    ip: IpAddr,
    port: u16,
    blocked: Arc<Mutex<HashSet<IpAddr>>>,
    visitors: Arc<Mutex<Vec<IpAddr>>>,
    _service: Background,
}

impl Site {
    /// Starts one at this address with a certificate for it.
    fn start(ip: IpAddr, block: Block, acceptor: TlsAcceptor) -> Self {
        let (blocked, visitors) = (Arc::<Mutex<HashSet<IpAddr>>>::default(), Arc::<Mutex<Vec<IpAddr>>>::default());
        let (known, noted) = (blocked.clone(), visitors.clone());
        let (service, addr) = serve_tcp(ip, move |mut stream| {
            let (acceptor, known, noted) = (acceptor.clone(), known.clone(), noted.clone());
            async move {
                let visitor = stream.peer_addr()?.ip();
                noted.lock().unwrap().push(visitor);
                let is_blocked = known.lock().unwrap().contains(&visitor);
                if is_blocked && block == Block::Resets {
                    stream.read_u8().await?;
                    return stream.set_zero_linger();
                }
                let mut stream = acceptor.accept(stream).await?;
                stream.read_u8().await?;
                let status = if is_blocked { "403 Forbidden" } else { "200 OK" };
                let page = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                stream.write_all(page.as_bytes()).await?;
                stream.shutdown().await
            }
        });
        Self { ip, port: addr.port(), blocked, visitors, _service: service }
    }

    fn block(&self, exits: &[IpAddr]) {
        *self.blocked.lock().unwrap() = exits.iter().copied().collect();
    }

    fn last_visitor(&self) -> Option<IpAddr> {
        self.visitors.lock().unwrap().last().copied()
    }

    fn url(&self) -> String {
        format!("https://{}:{}/", self.ip, self.port)
    }
}

/// A certificate as a file.
fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

const OTHER_SITE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 1, 1, 1));

/// Five ss-servers with an exit address each, in a cluster that uses the first that works, and two sites.
struct Fixture {
    site: Site,
    other: Site,
    servers: Vec<SsServer>,
    exits: Vec<IpAddr>,
    certificate: tempfile::NamedTempFile,
    engine: Engine,
    _origin: Origin,
}

impl Fixture {
    /// `None` if a program is missing.
    fn start(block: Block) -> Option<Self> {
        if missing("curl") {
            return None;
        }
        let names = [V4.to_string(), OTHER_SITE.to_string()];
        let certified = rcgen::generate_simple_self_signed(names).unwrap();
        let mut certificate = tempfile::NamedTempFile::new().unwrap();
        certificate.write_all(pem(certified.cert.der()).as_bytes()).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (site, other) = (Site::start(V4, block, acceptor.clone()), Site::start(OTHER_SITE, block, acceptor));

        let exits: Vec<_> = (2..7).map(|last| IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))).collect();
        let servers: Option<Vec<_>> =
            exits.iter().map(|exit| SsServer::start_with_exit("aes-256-gcm", *exit)).collect();
        let (servers, origin) = (servers?, Origin::start(V4));
        let setup = Setup::new(&origin, |settings| settings.health.limit_s = 2);
        let engine = setup.with_variable("SSL_CERT_FILE", certificate.path().display().to_string()).start();
        let nodes: Vec<_> =
            (0..).zip(&servers).map(|(index, server): (usize, _)| named(&format!("n{index}"), server.node())).collect();
        engine.import(&nodes);
        engine.cluster_on(5, "failover");
        Some(Self { site, other, servers, exits, certificate, engine, _origin: origin })
    }

    /// The status that curl gets from a site through the gateway, 0 for none.
    fn status_for(&self, site: &Site) -> u16 {
        let gateway = format!("socks5h://{}", self.engine.gateway());
        let certificate = self.certificate.path().display().to_string();
        let url = site.url();
        let mut curl = Command::new("curl");
        curl.args(["-q", "-s", "-o", "/dev/null", "--max-time", "15", "-w", "%{http_code}"]);
        curl.args(["--cacert", &certificate, "-x", &gateway, &url]);
        let output = curl.stdin(Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().parse().unwrap()
    }

    /// The JSON of a `fix` that fails.
    #[track_caller]
    fn fails(&self) -> Value {
        let output = self.engine.run(&["fix", &self.site.url(), "--json"]);
        assert_eq!(output.code, Some(1), "{output:?}");
        serde_json::from_str(&output.stdout).unwrap()
    }
}

fn a_good_node_is_found(block: Block) {
    let Some(fixture) = Fixture::start(block) else { return };
    let (engine, site) = (&fixture.engine, &fixture.site);
    site.block(&fixture.exits[..3]);
    if block == Block::Forbids {
        assert_eq!(fixture.status_for(site), 403);
    }
    let check: Value = engine.json(&["fix", &site.url()]);
    assert_eq!((&check["verdict"], &check["site"]), (&"works".into(), &"127.0.0.1".into()));
    let tries = check["tries"].as_array().unwrap();
    let winner = tries.iter().find(|tried| tried["ok"] == true).unwrap();
    assert_eq!((&winner["status"], &winner["id"]), (&200.into(), &check["winner"]));
    assert!(winner["round"].as_u64().unwrap() <= 2, "{tries:#?}");
    for tried in tries.iter().filter(|tried| tried["ok"] == false) {
        match block {
            Block::Forbids => assert_eq!(tried["status"], 403, "{tried}"),
            Block::Resets => assert_eq!(tried["stage"], "destination", "{tried}"),
        }
    }

    // The site goes through that node for a day, and another one where it went before.
    let nodes = engine.nodes();
    let place = nodes.iter().position(|node| winner["id"] == node.id.as_str()).unwrap();
    assert!(place >= 3, "{place}");
    assert_eq!(fixture.status_for(site), 200);
    assert_eq!(site.last_visitor(), Some(fixture.exits[place]));
    assert_eq!((fixture.status_for(&fixture.other), fixture.other.last_visitor()), (200, Some(fixture.exits[0])));
    let pins: Vec<Value> = engine.json(&["pins"]);
    assert_eq!((pins.len(), &pins[0]["until"], &pins[0]["else"]), (1, &check["until"], &"any".into()));
    let until: jiff::Timestamp = check["until"].as_str().unwrap().parse().unwrap();
    let hours = until.duration_since(jiff::Timestamp::now()).as_hours();
    assert!((23..=24).contains(&hours), "{until}");
    assert!(engine.run_ok(&["pins"]).contains(", until 2"));
}

#[test]
fn a_site_that_resets_three_of_five_nodes_is_fixed_within_two_rounds() {
    a_good_node_is_found(Block::Resets);
}

#[test]
fn a_site_that_forbids_three_of_five_nodes_is_fixed_within_two_rounds() {
    a_good_node_is_found(Block::Forbids);
}

#[test]
fn if_no_node_works_the_reason_is_named() {
    let Some(mut fixture) = Fixture::start(Block::Forbids) else { return };
    fixture.site.block(&fixture.exits);
    let check = fixture.fails();
    assert_eq!((&check["verdict"], &check["winner"]), (&"refused".into(), &Value::Null));
    assert_eq!((&check["direct"]["status"], check["tries"].as_array().unwrap().len()), (&200.into(), 5));

    let everyone: Vec<_> = fixture.exits.iter().copied().chain([V4]).collect();
    fixture.site.block(&everyone);
    let check = fixture.fails();
    assert_eq!((&check["verdict"], &check["direct"]["status"]), (&"site".into(), &403.into()));
    let output = fixture.engine.run(&["fix", &fixture.site.url()]);
    assert_eq!((output.code, output.stdout.lines().count()), (Some(1), 6), "{output:?}");
    assert!(output.stderr.starts_with("sluice: 127.0.0.1: it works neither"), "{output:?}");

    fixture.servers.iter_mut().for_each(SsServer::kill);
    assert_eq!(fixture.fails()["verdict"], "nodes");
    let nothing = format!("[\"http://127.0.0.1:{}/\"]", free_port(V4));
    fixture.engine.run_ok(&["set", "health.direct_urls", &nothing]);
    assert_eq!(fixture.fails()["verdict"], "network");
    assert_eq!(fixture.engine.json::<Vec<Value>>(&["pins"]), Vec::<Value>::new());
    assert!(fixture.engine.run_err(&["fix", "no host"]).contains("host"));
    assert!(!fixture.engine.log().contains(&fixture.site.port.to_string()), "sites are not logged");
}

#[test]
fn a_pin_with_an_end_stands_beside_the_users_own_and_ends() {
    let Some(fixture) = Fixture::start(Block::Forbids) else { return };
    let engine = fixture.engine;
    engine.run_ok(&["pin", "127.0.0.1", "n0"]);
    fixture.site.block(&fixture.exits[..1]);
    engine.run_ok(&["fix", &fixture.site.url()]);
    let pins: Vec<Value> = engine.json(&["pins"]);
    assert_eq!(pins.iter().map(|pin| pin["until"].is_null()).collect::<Vec<_>>(), [false, true]);

    // A day later.
    let engine = engine.restarted(|home| {
        let file = home.join("settings.json");
        let mut settings: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        settings["pins"][0]["until"] = "2026-01-01T00:00:00Z".into();
        std::fs::write(&file, settings.to_string()).unwrap();
    });
    let has_ended = || engine.count_events(|kind| matches!(kind, EventKind::PinEnded { .. })) == 1;
    assert!(crate::counterparts::eventually(LIMIT, has_ended));
    let pins: Vec<Value> = engine.json(&["pins"]);
    assert_eq!((pins.len(), &pins[0]["name"]), (1, &"n0".into()));
    assert!(pins[0]["to"].as_str().unwrap().starts_with("node:"));
}
