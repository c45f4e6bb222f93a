//! Routing: by rules and access lists at the gateway, and by the PAC script in a browser.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use sluice::model::Route;
use sluice::model::settings::Mode;
use sluice::model::why::{RuleTestResult, Why};

use crate::counterparts::{Origin, SocksServer, V4, library, missing};
use crate::engine::{Engine, LIMIT, Setup};

const LIST: &[u8] = b"[AutoProxy 0.2.9]\n||listed.test\n@@||not.listed.test\n@@||mine.test\n";
const RULES: &[u8] = b"! my own\n||mine.test\n";
const ACL: &[u8] = b"[proxy_all]\n[outbound_block_list]\n||never.test\n[bypass_list]\n127.0.0.0/8\n";

/// Another loopback address, which only these tests use.
const DIRECT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Requests a page through the gateway; the HTTP status.
fn get(gateway: SocketAddr, url: &str) -> String {
    let mut stream = TcpStream::connect(gateway).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    write!(stream, "GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

struct Fixture {
    origin: Origin,
    server: SocksServer,
    engine: Engine,
}

impl Fixture {
    fn start(at_gateway: bool, with_acl: bool) -> Self {
        Self::start_with(at_gateway, with_acl, |setup| setup)
    }

    fn start_with(at_gateway: bool, with_acl: bool, change: impl FnOnce(Setup) -> Setup) -> Self {
        Self::start_in(Mode::Manual, at_gateway, with_acl, change)
    }

    fn start_in(mode: Mode, at_gateway: bool, with_acl: bool, change: impl FnOnce(Setup) -> Setup) -> Self {
        let (origin, server) = (Origin::start(V4), SocksServer::start());
        let setup = change(Setup::new(&origin, |settings| {
            settings.rules.at_gateway = at_gateway;
            settings.mode = mode;
        }));
        setup.write("list.txt", LIST);
        setup.write("rules.txt", RULES);
        setup.write("my.acl", ACL);
        let acl = setup.home().join("my.acl").display().to_string();
        let engine = setup.start();
        if with_acl {
            engine.run_ok(&["set", "rules.acl", &acl]);
        }
        engine.import(&[server.node("a")]);
        engine.cluster_on(1, "sticky");
        Self { origin, server, engine }
    }

    fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/headers", self.origin.addr.port())
    }

    /// Whether the server got a request for a host.
    fn went_through(&self, host: &str) -> bool {
        self.server.requested_hosts().iter().any(|asked| asked == host)
    }
}

#[test]
fn the_gateway_applies_the_access_list_and_rules() {
    let fixture = Fixture::start(true, true);
    let (engine, gateway) = (&fixture.engine, fixture.engine.gateway());
    for host in ["listed.test", "www.mine.test"] {
        assert_eq!(get(gateway, &fixture.url(host)), "200", "{host}");
        assert!(fixture.went_through(host), "{host}");
    }
    assert_eq!(get(gateway, &fixture.url("never.test")), "403");
    let direct = Origin::start(DIRECT.into());
    assert_eq!(get(gateway, &direct.url("/headers")), "200");
    assert!(!fixture.went_through("never.test") && !fixture.went_through(&DIRECT.to_string()));

    let ruled: RuleTestResult = engine.json(&["rules", "test", "http://x.listed.test/"]);
    assert_eq!((ruled.gateway.route, ruled.gateway.text.as_str()), (Route::Pool, "||listed.test"));
    let stdout = engine.run_ok(&["rules", "test", "a.never.test"]);
    assert!(stdout.contains("at the gateway: blocked (the access list, line 3: ||never.test)"), "{stdout}");
    let why: Why = engine.json(&["why", "never.test"]);
    assert_eq!(why.ruling.route, Route::Block);
    assert!(engine.run_ok(&["why", "unlisted.test"]).contains("direct"));
}

#[test]
fn rules_are_reloaded_without_dropping_connections() {
    let fixture = Fixture::start(true, true);
    let (engine, gateway) = (&fixture.engine, fixture.engine.gateway());
    let mut open = TcpStream::connect(gateway).unwrap();
    open.set_read_timeout(Some(LIMIT)).unwrap();
    write!(open, "CONNECT listed.test:{} HTTP/1.1\r\n\r\n", fixture.origin.addr.port()).unwrap();
    let mut answer = [0; 12];
    open.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");

    std::fs::write(engine.home().join("my.acl"), "[proxy_all]\n[outbound_block_list]\n||listed.test\n").unwrap();
    engine.run_ok(&["rules", "reload"]);
    assert_eq!(get(gateway, &fixture.url("listed.test")), "403");
    write!(open, "GET /headers HTTP/1.1\r\nHost: still.here\r\nConnection: close\r\n\r\n").unwrap();
    let mut rest = String::new();
    open.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("still.here"), "{rest}");

    std::fs::write(engine.home().join("my.acl"), "[proxy_all]\n[bypass_list]\n10.0.0.0/99\n").unwrap();
    let message = engine.run_err(&["rules", "reload"]);
    assert!(message.contains("my.acl, line 3: invalid network: 10.0.0.0/99"), "{message}");
    assert_eq!(get(gateway, &fixture.url("listed.test")), "403", "the previous rules stay in force");
}

