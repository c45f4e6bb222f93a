//! Lists in every supported form.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::model::node::Kind;

const LINKS: &str = "ss://YWVzLTI1Ni1nY206dGVzdA@127.0.0.1:8388#one\nss://YWVzLTI1Ni1nY206dGVzdA@127.0.0.2:8388#two\n";

/// The items of a text: for each its position and the node as a link, or the error.
fn items(text: &str) -> Vec<(ListPosition, String)> {
    let shown = |item: Item| (item.place, item.node.map_or_else(|error| error.to_string(), |node| link::print(&node)));
    read(text).unwrap().into_iter().map(shown).collect()
}

fn servers_in(text: &str) -> Vec<String> {
    items(text).into_iter().map(|(_, shown)| shown).collect()
}

#[test]
fn lists_may_be_encoded_in_any_base64() {
    let plain = items(LINKS);
    assert_eq!(
        plain.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
        [ListPosition::Line(1), ListPosition::Line(2)]
    );
    let packed = STANDARD.encode(LINKS);
    let broken: Vec<_> = packed.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let forms = [
        packed.clone(),
        format!("\u{feff}{packed}\r\n"),
        broken.join("\r\n"),
        packed.trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(LINKS),
    ];
    for form in forms {
        assert_eq!(items(&form), plain, "{form}");
    }
}

#[test]
fn sip008_is_read() {
    let text = r#"{"version": 1, "bytes_used": 5, "servers": [
        {"id": "27b8a625-4f4b-4428-9f0f-8a2317db7c79", "remarks": "Tokyo", "server": "example.com", "server_port": 8388,
         "password": "example", "method": "chacha20-ietf-poly1305", "plugin": "obfs-local", "plugin_opts": "obfs=http"},
        {"remarks": "", "server": "2001:db8::1", "server_port": "443", "password": "p", "method": "aes-128-gcm"},
        {"server": "example.com", "server_port": 0, "password": "p", "method": "aes-128-gcm"},
        {"server": "example.com", "server_port": 1, "password": "p", "method": "rot13"}
    ]}"#;
    assert_eq!(
        servers_in(text),
        [
            "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpleGFtcGxl@example.com:8388/?plugin=obfs-local%3Bobfs%3Dhttp#Tokyo",
            "ss://YWVzLTEyOC1nY206cA@[2001:db8::1]:443",
            "the port must be a number from 1 to 65535",
            "unsupported cipher",
        ]
    );
    assert_eq!(items(text)[3].0, ListPosition::Server(4));
}

#[test]
fn the_files_of_other_clients_are_read() {
    let windows = r#"{"version":"4.4.1","configs":[{"server":"a.test","server_port":1,"password":"p","method":"aes-256-gcm",
        "plugin":"","plugin_opts":"","remarks":"a","timeout":5}],"index":0,"global":false}"#;
    let ssr = r#"{"configs":[{"remarks":"b","id":"x","server":"b.test","server_port":2,"server_udp_port":0,"password":"p",
        "method":"aes-256-cfb","protocol":"auth_aes128_md5","protocolparam":"1:u","obfs":"http_simple","obfsparam":"h.test",
        "remarks_base64":"Yg","group":"G","enable":true}]}"#;
    let electron = r#"[{"id":"y","type":"ssr","remark":"c","serverHost":"c.test","serverPort":3,"password":"p",
        "encryptMethod":"chacha20-ietf","protocol":"origin","protocolParam":"","obfs":"plain","obfsParam":""}]"#;
    let libev = r#"{"server":["d.test","e.test"],"mode":"tcp_and_udp","server_port":4,"local_port":1080,"password":"p",
        "method":"aes-128-gcm"}"#;
    let rust = r#"{"local_port":1080,"servers":[{"address":"f.test","port":5,"method":"aes-128-gcm","password":"p"}]}"#;
    let of = |text| {
        let item = read(text).unwrap().remove(0);
        let node = item.node.unwrap();
        (node.name.clone(), node.group.clone(), node.host.clone(), node.port, node.kind.as_str())
    };
    assert_eq!(of(windows), ("a".into(), String::new(), "a.test".into(), 1, "ss"));
    assert_eq!(of(ssr), ("b".into(), "G".into(), "b.test".into(), 2, "ssr"));
    assert_eq!(of(electron), ("c".into(), String::new(), "c.test".into(), 3, "ssr"));
    assert_eq!(of(libev), (String::new(), String::new(), "d.test".into(), 4, "ss"));
    assert_eq!(of(rust), (String::new(), String::new(), "f.test".into(), 5, "ss"));
}

