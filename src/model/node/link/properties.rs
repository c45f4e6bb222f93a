//! Property tests of links: a printed node parses as itself, no text panics, no error reveals secrets.

use proptest::prelude::*;

use super::{parse, parse_lines, print};
use crate::model::node::cipher::{NAMES, is_2022};
use crate::model::node::ssr::{Method, Obfs, Protocol};
use crate::model::node::{Kind, Login, Node, Plugin, Ssr, list};

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{1,20}(\\.[a-z0-9_-]{1,10}){0,3}\\.[a-z]{2,8}".prop_filter("IDNA has a say in these", |name| {
            url::Host::parse(name).is_ok_and(|host| host.to_string() == *name)
        }),
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
    ]
}

fn name() -> impl Strategy<Value = String> {
    "\\PC{0,20}".prop_map(|name| name.trim().to_owned())
}

fn ss() -> impl Strategy<Value = Kind> {
    let plugin = ("[a-z0-9][a-z0-9._+-]{0,15}", "\\PC{0,30}").prop_map(|(name, options)| Plugin { name, options });
    (0..NAMES.len(), "\\PC{1,30}", prop::option::of(plugin)).prop_map(|(index, password, plugin)| {
        let method = NAMES[index];
        let bytes = if method == "2022-blake3-aes-128-gcm" { 16 } else { 32 };
        let key =
            || base64::Engine::encode(&base64::engine::general_purpose::STANDARD, vec![password.len() as u8; bytes]);
        let password = if is_2022(method) { key() } else { password };
        Kind::Ss { method: method.into(), password: password.into(), plugin }
    })
}

fn ssr() -> impl Strategy<Value = Kind> {
    let names = (0..Method::ALL.len(), 0..Protocol::ALL.len(), 0..Obfs::ALL.len());
    (names, "\\PC{1,30}", "\\PC{0,20}", "\\PC{0,20}").prop_map(|(names, password, protocol_param, obfs_param)| {
        let (method, protocol, obfs) = (Method::ALL[names.0], Protocol::ALL[names.1], Obfs::ALL[names.2]);
        let (password, protocol_param) = (password.into(), protocol_param.into());
        Kind::Ssr(Ssr { method, password, protocol, protocol_param, obfs, obfs_param })
    })
}

fn socks5() -> impl Strategy<Value = Kind> {
    let login = ("\\PC{1,20}", "\\PC{1,20}").prop_map(|(user, password)| Login { user, password: password.into() });
    prop::option::of(login).prop_map(|login| Kind::Socks5 { login })
}

fn node() -> impl Strategy<Value = Node> {
    let kind = prop_oneof![ss(), ssr(), socks5()];
    (name(), name(), host(), 1u16.., kind).prop_map(|(name, group, host, port, kind)| {
        // Only this kind of link contains the group.
        let group = if matches!(kind, Kind::Ssr(_)) { group } else { String::new() };
        Node { group, ..Node::new(name, host, port, kind) }
    })
}

proptest! {
    #[test]
    fn a_printed_node_round_trips(node in node()) {
        prop_assert_eq!(parse(&print(&node)), Ok(node));
    }

    #[test]
    fn a_list_of_printed_nodes_round_trips(nodes in prop::collection::vec(node(), 0..8)) {
        let text: String = nodes.iter().map(|node| print(node) + "\n").collect();
        let packed = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &text);
        for text in [&text, &packed] {
            let read: Vec<_> = list::read(text).unwrap().into_iter().map(|item| item.node).collect();
            prop_assert_eq!(read, nodes.iter().cloned().map(Ok).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_printed_sip008_round_trips(nodes in prop::collection::vec((ss(), name(), name(), host(), 1u16..), 0..8)) {
        let node = |(kind, name, group, host, port)| Node { group, ..Node::new(name, host, port, kind) };
        let nodes: Vec<Node> = nodes.into_iter().map(node).collect();
        let text = list::print_sip008(&nodes.iter().collect::<Vec<_>>());
        let read: Vec<_> = list::read(&text).unwrap().into_iter().map(|item| item.node).collect();
        prop_assert_eq!(read, nodes.into_iter().map(Ok).collect::<Vec<_>>());
    }

    #[test]
    fn no_text_panics(text in any::<String>(), scheme in "ss|ssr|socks5|socks") {
        let _ = parse_lines(&text);
        let _ = parse(&format!("{scheme}://{text}"));
    }

    #[test]
    fn no_damaged_link_panics_or_leaks(
        node in node(), cut in 0usize..200, at in 0usize..200, put in "[@:/?#;%=\\[\\] ]{0,3}",
    ) {
        let mut node = node;
        let secret = "hunter2hunter2";
        match &mut node.kind {
            Kind::Ss { password, .. } => *password = secret.into(),
            Kind::Ssr(ssr) => (ssr.password, ssr.protocol_param) = (secret.into(), secret.into()),
            Kind::Socks5 { login } => *login = Some(Login { user: secret.into(), password: secret.into() }),
        }
        let mut link: Vec<char> = print(&node).chars().collect();
        link.truncate(link.len().saturating_sub(cut).max(6));
        let at = at.min(link.len());
        link.splice(at..at, put.chars());
        if let Err(error) = parse(&link.into_iter().collect::<String>()) {
            prop_assert!(!error.to_string().contains("hunter2"), "{}", error);
        }
    }

    #[test]
    fn the_legacy_form_accepts_any_password(password in "\\PC{1,30}", host in "[a-z]{1,10}", port in 1u16..) {
        let text = format!("aes-256-gcm:{password}@{host}:{port}");
        let link = format!("ss://{}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text));
        let kind = Kind::Ss { method: "aes-256-gcm".into(), password: password.as_str().into(), plugin: None };
        prop_assert_eq!(parse(&link), Ok(Node::new("", host, port, kind)));
    }
}