/// Loads a page in a real browser; its content.
fn browse(proxy: &str, url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]);
    // A name that bypasses the gateway is resolved by the browser.
    browser.args(["--host-resolver-rules=MAP *.test 127.0.0.1", "--timeout=20000", "--dump-dom", proxy, url]);
    browser.arg(format!("--user-data-dir={}", profile.path().display())).env("HOME", profile.path());
    browser.arg("--proxy-bypass-list=<-loopback>");
    let output = browser.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_browser_with_the_pac_script_follows_the_rules() {
    if missing("chromium") {
        return;
    }
    // Without the desktops' programs in PATH, no system proxy is changed.
    let fixture = Fixture::start_in(Mode::Pac, false, false, |setup| setup.with_variable("PATH", ""));
    let script = format!("--proxy-pac-url=http://{}/proxy.pac?test", fixture.engine.gateway());
    // A listed site, an unlisted one, the user's rule over the list's, an exception.
    for (host, through) in
        [("www.listed.test", true), ("unlisted.test", false), ("mine.test", true), ("not.listed.test", false)]
    {
        let before = fixture.origin.requests();
        let page = browse(&script, &fixture.url(host));
        assert!(page.contains(host), "{host}: {page}");
        assert!(fixture.origin.requests() > before, "{host} was requested");
        assert_eq!(fixture.went_through(host), through, "{host}: {:?}", fixture.server.requested_hosts());
    }
}

#[test]
fn a_browser_with_the_gateway_as_proxy_follows_the_gateways_rules() {
    let Some(names) = library("libnss_wrapper.so") else { return };
    if missing("chromium") {
        return;
    }
    // The gateway resolves what goes direct with the system's resolver, here from this file.
    let fixture = Fixture::start_with(true, true, |setup| {
        setup.write("hosts", b"127.0.0.1 unlisted.test\n127.0.0.1 not.listed.test\n");
        let hosts = setup.home().join("hosts").display().to_string();
        setup.with_variable("LD_PRELOAD", names).with_variable("NSS_WRAPPER_HOSTS", hosts)
    });
    let proxy = format!("--proxy-server=http://{}", fixture.engine.gateway());
    // As with the script: a listed site, an unlisted one, the user's rule over the list's, an exception.
    for (host, through) in
        [("www.listed.test", true), ("unlisted.test", false), ("mine.test", true), ("not.listed.test", false)]
    {
        let before = fixture.origin.requests();
        assert!(browse(&proxy, &fixture.url(host)).contains(host), "{host}");
        assert!(fixture.origin.requests() > before, "{host} was requested");
        assert_eq!(fixture.went_through(host), through, "{host}: {:?}", fixture.server.requested_hosts());
    }
    let direct = Origin::start(DIRECT.into());
    assert!(browse(&proxy, &direct.url("/headers")).contains(&DIRECT.to_string()));
    assert!(direct.requests() > 0 && !fixture.went_through(&DIRECT.to_string()));
    assert!(browse(&proxy, &fixture.url("never.test")).contains("a rule on this computer blocks it"));
}