#[test]
fn a_group_contains_all_its_servers() {
    let text = r#"{"config":[
        {"id":"1","remark":"a","serverHost":"a.test","serverPort":1,"password":"p","encryptMethod":"aes-256-gcm"},
        {"id":"2","name":"G\u001b","type":"group","url":"https://h.test/s","servers":[
            {"id":"3","remark":"b","serverHost":"b.test","serverPort":2,"password":"p","encryptMethod":"aes-256-gcm"},
            {"id":"4","remark":"c","serverHost":"","serverPort":2,"password":"p","encryptMethod":"aes-256-gcm"}]},
        {"id":"5","name":"empty","servers":[]}],"settings":{"localPort":1080}}"#;
    let found = read(text).unwrap();
    let groups: Vec<_> = found.iter().map(|item| item.node.as_ref().map(|node| node.group.as_str()).ok()).collect();
    assert_eq!(groups, [Some(""), Some("G"), None]);
    assert_eq!(found[2].place, ListPosition::Server(3));
}

/// A tree of hundreds of megabytes is rejected before it is built; the longest list is accepted.
#[test]
fn the_size_of_json_is_checked_before_it_is_kept() {
    const SIZE: usize = 8 << 20;
    let filled = |piece: &str| format!("{{\"servers\":[{}0]}}", piece.repeat(SIZE / piece.len()));
    for piece in ["0,", "{\"a\":0},", "{},", "[],", "\"\",", "[{\"a\":0}],"] {
        assert_eq!(read(&filled(piece)), Err(ListError::TooMuch), "{piece}");
    }
    let server = r#"{"id":"27b8a625-4f4b-4428-9f0f-8a2317db7c79","remarks":"Tokyo","server":"203.0.113.200","server_port":65535,
        "password":"d29ya3MgZm9yIG1l","method":"2022-blake3-aes-256-gcm","plugin":"","plugin_opts":"","group":"G","timeout":5},"#;
    let longest = format!("{{\"servers\":[{}]}}", server.repeat(MAX_ITEMS).trim_end_matches(','));
    assert_eq!(read(&longest).unwrap().len(), MAX_ITEMS);
}

#[test]
fn clash_is_read() {
    let text = "
port: 7890
proxies:
  - {name: 'A 🇯🇵', type: ss, server: a.test, port: 443, cipher: aes-256-gcm, password: 'p', plugin: obfs, plugin-opts: {mode: tls, host: b;ing.test}}
  - name: B
    type: ssr
    server: b.test
    port: 444
    cipher: aes-256-cfb
    password: 123
    protocol: auth_sha1_v4
    obfs: tls1.2_ticket_auth
    obfs-param: x.test
  - {name: C, type: vmess, server: c.test, port: 1, uuid: x}
  - {name: D, type: socks5, server: d.test, port: 1080, username: u, password: p}
  - {name: E, type: ss, server: e.test, port: 443, cipher: aes-256-gcm, password: p, plugin: v2ray-plugin, plugin-opts: {mode: websocket, tls: true, path: /w}}
proxy-groups: []
";
    let nodes = read(text).unwrap();
    let plugin = |index: usize| match &nodes[index].node.as_ref().unwrap().kind {
        Kind::Ss { plugin: Some(plugin), .. } => format!("{};{}", plugin.name, plugin.options),
        Kind::Ss { .. } | Kind::Ssr(_) | Kind::Socks5 { .. } => panic!("no plugin"),
    };
    assert_eq!(plugin(0), r"obfs-local;obfs=tls;obfs-host=b\;ing.test");
    assert_eq!(nodes[0].node.as_ref().unwrap().name, "A 🇯🇵");
    assert!(matches!(&nodes[1].node.as_ref().unwrap().kind, Kind::Ssr(_)));
    assert_eq!(nodes[2].node, Err(LinkError::Unsupported("vmess".into())));
    assert!(matches!(&nodes[3].node.as_ref().unwrap().kind, Kind::Socks5 { login: Some(_) }));
    assert_eq!(plugin(4), "v2ray-plugin;tls;mode=websocket;path=/w");
}

