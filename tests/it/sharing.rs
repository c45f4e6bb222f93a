//! The additional port for HTTP only, and sharing with other devices of the network, which need a login.

use std::net::SocketAddr;
use std::process::Command;

use sluice::os::network;

use crate::client::{CurlProxy, curl};
use crate::counterparts::{Origin, SocksServer, V4, eventually};
use crate::engine::{Engine, LIMIT, Setup};

const LOGIN: &str = r#"{"user":"guest","password":"hunter2"}"#;

fn engine(origin: &Origin, server: &SocksServer, changes: &[(&str, &str)]) -> Engine {
    let engine = Setup::new(origin, |settings| {
        *settings = settings.with_all(changes.iter().copied()).unwrap();
    })
    .start();
    engine.import(&[server.node("a")]);
    engine.cluster_on(1, "sticky");
    engine
}

fn http(engine: &Engine) -> SocketAddr {
    let http = engine.status().gateway.http.expect("a port for HTTP is configured");
    assert!(http.listening);
    http.addr.parse().unwrap()
}

/// Whether curl fetches a page with these options.
fn passes(options: &[&str], url: &str) -> bool {
    let mut command = Command::new("curl");
    command.args(["-q", "--silent", "--fail", "--max-time", "20", "--noproxy", "", "--output", "/dev/null"]);
    command.args(options).arg(url).status().unwrap().success()
}

#[test]
fn the_http_only_port_is_opened_moved_and_closed() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = engine(&origin, &server, &[("gateway.http_listen", "127.0.0.1:0")]);
    let (port, page) = (http(&engine), origin.url("/bytes/1000"));
    assert_ne!(port, engine.gateway());
    for proxy in [CurlProxy::PlainHttp, CurlProxy::Connect] {
        assert_eq!(curl(proxy, port, &page, &[]).0, 1_000);
    }
    assert!(!passes(&["--socks5-hostname", &port.to_string()], &page), "it accepts HTTP only");
    assert!(engine.run_ok(&["status"]).contains(&format!("HTTP only  {port}")), "{}", engine.run_ok(&["status"]));

    // When the main port moves, this one stays.
    let fixed = format!("127.0.0.1:{}", port.port());
    engine.run_ok(&["set", "gateway.http_listen", &fixed]);
    engine.run_ok(&["set", "gateway.listen", "127.0.0.2:0"]);
    assert_eq!(http(&engine).to_string(), fixed);
    assert_eq!(curl(CurlProxy::PlainHttp, port, &page, &[]).0, 1_000);

    // A port that is in use changes nothing.
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let message = engine.run_err(&["set", "gateway.http_listen", &taken]);
    assert!(message.contains("in use") && message.contains(&taken), "{message}");
    assert_eq!(http(&engine).to_string(), fixed);
    assert!(engine.run_ok(&["get", "gateway.http_listen"]).contains(&fixed));

    engine.run_ok(&["set", "gateway.http_listen", "null"]);
    assert_eq!(engine.status().gateway.http, None);
    assert!(std::net::TcpStream::connect(port).is_err(), "it is closed");
    assert_eq!(curl(CurlProxy::Socks5, engine.gateway(), &page, &[]).0, 1_000);
}

#[test]
fn other_devices_need_a_login_at_both_ports() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let alone = engine(&origin, &server, &[]);
    for key in ["gateway.listen", "gateway.http_listen"] {
        let message = alone.run_err(&["set", key, "0.0.0.0:0"]);
        assert!(message.contains(key) && message.contains("gateway.login"), "{message}");
    }
    assert_eq!(alone.status().gateway.shared, [""; 0], "a loopback port is not listed as shared");

    let shared = [("gateway.listen", "0.0.0.0:0"), ("gateway.http_listen", "0.0.0.0:0"), ("gateway.login", LOGIN)];
    let engine = engine(&origin, &server, &shared);
    assert!(engine.run_err(&["set", "gateway.login", "null"]).contains("gateway.login"));
    let gateway = engine.status().gateway;
    let own: Vec<_> = network::own_addresses().into_iter().filter(std::net::IpAddr::is_ipv4).collect();
    let at = |port: u16| own.iter().map(|ip| format!("{ip}:{port}")).collect::<Vec<_>>();
    let http = gateway.http.clone().unwrap();
    assert_eq!(gateway.shared, at(gateway.addr.parse::<SocketAddr>().unwrap().port()));
    assert_eq!(http.shared, at(http.addr.parse::<SocketAddr>().unwrap().port()));
    assert!(!own.is_empty(), "this machine has an address in some network");

    let page = origin.url("/bytes/1000");
    for (shared, kinds) in [(&gateway.shared, &["socks5h", "http"][..]), (&http.shared, &["http"])] {
        for kind in kinds {
            let with = |login: &str| passes(&["-x", &format!("{kind}://{login}{}", shared[0])], &page);
            assert!(with("guest:hunter2@"), "{kind} at {}", shared[0]);
            assert!(!with(""), "{kind} at {} without a login", shared[0]);
            assert!(!with("guest:hunter3@"), "{kind} at {} with a wrong one", shared[0]);
        }
    }
    let stdout = engine.run_ok(&["status"]) + &engine.run_ok(&["status", "--json"]);
    assert!(stdout.contains(&gateway.shared[0]) && !stdout.contains("hunter2"), "{stdout}");
}

#[test]
fn an_address_on_the_command_line_needs_a_login_too() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Setup::new(&origin, |_| {}).listening_on_all().start();
    engine.import(&[server.node("a")]);
    let message = engine.run_err(&["cluster", "on"]);
    assert!(message.contains("gateway.listen") && message.contains("gateway.login"), "{message}");
    assert!(!engine.status().gateway.listening);
    engine.run_ok(&["set", "gateway.login", LOGIN]);
    engine.run_ok(&["cluster", "on"]);
    assert!(eventually(LIMIT, || engine.status().gateway.listening));
}
