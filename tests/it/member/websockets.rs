//! Nodes of Outline access keys: Shadowsocks over WebSocket, with a separate endpoint for datagrams.

use std::path::Path;

use sluice::model::list;
use tokio::net::UdpSocket;

use super::*;
use crate::counterparts::{BridgeFault, WebSocketBridge};
use crate::engine::Engine;

const METHOD: &str = "chacha20-ietf-poly1305";

/// The node of an access key for a server behind a bridge, under this host name.
fn access_key_node(
    bridge: &WebSocketBridge,
    (method, password): (&str, &str),
    scheme: &str,
    host: &str,
    prefix: &str,
) -> Node {
    let at = bridge.addr;
    let end = |path: &str| {
        format!(
            r#"{{"$type":"shadowsocks","endpoint":{{"$type":"websocket","url":"{scheme}://{host}:{port}{path}","endpoint":"{at}"}},
            "cipher":"{method}","secret":"{password}","prefix":"{prefix}"}}"#,
            port = at.port(),
        )
    };
    let (tcp, udp) = (end(WebSocketBridge::TCP), end(WebSocketBridge::UDP));
    let key = format!(r#"{{"transport":{{"$type":"tcpudp","tcp":{tcp},"udp":{udp}}}}}"#);
    list::read(&key).unwrap().remove(0).node.unwrap()
}

fn bare_options(at: SocketAddr, options: &str) -> Node {
    let mut node = bare(at);
    let Kind::Ss { plugin, .. } = &mut node.kind else { panic!("Shadowsocks") };
    *plugin = Some(Plugin { name: "outline".into(), options: options.into() });
    node
}

/// A member that trusts only this certificate.
fn trusting(node: &Node, certificate: &Path) -> Member {
    Member::try_start_with(node, &[("SSL_CERT_FILE", certificate)]).unwrap()
}