/// Name and password of each Shadowsocks server.
fn passwords(text: &str) -> Vec<(String, String)> {
    let of = |item: Item| match item.node {
        Ok(Node { name, kind: Kind::Ss { password, .. }, .. }) => (name, password.expose().to_owned()),
        other => panic!("{other:?}"),
    };
    read(text).unwrap().into_iter().map(of).collect()
}

#[test]
fn yaml_scalars_keep_their_text() {
    let written = [
        "0987654321",
        "!<str> 0987654321",
        "!!str 12",
        "3e21",
        "0xBEef",
        "0o17",
        "77.10",
        "99999999999999999999999",
        "+447700900000",
        "12_34",
        "no",
        "True",
        "04478e308106",
        "1:30",
        "2001-01-01",
        ".inf",
        "'0123'",
        "\"yes\"",
    ];
    let entry = |text: &&str| {
        format!(" - {{name: {text}, type: ss, server: h.test, port: '443', cipher: aes-256-gcm, password: {text}}}\n")
    };
    let text = format!("proxies:\n{}", written.iter().map(entry).collect::<String>());
    let plain = |text: &&str| {
        text.trim_start_matches("!<str> ").trim_start_matches("!!str ").trim_matches(['\'', '"']).to_owned()
    };
    assert_eq!(passwords(&text), written.iter().map(plain).map(|text| (text.clone(), text)).collect::<Vec<_>>());
}

#[test]
fn an_odd_entry_is_refused_alone() {
    let text = "proxies:
  - {name: vless, type: vless, server: a.test, port: 443, reality-opts: {short-id: 04478e308106, public-key: 9e999}}
  - {name: empty, type: ss, server: b.test, port: 443, cipher: aes-256-gcm, password: }
  - {name: [list], type: ss, server: c.test, port: {a: b}, cipher: aes-256-gcm, password: p}
  - just a text
  - {name: good, type: ss, server: d.test, port: 443, cipher: aes-256-gcm, password: 04478e308106}
";
    let said = servers_in(text);
    assert_eq!(said[..2], ["vless:// is not supported", "the password is empty"]);
    assert_eq!(said[2..4], ["missing port", "missing or invalid host"]);
    assert!(said[4].ends_with("#good"), "{said:?}");
}

#[test]
fn transport_options_are_kept_or_refused() {
    let of = |rest: &str| {
        let text = format!(
            "proxies:\n - {{name: n, type: ss, server: h.test, port: 1, cipher: aes-256-gcm, password: p, {rest}}}\n"
        );
        match read(&text).unwrap().remove(0).node {
            Ok(Node { kind: Kind::Ss { plugin: Some(plugin), .. }, .. }) => {
                format!("{};{}", plugin.name, plugin.options)
            }
            Ok(_plain) => "plain".into(),
            Err(error) => error.to_string(),
        }
    };
    let ws = "plugin: v2ray-plugin, plugin-opts: {mode: websocket";
    assert_eq!(of(&format!("{ws}, mux: false}}")), "v2ray-plugin;mode=websocket;mux=0");
    assert_eq!(of(&format!("{ws}, mux: true, tls: 'true'}}")), "v2ray-plugin;tls;mode=websocket");
    assert_eq!(of(&format!("{ws}, skip-cert-verify: false}}")), "v2ray-plugin;mode=websocket");
    assert_eq!(
        of(&format!("{ws}, skip-cert-verify: 'yes'}}")),
        "the plugin's option skip-cert-verify is not supported"
    );
    assert_eq!(of("obfs: http, obfs-host: b.test"), "obfs-local;obfs=http;obfs-host=b.test");
    assert_eq!(of("obfs: tls"), "obfs-local;obfs=tls");
    assert_eq!(of("obfs: ''"), "plain");
    assert_eq!(of("obfs: salamander"), "the plugin's option obfs=salamander is not supported");
    assert_eq!(of("tls: \"true\""), "the transport option tls is not supported");
    assert_eq!(of("tls: off, udp: true, tfo: true, smux: {enabled: true}"), "plain");
    assert_eq!(of("network: ws, ws-opts: {path: /}"), "the transport option ws-opts is not supported");
    assert_eq!(of("network: grpc"), "the transport option network=grpc is not supported");
    assert_eq!(of("dialer-proxy: other"), "the transport option dialer-proxy is not supported");
    let socks = "proxies:\n- {name: s, type: socks5, server: h.test, port: 1, tls: true}";
    assert_eq!(servers_in(socks), ["the transport option tls is not supported"]);
    let windows = r#"{"configs":[{"server":"a.test","server_port":1,"password":"p","method":"aes-256-gcm","plugin":"x",
        "plugin_opts":"","plugin_args":"-v"},{"server":"b.test","server_port":1,"password":"p","method":"aes-256-gcm",
        "plugin":"x","plugin_args":""}]}"#;
    assert_eq!(servers_in(windows)[0], "the transport option plugin_args is not supported");
    assert!(servers_in(windows)[1].contains("b.test"));
}

