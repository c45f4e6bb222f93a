//! The hosts and networks of a section, compiled for fast lookup.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;
use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::model::Target;
use crate::rules::request_url::domains;

/// Number of patterns in one automaton; see [`Hosts::build`].
const SET_SIZE: usize = 64;

/// Largest compiled set, in bytes: more than the budget of a whole list allows.
const MAX_COMPILED: usize = 64 << 20;

/// An entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HostRule {
    /// A network; a single address is one too.
    Net(IpNet),
    /// A name and its subdomains.
    Below(String),
    /// A name.
    Name(String),
    /// A pattern for names.
    Pattern(String),
}

/// The entries of a section, each with its line.
#[derive(Default)]
pub(super) struct Hosts {
    v4: PrefixMap<Ipv4Net, u32>,
    v6: PrefixMap<Ipv6Net, u32>,
    below: HashMap<Box<str>, u32>,
    names: HashMap<Box<str>, u32>,
    patterns: Vec<(String, u32)>,
    sets: Vec<RegexSet>,
}

impl Hosts {
    pub(super) fn add(&mut self, entry: HostRule, line: u32) {
        match entry {
            HostRule::Net(IpNet::V4(net)) => drop(self.v4.insert(net, line)),
            HostRule::Net(IpNet::V6(net)) => drop(self.v6.insert(net, line)),
            HostRule::Below(name) => drop(self.below.insert(name.into(), line)),
            HostRule::Name(name) => drop(self.names.insert(name.into(), line)),
            HostRule::Pattern(pattern) => self.patterns.push((pattern, line)),
        }
    }

    /// Compiles the entries; patterns in sets, since one automaton for thousands of them would exceed its limits.
    pub(super) fn build(mut self) -> Self {
        let sets = self.patterns.chunks(SET_SIZE).map(|patterns| {
            let built = RegexSetBuilder::new(patterns.iter().map(|(pattern, _)| pattern))
                .unicode(false)
                .case_insensitive(true)
                .size_limit(MAX_COMPILED)
                .build();
            built.expect("each was parsed alone, and the budget of a list is below the limit")
        });
        self.sets = sets.collect();
        self
    }

    /// The line of the entry that matches a target.
    pub(super) fn find(&self, target: &Target) -> Option<u32> {
        match target {
            Target::Address(addr) => self.by_address(addr.ip().to_canonical()),
            Target::Name(name, _) => {
                let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
                match name.parse() {
                    Ok(ip) => self.by_address(ip),
                    Err(_) => self.by_name(&name),
                }
            }
        }
    }

    fn by_address(&self, ip: IpAddr) -> Option<u32> {
        match ip {
            IpAddr::V4(ip) => self.v4.get_lpm(&ip.into()).map(|(_, line)| *line),
            IpAddr::V6(ip) => self.v6.get_lpm(&ip.into()).map(|(_, line)| *line),
        }
    }

    fn by_name(&self, name: &str) -> Option<u32> {
        let below = || domains(name).find_map(|domain| self.below.get(domain)).copied();
        self.names.get(name).copied().or_else(below).or_else(|| self.by_pattern(name))
    }

    fn by_pattern(&self, name: &str) -> Option<u32> {
        let matched = |(number, set): (usize, &RegexSet)| {
            let first = set.matches(name.as_bytes()).iter().next()?;
            Some(self.patterns[number * SET_SIZE + first].1)
        };
        self.sets.iter().enumerate().find_map(matched)
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = (self.below.len(), self.names.len(), self.patterns.len());
        f.debug_tuple("Hosts").field(&counts).finish()
    }
}
