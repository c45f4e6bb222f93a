//! The text fields of the node form, and their conversion to a node. Pure.

use std::ops::RangeInclusive;

use crate::model::cipher::{self, KeyError};
use crate::model::link::LinkError;
use crate::model::ssr::{Method, Obfs, Protocol};
use crate::model::{Kind, Login, Node, Plugin, Ssr, link};

/// Valid weights.
pub(super) const WEIGHTS: RangeInclusive<u64> = 1..=100;
pub(super) const TIERS: RangeInclusive<u64> = 0..=99;

/// The protocols that the form supports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NodeProtocol {
    #[default]
    Shadowsocks,
    ShadowsocksR,
    Socks5,
}

/// The text fields of the form. Fields of other protocols keep their text when the protocol changes.
#[derive(Clone, PartialEq)]
pub(super) struct NodeDraft {
    pub(super) protocol_kind: NodeProtocol,
    pub(super) name: String,
    pub(super) group: String,
    pub(super) host: String,
    pub(super) port: String,
    pub(super) password: String,
    pub(super) cipher: &'static str,
    pub(super) plugin: String,
    pub(super) plugin_options: String,
    pub(super) ssr: SsrDraft,
    pub(super) user: String,
    pub(super) weight: String,
    pub(super) tier: String,
}

/// The fields that only ShadowsocksR has.
#[derive(Clone, PartialEq)]
pub(super) struct SsrDraft {
    pub(super) method: Method,
    pub(super) protocol: Protocol,
    pub(super) protocol_param: String,
    pub(super) obfs: Obfs,
    pub(super) obfs_param: String,
}

/// An error in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NodeFieldError {
    Host,
    Port,
    Password(KeyError),
    Login,
    Plugin,
    Weight,
    Tier,
    /// An error that cannot be attributed to one field.
    Form(LinkError),
}

impl Default for NodeDraft {
    fn default() -> Self {
        Self {
            protocol_kind: NodeProtocol::default(),
            name: String::new(),
            group: String::new(),
            host: String::new(),
            port: String::new(),
            password: String::new(),
            cipher: cipher::NAMES[0],
            plugin: String::new(),
            plugin_options: String::new(),
            ssr: SsrDraft::default(),
            user: String::new(),
            weight: "1".into(),
            tier: "0".into(),
        }
    }
}

impl Default for SsrDraft {
    fn default() -> Self {
        Self {
            method: Method::Aes256Cfb,
            protocol: Protocol::AuthAes128Md5,
            protocol_param: String::new(),
            obfs: Obfs::Plain,
            obfs_param: String::new(),
        }
    }
}

impl NodeDraft {
    /// The fields filled in for a node.
    pub(super) fn of(node: &Node) -> Self {
        let mut draft = Self {
            name: node.name.clone(),
            group: node.group.clone(),
            host: node.host.clone(),
            port: node.port.to_string(),
            weight: node.weight.to_string(),
            tier: node.tier.to_string(),
            ..Self::default()
        };
        match &node.kind {
            Kind::Ss { method, password, plugin } => {
                draft.cipher = cipher::canonical(method).unwrap_or(draft.cipher);
                draft.password = password.expose().to_owned();
                if let Some(plugin) = plugin {
                    (draft.plugin, draft.plugin_options) = (plugin.name.clone(), plugin.options.clone());
                }
            }
            Kind::Ssr(ssr) => {
                draft.protocol_kind = NodeProtocol::ShadowsocksR;
                draft.password = ssr.password.expose().to_owned();
                draft.ssr = SsrDraft {
                    method: ssr.method,
                    protocol: ssr.protocol,
                    protocol_param: ssr.protocol_param.expose().to_owned(),
                    obfs: ssr.obfs,
                    obfs_param: ssr.obfs_param.clone(),
                };
            }
            Kind::Socks5 { login } => {
                draft.protocol_kind = NodeProtocol::Socks5;
                if let Some(login) = login {
                    (draft.user, draft.password) = (login.user.clone(), login.password.expose().to_owned());
                }
            }
        }
        draft
    }

    /// The node described by the fields.
    ///
    /// # Errors
    /// All errors in the fields.
    pub(super) fn node(&self) -> Result<Node, Vec<NodeFieldError>> {
        let mut wrong = Vec::new();
        let host = self.host.trim().trim_start_matches('[').trim_end_matches(']');
        let is_host = !host.is_empty() && !host.contains(|sign: char| sign.is_whitespace() || "/@?#".contains(sign));
        if !is_host {
            wrong.push(NodeFieldError::Host);
        }
        let port = self.port.trim().parse::<u16>().ok().filter(|port| *port > 0);
        if port.is_none() {
            wrong.push(NodeFieldError::Port);
        }
        let kind = self.kind(&mut wrong);
        let (weight, tier) = (within(&self.weight, &WEIGHTS), within(&self.tier, &TIERS));
        wrong.extend(weight.is_none().then_some(NodeFieldError::Weight));
        wrong.extend(tier.is_none().then_some(NodeFieldError::Tier));
        let (Some(port), Some(weight), Some(tier), true) = (port, weight, tier, wrong.is_empty()) else {
            return Err(wrong);
        };
        let node =
            Node { group: self.group.trim().to_owned(), weight, tier, ..Node::new(self.name.trim(), host, port, kind) };
        // A node must survive being written as a link and read back.
        match link::parse(&link::print(&node)) {
            Ok(read) if read.id() == node.id() => Ok(node),
            Ok(_) => Err(vec![NodeFieldError::Host]),
            Err(error) => Err(vec![NodeFieldError::Form(error)]),
        }
    }