#[test]
fn each_host_of_a_server_is_a_node() {
    let text =
        r#"{"server":["a.test","[2001:db8::1]","", "b.test"],"server_port":4,"password":"p","method":"aes-128-gcm"}"#;
    let found = read(text).unwrap();
    let hosts: Vec<_> = found.iter().map(|item| item.node.as_ref().map(|node| node.host.as_str()).ok()).collect();
    assert_eq!(hosts, [Some("a.test"), Some("2001:db8::1"), None, Some("b.test")]);
    assert!(found.iter().all(|item| item.place == ListPosition::Server(1)));
    let many = format!(
        r#"{{"server":[{}"x"],"server_port":4,"password":"p","method":"aes-128-gcm"}}"#,
        "\"x\",".repeat(30_000)
    );
    assert_eq!(read(&many), Err(ListError::TooMany(30_001)));
}

#[test]
fn other_texts_are_not_lists() {
    let refused = |text: &str| read(text).unwrap_err();
    assert_eq!(refused("<!DOCTYPE html><html></html>"), ListError::WebPage);
    assert_eq!(refused("\u{feff}  <html>"), ListError::WebPage);
    assert_eq!(refused("{\"servers\":\n[{]"), ListError::Json { line: 2, column: 3 });
    assert_eq!(refused("{\"rules\":[]}"), ListError::NoServers);
    assert_eq!(refused("{\"servers\":5}"), ListError::NoServers);
    assert!(matches!(refused("proxies:\n  - {a: [}\n"), ListError::Yaml { .. }));
    assert_eq!(refused("proxies: 5\n"), ListError::NoServers);
}

#[test]
fn errors_repeat_no_secret() {
    let text = r#"{"servers":[{"server":"a.test","server_port":1,"password":"p","method":"hunter2"},
        {"type":"ss","server":"hunter2 hunter2","port":1,"password":"hunter2","method":"aes-256-gcm"}]}"#;
    assert!(!format!("{:?}", items(text)).contains("hunter2"));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*", start in prop::sample::select(vec!["", "{\"servers\":", "[", "proxies:\n - ", "<"])) {
        let _ = read(&format!("{start}{text}"));
        let _ = read(&STANDARD.encode(format!("{start}{text}://")));
    }

    #[test]
    fn configurations_round_trip(host in "[a-z]{1,10}\\.test", port in 1u16.., password in "[ -~]{1,20}") {
        let json = serde_json::json!({"servers": [{"server": host, "server_port": port, "password": password, "method": "aes-256-gcm"}]});
        let node = read(&json.to_string()).unwrap().remove(0).node.unwrap();
        prop_assert_eq!((node.host.as_str(), node.port), (host.as_str(), port));
        prop_assert_eq!(link::parse(&link::print(&node)).unwrap(), node);
    }
}
