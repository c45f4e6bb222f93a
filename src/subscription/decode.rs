//! Parses a provider's response as a list of nodes.
//!
//! An invalid response must never replace a good list. Providers respond with an empty page when a plan has ended, with
//! a web page when a login is required or the site is down, and with nodes of unsupported protocols. Each has its own
//! error, and no error repeats the response.

use std::collections::HashSet;

use super::provider_info::{self, ProviderInfo, Sip008};
use crate::model::list::{self, ListError, ListPosition};
use crate::model::preview::Refused;
use crate::model::{Node, NodeId, NodeListError};

/// Maximum number of rejected lines that are kept in detail.
const MAX_REFUSED: usize = 100;

/// The content of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The nodes, in the order of the list, without duplicates; at least one.
    pub nodes: Vec<Listed>,
    /// The first rejected items.
    pub refused: Vec<Refused>,
    /// Total number of rejected items.
    pub refused_in_all: usize,
    /// The information that the provider sends in addition.
    pub about: ProviderInfo,
}

/// A node of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its position in the list.
    pub place: ListPosition,
    /// Its identity.
    pub id: NodeId,
    /// The node; a group in the list is ignored.
    pub node: Node,
}

/// Parses a response: its body, and its headers with names in lower case.
///
/// # Errors
/// It is not a list of nodes.
pub fn decode(body: &[u8], headers: &[(String, String)]) -> Result<Decoded, NodeListError> {
    let text = list::text_of(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(NodeListError::Empty);
    }
    if text.contains('\0') {
        return Err(NodeListError::NotText);
    }
    let mut about = provider_info::read(headers);
    if let Some(fields) = Sip008::read(text) {
        check_version(&fields)?;
        let (said, own) = (about.plan, fields.plan());
        about.plan.used = said.used.or(own.used);
        about.plan.total = said.total.or(own.total);
    }
    let mut items = list::read(text)?;
    about.notices = list::choose_names(&mut items);
    sort(items, about)
}

fn check_version(fields: &Sip008) -> Result<(), NodeListError> {
    match &fields.version {
        Some(version) if version.as_f64() != Some(1.0) => Err(NodeListError::Version(version.clone())),
        Some(_) | None => Ok(()),
    }
}

fn sort(items: Vec<list::Item>, about: ProviderInfo) -> Result<Decoded, NodeListError> {
    let (mut nodes, mut refused, mut refused_in_all) = (Vec::new(), Vec::new(), 0);
    let mut seen = HashSet::new();
    for list::Item { place, node } in items {
        match node {
            Ok(node) => {
                let id = node.id();
                if seen.insert(id.clone()) {
                    nodes.push(Listed { place, id, node });
                }
            }
            Err(error) => {
                refused_in_all += 1;
                if refused.len() < MAX_REFUSED {
                    refused.push(Refused { place, error });
                }
            }
        }
    }
    if nodes.is_empty() {
        return Err(match refused.into_iter().next() {
            Some(Refused { error, .. }) => NodeListError::NothingUsable { refused: refused_in_all, first: error },
            None => NodeListError::Format(ListError::NoServers),
        });
    }
    Ok(Decoded { nodes, refused, refused_in_all, about })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(body: &[u8]) -> String {
        decode(body, &[]).unwrap_err().to_string()
    }

    #[test]
    fn each_invalid_response_has_its_reason() {
        assert_eq!(reason(b""), "empty response");
        assert_eq!(reason("\u{feff} \r\n".as_bytes()), "empty response");
        assert_eq!(reason(b"\xff\xd8\xff\xe0\x00\x10JFIF"), "the response is not text");
        assert!(reason(b"<!DOCTYPE html><title>Login</title>").contains("web page"));
        assert!(reason(b"{\"servers\": [").contains("JSON"));
        assert!(reason(b"{\"version\": 2, \"servers\": []}").contains("SIP008 version 2"));
        assert!(reason(b"{\"servers\": []}").contains("no nodes found"));
        assert!(reason(b"your plan has ended").contains("1 entry was rejected: not a link"));
        assert!(
            reason(b"vmess://abc\nvless://x@y:1")
                .contains("2 entries were rejected, the first because: vmess:// is not supported")
        );
        assert!(reason("x\n".repeat(list::MAX_ITEMS + 1).as_bytes()).contains("20001 nodes"));
    }

    #[test]
    fn usable_entries_are_deduplicated_and_others_reported() {
        let text = "socks5://a.example:1#A\nvmess://x\nsocks5://a.example:1#again\nsocks5://b.example:1#B\n";
        let decoded = decode(text.as_bytes(), &[("profile-title".into(), "L".into())]).unwrap();
        let names: Vec<_> = decoded.nodes.iter().map(|listed| (listed.node.name.as_str(), listed.place)).collect();
        assert_eq!(names, [("again", ListPosition::Line(1)), ("B", ListPosition::Line(4))]);
        assert_eq!((decoded.refused[0].place, decoded.refused_in_all), (ListPosition::Line(2), 1));
        assert_eq!(decoded.about.title.as_deref(), Some("L"));
    }

    #[test]
    fn notices_are_distinguished_from_names() {
        let text = "socks5://a.example:1#剩余流量：10 GB\nsocks5://a.example:1#套餐到期：2026-12-31\n\
                    socks5://a.example:1#香港 01\nsocks5://b.example:1#日本 01\n";
        let decoded = decode(text.as_bytes(), &[]).unwrap();
        let names: Vec<_> = decoded.nodes.iter().map(|listed| listed.node.name.as_str()).collect();
        assert_eq!(names, ["香港 01", "日本 01"]);
        assert_eq!(decoded.about.notices, ["剩余流量：10 GB", "套餐到期：2026-12-31"]);
    }

    #[test]
    fn headers_take_precedence_over_sip008_fields() {
        let body =
            br#"{"version":1,"bytes_used":1,"bytes_remaining":9,"servers":[{"server":"a.example","server_port":1,
            "password":"p","method":"aes-256-gcm","remarks":"A"}]}"#;
        let plan = |headers: &[(String, String)]| decode(body, headers).unwrap().about.plan;
        assert_eq!((plan(&[]).used, plan(&[]).total), (Some(1), Some(10)));
        let said = plan(&[("subscription-userinfo".into(), "download=7; expire=5".into())]);
        assert_eq!((said.used, said.total, said.expires_at), (Some(7), Some(10), Some(5_000)));
    }
}