async fn refusal(member: &Member) -> u8 {
    match member.socks.connect(&name("example.test", 80)).await {
        Err(Refusal::Reply(code)) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn streams_and_datagrams_work_over_websockets() {
    for (method, prefix) in [(METHOD, ""), (METHOD, "POST "), ("aes-256-gcm", "")] {
        let Some(server) = SsServer::start(method) else { return };
        let bridge = WebSocketBridge::to(server.addr);
        check_tcp_and_udp(&access_key_node(&bridge, (method, &server.password), "ws", "w.test", prefix)).await;
        assert_eq!(bridge.upgrades(), 4, "one for each stream and one for all datagrams");
    }
    let server = EmbeddedServer::start("2022-blake3-aes-256-gcm");
    let bridge = WebSocketBridge::to(server.addr);
    check_tcp_and_udp(&access_key_node(&bridge, (&server.method, &server.password), "ws", "w.test", "")).await;
}

#[tokio::test]
async fn after_a_half_close_the_servers_data_is_complete() {
    for prefix in ["", "POST "] {
        let server = EmbeddedServer::start("aes-256-gcm");
        let bridge = WebSocketBridge::to(server.addr);
        let member =
            Member::start(&access_key_node(&bridge, ("aes-256-gcm", &server.password), "ws", "w.test", prefix));
        let echo = HalfCloseEcho::start(V4);
        let mut stream = member.socks.connect(&Target::Address(echo.addr)).await.unwrap();
        let sent = content(1 << 20);
        stream.write_all(&sent).await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(read_all(&mut stream).await.unwrap() == sent, "{prefix}: the echo differs");
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_certificate_must_match_the_name_in_the_address() {
    let Some(server) = SsServer::start(METHOD) else { return };
    let bridge = WebSocketBridge::secured(server.addr, "w.test");
    let node = |host: &str| access_key_node(&bridge, (METHOD, &server.password), "wss", host, "");
    let member = trusting(&node("w.test"), bridge.certificate());
    let origin = Origin::start(V4);
    fetch(&member.socks, &Target::Address(origin.addr), TEN_MB).await;
    echo_datagrams(&member.socks).await;

    let other_name = trusting(&node("other.test"), bridge.certificate());
    let stranger = WebSocketBridge::secured(server.addr, "w.test");
    let unknown_issuer = trusting(&node("w.test"), stranger.certificate());
    for member in [other_name, unknown_issuer] {
        assert_eq!(refusal(&member).await, 0xe0);
        assert!(matches!(member.socks.associate().await, Err(Refusal::Reply(0xe0))));
    }
}

#[tokio::test]
async fn v2ray_plugin_without_multiplexing_is_the_same_on_the_wire() {
    let plugin = ServerPlugin { options: "server;path=/socket;mux=0", ..ServerPlugin::V2RAY_WEBSOCKET };
    let Some(server) = SsServer::start_with_plugin("aes-256-gcm", plugin) else { return };
    let mut node = server.node();
    let Kind::Ss { plugin, .. } = &mut node.kind else { panic!("Shadowsocks") };
    *plugin = Some(Plugin { name: "outline".into(), options: "ws=ws%3A%2F%2Fwww.example.com%2Fsocket".into() });
    let member = Member::start(&node);
    let origin = Origin::start(V4);
    fetch(&member.socks, &Target::Address(origin.addr), TEN_MB).await;
    fetch(&member.socks, &name("localhost", origin.addr.port()), 1000).await;
    // The plugin's port has no UDP, and the key names no other endpoint.
    assert!(matches!(member.socks.associate().await, Err(Refusal::Reply(7))));
}

#[tokio::test]
async fn a_web_server_that_refuses_the_upgrade_is_reported() {
    let server = EmbeddedServer::start("aes-256-gcm");
    let bridge = WebSocketBridge::to(server.addr);
    let member = Member::start(&bare_options(bridge.addr, "ws=ws%3A%2F%2Fw.test%2Fwrong;udp-ws=ws%3A%2F%2Fw.test%2F"));
    assert_eq!(refusal(&member).await, 0xe1);
    assert!(matches!(member.socks.associate().await, Err(Refusal::Reply(0xe1))));
    assert_eq!(bridge.upgrades(), 0);
}

#[tokio::test]
async fn a_truncated_or_invalid_stream_is_reported_as_a_reset() {
    let address = format!("ws=ws%3A%2F%2Fw.test{}", WebSocketBridge::TCP.replace('/', "%2F"));
    let faults = [BridgeFault::Frame(1 << 40), BridgeFault::Frame((1 << 20) + 1), BridgeFault::Cut, BridgeFault::Text];
    for fault in faults {
        let bridge = WebSocketBridge::faulty(fault);
        let member = Member::start(&bare_options(bridge.addr, &address));
        let mut stream = member.socks.connect_pipelined(&name("example.test", 80), b"hello").await.unwrap();
        let ended = read_all(&mut stream).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset, "{fault:?}");
    }
}

#[tokio::test]
async fn a_silent_web_server_times_out() {
    let bridge = WebSocketBridge::faulty(BridgeFault::Silent);
    let member = Member::start(&bare_options(bridge.addr, "ws=ws%3A%2F%2Fw.test%2F"));
    assert_eq!(refusal(&member).await, 6);
}

#[tokio::test]
async fn datagram_salts_begin_with_the_udp_prefix() {
    let Some(server) = SsServer::start(METHOD) else { return };
    let with = |mut node: Node, options: &str| {
        let Kind::Ss { plugin, .. } = &mut node.kind else { panic!("Shadowsocks") };
        *plugin = Some(Plugin { name: "outline".into(), options: options.into() });
        node
    };
    check_tcp_and_udp(&with(server.node(), "prefix=POST%20;udp-prefix=%C2%97%C2%A7")).await;

    let sink = UdpSocket::bind((V4, 0)).await.unwrap();
    let options = format!("prefix=POST%20;udp={};udp-prefix=%C2%97%C2%A7", sink.local_addr().unwrap());
    let member = Member::start(&with(server.node(), &options));
    let association = member.socks.associate().await.unwrap();
    association.send(&name("example.test", 53), b"hello").await.unwrap();
    let mut packet = [0; 1500];
    let length = timeout(LIMIT, sink.recv(&mut packet)).await.unwrap().unwrap();
    assert_eq!((&packet[..2], length), (&b"\x97\xa7"[..], 32 + 16 + 5 + 16));
}

#[test]
fn testing_the_node_reports_the_web_servers_answer() {
    let origin = Origin::start(V4);
    let server = EmbeddedServer::start("aes-256-gcm");
    let (plain, secured) = (WebSocketBridge::to(server.addr), WebSocketBridge::secured(server.addr, "w.test"));
    let engine = Engine::start(&origin);
    for (name, bridge, options, expected) in [
        ("wrong", &plain, "ws=ws%3A%2F%2Fw.test%2Fwrong", "responded to the WebSocket handshake with HTTP status 404"),
        ("unknown", &secured, "ws=wss%3A%2F%2Fw.test%2F", "the TLS handshake with the server failed"),
    ] {
        let mut node = bare_options(bridge.addr, options);
        node.name = name.into();
        engine.import(&[node]);
        let tested = engine.run(&["test", name]);
        assert!(tested.code == Some(1) && tested.stdout.contains(expected), "{tested:?}");
    }
}
