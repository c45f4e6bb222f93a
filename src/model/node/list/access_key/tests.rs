//! Access keys in every form.

use super::*;
use crate::model::node::list;

fn of(text: &str) -> String {
    match list::read(text) {
        Ok(items) => {
            let said = |item: &Item| item.node.as_ref().map_or_else(ToString::to_string, link::print);
            items.iter().map(said).collect::<Vec<_>>().join(" ")
        }
        Err(error) => error.to_string(),
    }
}

const PREFIXED: &str = "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpwdw@ss.test:80/?outline=1&prefix=POST%20";

/// The plugin of the node in a text.
fn plugin(text: &str) -> (String, String) {
    let node = list::read(text).unwrap().remove(0).node.unwrap();
    assert_eq!(link::parse(&link::print(&node)).unwrap(), node, "it is shared whole");
    (node.authority(), node.plugin().map(|plugin| plugin.options.clone()).unwrap_or_default())
}

#[test]
fn every_form_of_a_key_is_read() {
    let tcp = "$type: shadowsocks\n    endpoint: ss.test:80\n    cipher: chacha20-ietf-poly1305\n    secret: pw\n    prefix: \"POST \"";
    let yaml = |udp: &str| format!("transport:\n  $type: tcpudp\n  tcp: &shared\n    {tcp}\n  udp: {udp}\n");
    assert_eq!(of(&yaml("{<<: *shared, prefix: ''}")), PREFIXED);
    let legacy =
        r#"{"server":"ss.test","server_port":80,"password":"pw","method":"chacha20-ietf-poly1305","prefix":"POST "}"#;
    assert_eq!(of(legacy), PREFIXED);
    assert_eq!(of(&format!(r#"{{"transport":"{PREFIXED}"}}"#)), PREFIXED);
    assert_eq!(of(&format!(r#"{{"transport":{legacy}}}"#)), PREFIXED);
    let choice = r#"{"transport":{"$type":"first-supported","options":[{"$type":"iptable"},{"$type":"tcpudp","tcp":
        {"$type":"shadowsocks","endpoint":{"$type":"first-supported",
        "options":[{"$type":"quic","url":"wss://w.test/tcp"},{"$type":"dial","address":"ss.test:80"}]},
        "cipher":"chacha20-ietf-poly1305","secret":"pw","prefix":"POST "}}]}}"#;
    assert_eq!(of(choice), PREFIXED);
}

#[test]
fn datagrams_have_their_own_server_and_prefix() {
    let tcp = "$type: shadowsocks\n    endpoint: ss.test:80\n    cipher: chacha20-ietf-poly1305\n    secret: pw\n    prefix: \"POST \"";
    let udp = |udp: &str| plugin(&format!("transport:\n  $type: tcpudp\n  tcp: &shared\n    {tcp}\n  udp: {udp}\n")).1;
    assert_eq!(udp("*shared"), "prefix=POST%20;udp-prefix=POST%20");
    assert_eq!(udp("{<<: *shared, endpoint: 'ss.test:53', prefix: ''}"), "prefix=POST%20;udp=ss.test:53");
    assert_eq!(
        udp("{<<: *shared, endpoint: 'ss.test:53', prefix: \"\\u0097\\u00a7\"}"),
        "prefix=POST%20;udp=ss.test:53;udp-prefix=%C2%97%C2%A7"
    );
}

#[test]
fn websockets_are_read() {
    let shadowsocks = |endpoint: &str| {
        format!(r#"{{"$type":"shadowsocks","endpoint":{endpoint},"cipher":"chacha20-ietf-poly1305","secret":"pw"}}"#)
    };
    let pair = |tcp: &str, udp: Option<&str>| {
        let udp = udp.map(|udp| format!(r#","udp":{}"#, shadowsocks(udp))).unwrap_or_default();
        plugin(&format!(r#"{{"transport":{{"$type":"tcpudp","tcp":{}{udp}}}}}"#, shadowsocks(tcp)))
    };
    let found = |place: &str, options: &str| (place.to_owned(), options.to_owned());
    let tcp = r#"{"$type":"websocket","url":"wss://w.test/s/tcp"}"#;
    let udp = r#"{"$type":"websocket","url":"https://w.test/s/udp"}"#;
    let (tcp_option, udp_option) = ("ws=wss%3A%2F%2Fw.test%2Fs%2Ftcp", "udp-ws=wss%3A%2F%2Fw.test%2Fs%2Fudp");
    assert_eq!(pair(tcp, Some(udp)), found("w.test:443", &format!("{tcp_option};{udp_option}")));
    assert_eq!(pair(tcp, None), found("w.test:443", tcp_option));
    assert_eq!(pair(tcp, Some("\"w.test:443\"")), found("w.test:443", &format!("{tcp_option};udp=w.test:443")));
    assert_eq!(pair("\"ss.test:80\"", Some(udp)), found("ss.test:80", &format!("udp=w.test:443;{udp_option}")));
    let fronted =
        r#"{"$type":"websocket","url":"wss://w.test/s/tcp","endpoint":{"$type":"dial","address":"cdn.test:8443"}}"#;
    assert_eq!(pair(fronted, None), found("cdn.test:8443", tcp_option));
    let choice = format!(r#"{{"$type":"first-supported","options":[{tcp},"ss.test:80"]}}"#);
    assert_eq!(pair(&choice, None), found("w.test:443", tcp_option));
    let both = format!(r#"{{"transport":{}}}"#, shadowsocks(tcp));
    assert_eq!(plugin(&both).1, format!("{tcp_option};udp-ws=wss%3A%2F%2Fw.test%2Fs%2Ftcp"));
}

#[test]
fn unsupported_types_and_provider_messages_are_reported() {
    let endpoint = |endpoint: &str| {
        of(&format!(
            r#"{{"transport":{{"$type":"shadowsocks","endpoint":{endpoint},"cipher":"aes-256-gcm","secret":"pw"}}}}"#
        ))
    };
    assert_eq!(endpoint(r#"{"$type":"quic"}"#), "the transport option quic is not supported");
    let no_address = "the address of the WebSocket must begin with ws:// or wss://, without a user name";
    assert_eq!(endpoint(r#"{"$type":"websocket","url":"hunter2"}"#), no_address);
    assert_eq!(endpoint(r#"{"$type":"websocket"}"#), no_address);
    let twice = r#"{"$type":"websocket","url":"ws://a.test","endpoint":{"$type":"websocket","url":"ws://b.test"}}"#;
    assert_eq!(endpoint(twice), "the transport option websocket is not supported");
    let hop = r#"{"$type":"dial","address":"a.test:1","dialer":{"$type":"shadowsocks"}}"#;
    assert_eq!(endpoint(hop), "the transport option dialer is not supported");
    // The same by another name: the first server as the endpoint of the second.
    let entry = r#"{"$type":"shadowsocks","endpoint":"a.test:1","cipher":"aes-256-gcm","secret":"pw"}"#;
    assert_eq!(endpoint(entry), "the transport option shadowsocks is not supported");
    let choice = |first: &str| endpoint(&format!(r#"{{"$type":"first-supported","options":[{first},"b.test:2"]}}"#));
    assert_eq!((choice(hop), choice(entry)), (endpoint("\"b.test:2\""), endpoint("\"b.test:2\"")));
    let error = "error:\n  message: Quota exceeded\n  details: Used 100GB\n";
    assert_eq!(of(error), "message from the provider: Quota exceeded: Used 100GB");
    assert_eq!(of(r#"{"error":{"message":"gone"}}"#), "message from the provider: gone");
}
