//! Metrics and health of a running engine, and exported configuration in the programs that it is for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sluice::model::Target;

use crate::client::{CurlProxy, curl, get};
use crate::counterparts::{EmbeddedServer, Origin, SocksServer, V4, eventually, free_port, missing, sing_box};
use crate::engine::{Engine, LIMIT, Setup};

/// A program that is killed on drop.
struct Program(Child);

impl Program {
    fn start(program: impl AsRef<Path>, words: &[&str]) -> Self {
        let mut command = Command::new(program.as_ref());
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The status and the body of a page, fetched directly.
fn page(addr: SocketAddr, path: &str) -> (String, String) {
    let url = format!("http://{addr}{path}");
    let words = ["-q", "--silent", "--max-time", "20", "--noproxy", "*", "--write-out", "\n%{http_code}", &url];
    let ran = Command::new("curl").args(words).output().unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find(|line| line.split([' ', '{']).next() == Some(name));
    line.and_then(|line| line.rsplit_once(' ')?.1.parse().ok()).unwrap_or_else(|| panic!("{name}: {metrics}"))
}

#[test]
fn metrics_and_health_reflect_the_state_of_the_engine() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let metrics = SocketAddr::new(V4, free_port(V4));
    let mut engine = Setup::new(&origin, |settings| settings.gateway.metrics = Some(metrics)).start();
    assert_eq!(page(metrics, "/healthz"), ("503".into(), "traffic is turned off\n".into()));
    engine.import(&[server.node("To\"kyo")]);
    engine.cluster_on(1, "sticky");
    assert!(eventually(LIMIT, || page(metrics, "/healthz").0 == "200"));
    curl(CurlProxy::Socks5, engine.gateway(), &origin.url("/bytes/100000"), &[]);
    let is_counted = || value(&page(metrics, "/metrics").1, "sluice_member_download_bytes_total") >= 1e5;
    assert!(eventually(LIMIT, is_counted));
    let text = page(metrics, "/metrics").1;
    assert!(text.contains("name=\"To\\\"kyo\"") && !text.contains(&origin.addr.to_string()), "{text}");
    assert!(value(&text, "sluice_gateway_connections_total") >= 1.0);

    // The port can be moved, is kept if the new one is in use, survives a restart, and can be closed.
    let taken = origin.addr.to_string();
    assert!(engine.run_err(&["set", "gateway.metrics", &taken]).contains("in use"));
    assert_eq!(page(metrics, "/healthz").0, "200");
    engine.take_over().wait();
    assert!(eventually(LIMIT, || page(metrics, "/healthz").0 == "200"));
    assert!(value(&page(metrics, "/metrics").1, "sluice_gateway_download_bytes_total") >= 1e5);
    engine.run_ok(&["set", "gateway.metrics", "null"]);
    assert_eq!(page(metrics, "/healthz").0, "000");
}

/// A machine: an engine at an address of its own.
fn machine(origin: &Origin, server: &SocksServer, last: u8, health_port: u16) -> Engine {
    let ip = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
    let engine = Setup::new(origin, |settings| {
        settings.gateway.listen = SocketAddr::new(ip, 0);
        settings.gateway.metrics = Some(SocketAddr::new(ip, health_port));
    })
    .start();
    engine.import(&[server.node("Tokyo")]);
    engine.cluster_on(1, "sticky");
    engine
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_carries_requests_while_a_machine_is_killed() {
    if missing("haproxy") {
        return;
    }
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let health_port = free_port(V4);
    let mut machines = [2, 3].map(|last| machine(&origin, &server, last, health_port));
    let addresses: Vec<_> = machines.iter().map(|machine| machine.gateway().to_string()).collect();
    let front = SocketAddr::new(V4, free_port(V4));
    let file = machines[0].home().join("haproxy.cfg");
    let (listen, port, file) = (front.to_string(), health_port.to_string(), file.to_str().unwrap());
    let words =
        ["export", "haproxy", &addresses[0], &addresses[1], "--health-port", &port, "--listen", &listen, "-o", file];
    machines[0].run_ok(&words);
    let checked = Command::new("haproxy").args(["-c", "-f", file]).output().unwrap();
    assert!(checked.status.success() && !String::from_utf8_lossy(&checked.stderr).contains("WARNING"), "{checked:?}");

    let _haproxy = Program::start("haproxy", &["-db", "-f", file]);
    let target = Target::Address(origin.addr);
    let mut is_up = false;
    for _ in 0..200 {
        is_up = get(front, &target, "/bytes/1000").await.is_ok();
        if is_up {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(is_up, "a request goes through");
    let used = machines.iter().position(|machine| machine.status().gateway.total > 0).unwrap();
    machines[used].kill();
    for request in 0..30 {
        let page = get(front, &target, "/bytes/1000").await;
        assert_eq!(page.map(|page| page.len()).map_err(|error| format!("{request}: {error}")), Ok(1000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sing_box_carries_requests_while_a_server_is_killed() {
    let origin = Origin::start(V4);
    let mut servers = [EmbeddedServer::start("aes-128-gcm"), EmbeddedServer::start("chacha20-ietf-poly1305")];
    let nodes: Vec<_> = servers.iter().map(EmbeddedServer::node).collect();
    let engine = Engine::start(&origin);
    engine.import(&nodes);
    let front = SocketAddr::new(V4, free_port(V4));
    let file = engine.home().join("config.json");
    let (listen, file) = (front.to_string(), file.to_str().unwrap());
    engine.run_ok(&["export", "sing-box", "--listen", &listen, "-o", file]);
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let program = sing_box();
    let checked = Command::new(&program).args(["check", "-c", file]).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");

    let _sing_box = Program::start(&program, &["run", "-c", file]);
    let target = Target::Address(origin.addr);
    for _ in 0..2 {
        let mut last = None;
        for _ in 0..400 {
            last = Some(get(front, &target, "/bytes/1000").await);
            if matches!(last, Some(Ok(_))) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(last.unwrap().unwrap().len(), 1000);
        servers[0].kill();
    }
}

#[test]
fn exports_contain_passwords_and_name_unsupported_nodes() {
    let origin = Origin::start(V4);
    let engine = Engine::start(&origin);
    let ssr = "ssr://Yy5leGFtcGxlOjg0NDM6YXV0aF9hZXMxMjhfc2hhMTphZXMtMTI4LWN0cjp0bHMxLjJfdGlja2V0X2F1dGg6YzJWamNtVjA";
    engine.run_ok(&["import", ssr]);
    let refused = engine.run(&["export", "sing-box", "-o", "-"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("ShadowsocksR"), "{}", refused.stderr);
    assert!(engine.run_ok(&["export", "mihomo", "-o", "-"]).contains("\"password\": \"secret\""));
    assert_eq!(engine.run(&["export", "mihomo"]).code, Some(2), "the output file is required");
    let shared = engine.run(&["export", "mihomo", "--listen", "0.0.0.0:1080", "-o", "-"]);
    assert_eq!((shared.code, shared.stdout.as_str()), (Some(2), ""));
    assert_eq!(engine.run(&["export", "haproxy", "a b", "-o", "-"]).code, Some(2));
    assert!(engine.run_ok(&["export", "haproxy", "a.lan", "-o", "-"]).contains("server machine1 a.lan:1080"));
}
