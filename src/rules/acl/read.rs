//! Parsing of an access list.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Acl;
use super::hosts::{HostRule, Hosts};
use crate::model::LineError;
use crate::model::route::{BadLine, Route};
use crate::rules::regexes::Budget;

/// The section that entries belong to.
#[derive(Clone, Copy)]
enum Section {
    Block,
    Proxy,
    Bypass,
}

/// Parses a list; returns the valid entries, and the lines that are not valid.
pub(super) fn parse(text: &str) -> (Acl, Vec<BadLine>) {
    let mut reading = AclParser::default();
    let mut bad = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        // As ss-local does: no name, network or expression for names contains `#`.
        let text = text.split('#').next().unwrap_or_default().trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        if let Err(reason) = reading.take(line, text) {
            bad.push(BadLine { line, reason });
        }
    }
    let AclParser { fallback, block, proxy, bypass, .. } = reading;
    let fallback = fallback.unwrap_or(Route::Pool);
    (Acl { fallback, block: block.build(), proxy: proxy.build(), bypass: bypass.build() }, bad)
}

/// The state of the parser.
#[derive(Default)]
struct AclParser {
    fallback: Option<Route>,
    block: Hosts,
    proxy: Hosts,
    bypass: Hosts,
    section: Option<Section>,
    budget: Budget,
}

impl AclParser {
    fn take(&mut self, line: u32, text: &str) -> Result<(), LineError> {
        match text {
            "[proxy_all]" | "[accept_all]" => (self.fallback, self.section) = (Some(Route::Pool), None),
            "[bypass_all]" | "[reject_all]" => (self.fallback, self.section) = (Some(Route::Direct), None),
            "[outbound_block_list]" => self.section = Some(Section::Block),
            "[proxy_list]" | "[white_list]" => self.section = Some(Section::Proxy),
            "[bypass_list]" | "[black_list]" => self.section = Some(Section::Bypass),
            other if other.starts_with('[') && other.ends_with(']') => {
                return Err(LineError::NoSection(other.into()));
            }
            other => {
                let hosts = match self.section {
                    Some(Section::Block) => &mut self.block,
                    Some(Section::Proxy) => &mut self.proxy,
                    Some(Section::Bypass) => &mut self.bypass,
                    None => return Err(LineError::BeforeSection),
                };
                hosts.add(entry(other, &mut self.budget)?, line);
            }
        }
        Ok(())
    }
}

fn entry(text: &str, budget: &mut Budget) -> Result<HostRule, LineError> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(HostRule::Net(ip.to_canonical().into()));
    }
    if let Ok(net) = text.parse::<IpNet>() {
        return Ok(HostRule::Net(net.trunc()));
    }
    if let Some(network) = malformed_network(text) {
        return Err(LineError::NoNetwork(network.into()));
    }
    if let Some(name) = text.strip_prefix("||") {
        return Ok(HostRule::Below(named(name)?));
    }
    if let Some(name) = text.strip_prefix('|') {
        return Ok(HostRule::Name(named(name)?));
    }
    pattern(text, budget)
}

/// Text that looks like a network but is none, such as `10.0.0.0/33`: as a pattern it would match nothing.
fn malformed_network(text: &str) -> Option<&str> {
    let (address, _bits) = text.split_once('/')?;
    address.chars().all(|letter| letter.is_ascii_hexdigit() || ['.', ':'].contains(&letter)).then_some(text)
}

fn named(name: &str) -> Result<String, LineError> {
    let name = name.trim_start_matches('.').trim_end_matches('.');
    match url::Host::parse(name) {
        Ok(url::Host::Domain(name)) => Ok(name),
        Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => Err(LineError::AddressForName(name.into())),
        Err(_) => Err(LineError::NoName(name.into())),
    }
}

fn pattern(text: &str, budget: &mut Budget) -> Result<HostRule, LineError> {
    if let Some(name) = literal(text) {
        return Ok(name);
    }
    if !text.is_ascii() {
        return Err(LineError::NotAscii);
    }
    match budget.parse(text) {
        Ok(_) => Ok(HostRule::Pattern(text.to_owned())),
        Err(LineError::Regex(reason)) => Err(LineError::Regex(format!("{text}: {reason}"))),
        Err(other) => Err(other),
    }
}

/// Patterns that only spell a name, as most in published lists do, are looked up instead of being matched.
fn literal(text: &str) -> Option<HostRule> {
    let body = text.strip_suffix('$')?;
    let below = ["(^|\\.)", "(?:^|\\.)", "^(.*\\.)?", "^(?:.*\\.)?"].iter().find_map(|head| body.strip_prefix(head));
    let name = match below {
        Some(rest) => rest,
        None => body.strip_prefix('^')?,
    };
    let is_letter = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let parts = name.split("\\.").collect::<Vec<_>>();
    let name =
        parts.iter().all(|part| !part.is_empty() && is_letter(part)).then(|| parts.join(".").to_ascii_lowercase())?;
    Some(if below.is_some() { HostRule::Below(name) } else { HostRule::Name(name) })
}
