//! The exported text is parsed again, if possible with our own parser of Clash lists.

use serde_json::Value;

use super::*;
use crate::locale::{Locale, Localize};
use crate::model::node::{Kind, Plugin, link, list};

const LINKS: [&str; 4] = [
    "ss://YWVzLTI1Ni1nY206cGFzcw@a.example:8388#Tokyo",
    "socks5://me:secret@b.example:1080#Tokyo",
    "ss://YWVzLTI1Ni1nY206cGFzcw@[2001:db8::1]:8388#%22%5C%0A%7B%7D%23:%20-",
    "ssr://Yy5leGFtcGxlOjg0NDM6YXV0aF9hZXMxMjhfc2hhMTphZXMtMTI4LWN0cjp0bHMxLjJfdGlja2V0X2F1dGg6YzJWamNtVjA",
];

fn nodes() -> Vec<Node> {
    LINKS.iter().map(|text| link::parse(text).unwrap()).collect()
}

fn with_plugin(name: &str, options: &str) -> Node {
    let mut node = link::parse(LINKS[0]).unwrap();
    let Kind::Ss { plugin, .. } = &mut node.kind else { panic!("Shadowsocks") };
    *plugin = Some(Plugin { name: name.into(), options: options.into() });
    node
}

fn exported(program: ExportProgram, nodes: &[Node]) -> (ExportedConfig, Value) {
    let options = ExportOptions { listen: "127.0.0.1:2080".parse().unwrap(), check_url: "http://c.example/".into() };
    let config = export(program, nodes, &options);
    let value = serde_json::from_str(config.text.expose()).unwrap();
    (config, value)
}

#[test]
fn what_mihomo_gets_is_what_we_read_of_its_lists() {
    let plugins = [
        with_plugin("obfs-local", "obfs=http;obfs-host=h.example"),
        with_plugin("v2ray-plugin", "tls;mode=websocket;path=/w\\=1;mux=0"),
    ];
    let given: Vec<_> = nodes().into_iter().chain(plugins).collect();
    let (config, value) = exported(ExportProgram::Mihomo, &given);
    assert_eq!((config.count, config.left_out.len()), (6, 0));
    let read = list::read(config.text.expose()).unwrap();
    let kinds = |nodes: &[Node]| -> Vec<_> {
        nodes.iter().map(|node| (node.host.clone(), node.port, node.kind.clone())).collect()
    };
    let read: Vec<_> = read.into_iter().map(|item| item.node.unwrap()).collect();
    assert_eq!(kinds(&read)[..4], kinds(&given)[..4]);
    assert_eq!(value["proxies"][5]["plugin-opts"]["path"], "/w=1");
    assert_eq!(value["proxies"][1]["name"], "Tokyo (2)", "names are unique");
    assert_eq!(value["proxy-groups"][0]["proxies"].as_array().unwrap().len(), 6);
}

#[test]
fn sing_box_gets_what_it_supports_and_the_rest_is_named() {
    let unknown = [with_plugin("ck-client", "UID=x"), with_plugin("v2ray-plugin", "tls;host=h")];
    let given: Vec<_> = nodes().into_iter().chain(unknown).collect();
    let (config, value) = exported(ExportProgram::SingBox, &given);
    assert_eq!(config.count, 4);
    let why: Vec<_> = config.left_out.iter().map(|(_, why)| why.localize(Locale::English)).collect();
    assert!(why[0].contains("ShadowsocksR") && why[1].contains("ck-client"), "{why:?}");
    let outbounds = value["outbounds"].as_array().unwrap();
    assert_eq!(outbounds.len(), 5);
    assert_eq!(outbounds[0]["outbounds"][2], outbounds[3]["tag"]);
    assert_eq!(outbounds[4]["plugin_opts"], "tls;host=h");
    assert_eq!((&outbounds[2]["username"], &outbounds[2]["password"]), (&"me".into(), &"secret".into()));
    let mut odd = nodes().remove(0);
    odd.kind = Kind::Ss { method: "camellia-128-cfb".into(), password: "x".into(), plugin: None };
    for program in [ExportProgram::SingBox, ExportProgram::Mihomo] {
        let (config, _) = exported(program, std::slice::from_ref(&odd));
        assert_eq!((config.count, &config.left_out[0].1), (0, &Unusable::Method("camellia-128-cfb".into())));
    }
}

#[test]
fn a_machine_is_a_host_with_or_without_a_port_and_nothing_else() {
    let address = |text: &str| text.parse::<OtherMachine>().map(|machine| machine.address());
    assert_eq!(address("office-1.lan").unwrap(), "office-1.lan:1080");
    assert_eq!(address("10.0.0.2:2080").unwrap(), "10.0.0.2:2080");
    assert_eq!(address("[2001:db8::1]:1080").unwrap(), "[2001:db8::1]:1080");
    assert_eq!(address("2001:db8::1").unwrap(), "[2001:db8::1]:1080");
    for wrong in ["", "a b", "a:x", "a:0", "a\nserver evil", "a:1080 check", "[::1", "a:b:c"] {
        assert!(address(wrong).is_err(), "{wrong:?}");
    }
}
