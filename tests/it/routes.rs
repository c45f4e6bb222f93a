//! Which way connections go: by rules and access lists at the gateway, and by the script in a browser.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use sluice::model::Route;
use sluice::model::settings::Mode;
use sluice::model::why::{Ruled, Why};

use crate::counterparts::{Origin, SocksServer, V4, library, missing};
use crate::engine::{Engine, LIMIT, Setup};

const LIST: &[u8] = b"[AutoProxy 0.2.9]\n||listed.test\n@@||not.listed.test\n@@||mine.test\n";
const RULES: &[u8] = b"! my own\n||mine.test\n";
const ACL: &[u8] = b"[proxy_all]\n[outbound_block_list]\n||never.test\n[bypass_list]\n127.0.0.0/8\n";

/// Another address of this machine: nothing but these tests is there.
const NEAR: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// What a request through the gateway gives: its status.
fn get(gateway: SocketAddr, url: &str) -> String {
    let mut stream = TcpStream::connect(gateway).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    write!(stream, "GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

struct Scene {
    origin: Origin,
    server: SocksServer,
    engine: Engine,
}

impl Scene {
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
            engine.done(&["set", "rules.acl", &acl]);
        }
        engine.import(&[server.node("a")]);
        engine.cluster_on(1, "sticky");
        Self { origin, server, engine }
    }

    fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/headers", self.origin.addr.port())
    }

    /// Whether the server was asked for a host.
    fn went_through(&self, host: &str) -> bool {
        self.server.asked().iter().any(|asked| asked == host)
    }
}

#[test]
fn the_gateway_goes_by_access_list_and_rules() {
    let scene = Scene::start(true, true);
    let (engine, gateway) = (&scene.engine, scene.engine.gateway());
    for host in ["listed.test", "www.mine.test"] {
        assert_eq!(get(gateway, &scene.url(host)), "200", "{host}");
        assert!(scene.went_through(host), "{host}");
    }
    assert_eq!(get(gateway, &scene.url("never.test")), "403");
    let near = Origin::start(NEAR.into());
    assert_eq!(get(gateway, &near.url("/headers")), "200");
    assert!(!scene.went_through("never.test") && !scene.went_through(&NEAR.to_string()));

    let ruled: Ruled = engine.json(&["rules", "test", "http://x.listed.test/"]);
    assert_eq!((ruled.gateway.route, ruled.gateway.text.as_str()), (Route::Pool, "||listed.test"));
    let said = engine.done(&["rules", "test", "a.never.test"]);
    assert!(said.contains("at the gateway: blocked (the access list, line 3: ||never.test)"), "{said}");
    let why: Why = engine.json(&["why", "never.test"]);
    assert_eq!(why.ruling.route, Route::Block);
    assert!(engine.done(&["why", "unlisted.test"]).contains("direct"));
}

#[test]
fn rules_are_read_again_without_dropping_anything() {
    let scene = Scene::start(true, true);
    let (engine, gateway) = (&scene.engine, scene.engine.gateway());
    let mut open = TcpStream::connect(gateway).unwrap();
    open.set_read_timeout(Some(LIMIT)).unwrap();
    write!(open, "CONNECT listed.test:{} HTTP/1.1\r\n\r\n", scene.origin.addr.port()).unwrap();
    let mut answer = [0; 12];
    open.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");

    std::fs::write(engine.home().join("my.acl"), "[proxy_all]\n[outbound_block_list]\n||listed.test\n").unwrap();
    engine.done(&["rules", "reload"]);
    assert_eq!(get(gateway, &scene.url("listed.test")), "403");
    write!(open, "GET /headers HTTP/1.1\r\nHost: still.here\r\nConnection: close\r\n\r\n").unwrap();
    let mut rest = String::new();
    open.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("still.here"), "{rest}");

    std::fs::write(engine.home().join("my.acl"), "[proxy_all]\n[bypass_list]\n10.0.0.0/99\n").unwrap();
    let said = engine.refused(&["rules", "reload"]);
    assert!(said.contains("my.acl, line 3: invalid network: 10.0.0.0/99"), "{said}");
    assert_eq!(get(gateway, &scene.url("listed.test")), "403", "what was read before holds");
}

/// What a real browser shows of a page.
fn browse(proxy: &str, url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]);
    // A name that goes past the gateway is looked up by the browser.
    browser.args(["--host-resolver-rules=MAP *.test 127.0.0.1", "--timeout=20000", "--dump-dom", proxy, url]);
    browser.arg(format!("--user-data-dir={}", profile.path().display())).env("HOME", profile.path());
    browser.arg("--proxy-bypass-list=<-loopback>");
    let ran = browser.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[test]
fn a_browser_with_the_script_goes_by_the_rules() {
    if missing("chromium") {
        return;
    }
    // Without programs to set them, no desktop's settings are touched.
    let scene = Scene::start_in(Mode::Pac, false, false, |setup| setup.with_variable("PATH", ""));
    let script = format!("--proxy-pac-url=http://{}/proxy.pac?test", scene.engine.gateway());
    // A listed site, one that is not, the user's rule over the list's, an exception.
    for (host, through) in
        [("www.listed.test", true), ("unlisted.test", false), ("mine.test", true), ("not.listed.test", false)]
    {
        let before = scene.origin.requests();
        let page = browse(&script, &scene.url(host));
        assert!(page.contains(host), "{host}: {page}");
        assert!(scene.origin.requests() > before, "{host} was asked for");
        assert_eq!(scene.went_through(host), through, "{host}: {:?}", scene.server.asked());
    }
}

#[test]
fn a_browser_with_the_gateway_as_proxy_goes_by_its_rules() {
    let Some(names) = library("libnss_wrapper.so") else { return };
    if missing("chromium") {
        return;
    }
    // What goes direct at the gateway is looked up there, by the system: here in this file.
    let scene = Scene::start_with(true, true, |setup| {
        setup.write("hosts", b"127.0.0.1 unlisted.test\n127.0.0.1 not.listed.test\n");
        let hosts = setup.home().join("hosts").display().to_string();
        setup.with_variable("LD_PRELOAD", names).with_variable("NSS_WRAPPER_HOSTS", hosts)
    });
    let proxy = format!("--proxy-server=http://{}", scene.engine.gateway());
    // As with the script: a listed site, one that is not, the user's rule over the list's, an exception.
    for (host, through) in
        [("www.listed.test", true), ("unlisted.test", false), ("mine.test", true), ("not.listed.test", false)]
    {
        let before = scene.origin.requests();
        assert!(browse(&proxy, &scene.url(host)).contains(host), "{host}");
        assert!(scene.origin.requests() > before, "{host} was asked for");
        assert_eq!(scene.went_through(host), through, "{host}: {:?}", scene.server.asked());
    }
    let near = Origin::start(NEAR.into());
    assert!(browse(&proxy, &near.url("/headers")).contains(&NEAR.to_string()));
    assert!(near.requests() > 0 && !scene.went_through(&NEAR.to_string()));
    assert!(browse(&proxy, &scene.url("never.test")).contains("a rule on this computer blocks it"));
}