    fn kind(&self, wrong: &mut Vec<NodeFieldError>) -> Kind {
        match self.protocol_kind {
            NodeProtocol::Shadowsocks => {
                if let Err(error) = cipher::check_password(self.cipher, &self.password) {
                    wrong.push(NodeFieldError::Password(error));
                }
                let name = self.plugin.trim();
                if name.contains(|sign: char| sign.is_whitespace() || "/\\".contains(sign)) {
                    wrong.push(NodeFieldError::Plugin);
                }
                let options = self.plugin_options.trim().to_owned();
                let plugin = (!name.is_empty()).then(|| Plugin { name: name.to_owned(), options });
                Kind::Ss { method: self.cipher.to_owned(), password: self.password.as_str().into(), plugin }
            }
            NodeProtocol::ShadowsocksR => {
                if self.password.is_empty() {
                    wrong.push(NodeFieldError::Password(KeyError::Empty));
                }
                Kind::Ssr(Ssr {
                    method: self.ssr.method,
                    password: self.password.as_str().into(),
                    protocol: self.ssr.protocol,
                    protocol_param: self.ssr.protocol_param.as_str().into(),
                    obfs: self.ssr.obfs,
                    obfs_param: self.ssr.obfs_param.clone(),
                })
            }
            NodeProtocol::Socks5 => {
                let fits = |text: &str| (1..=255).contains(&text.len());
                let is_none = self.user.is_empty() && self.password.is_empty();
                let fits_both = fits(&self.user) && fits(&self.password);
                if !is_none && !fits_both {
                    wrong.push(NodeFieldError::Login);
                }
                let login = Login { user: self.user.clone(), password: self.password.as_str().into() };
                Kind::Socks5 { login: (!is_none).then_some(login) }
            }
        }
    }
}

fn within(text: &str, bounds: &RangeInclusive<u64>) -> Option<u32> {
    let number = text.trim().parse().ok().filter(|number| bounds.contains(number));
    number.and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> NodeDraft {
        NodeDraft { host: "tokyo.example".into(), port: "8388".into(), password: "pw".into(), ..NodeDraft::default() }
    }

    #[test]
    fn errors_are_attributed_to_their_fields() {
        let wrong = |draft: NodeDraft| draft.node().unwrap_err();
        assert_eq!(
            wrong(NodeDraft::default()),
            [NodeFieldError::Host, NodeFieldError::Port, NodeFieldError::Password(KeyError::Empty)]
        );
        assert_eq!(wrong(NodeDraft { host: "http://x".into(), ..typed() }), [NodeFieldError::Host]);
        for port in ["0", "65536", "ssh", "-1"] {
            assert_eq!(wrong(NodeDraft { port: port.into(), ..typed() }), [NodeFieldError::Port], "{port}");
        }
        let key = wrong(NodeDraft { cipher: "2022-blake3-aes-128-gcm", password: "c2hvcnQ=".into(), ..typed() });
        assert!(matches!(key.as_slice(), [NodeFieldError::Password(KeyError::Length { wanted: 16, .. })]), "{key:?}");
        assert_eq!(wrong(NodeDraft { plugin: "/bin/sh".into(), ..typed() }), [NodeFieldError::Plugin]);
        assert_eq!(wrong(NodeDraft { protocol_kind: NodeProtocol::Socks5, ..typed() }), [NodeFieldError::Login]);
        assert_eq!(
            wrong(NodeDraft { weight: "0".into(), tier: "100".into(), ..typed() }),
            [NodeFieldError::Weight, NodeFieldError::Tier]
        );
    }

    #[test]
    fn a_node_survives_the_form() {
        let ssr = NodeDraft {
            protocol_kind: NodeProtocol::ShadowsocksR,
            ssr: SsrDraft { protocol_param: "1:a".into(), ..SsrDraft::default() },
            ..typed()
        };
        let plugin = NodeDraft { plugin: "obfs-local".into(), plugin_options: "obfs=http".into(), ..typed() };
        let socks = NodeDraft { protocol_kind: NodeProtocol::Socks5, user: "me".into(), ..typed() };
        for draft in [typed(), ssr, plugin, socks, NodeDraft { host: "::1".into(), ..typed() }] {
            let node = draft.node().unwrap_or_else(|wrong| panic!("{wrong:?}"));
            assert!(NodeDraft::of(&node) == draft, "{}", node.label());
        }
    }
}
