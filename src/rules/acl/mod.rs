//! An access list in the format of Shadowsocks: which hosts and networks go through the pool, direct, or are blocked.
//!
//! ```text
//! [proxy_all]            everything else goes through the pool (also [accept_all]; the default)
//! [bypass_all]           everything else goes direct           (also [reject_all])
//! [bypass_list]          direct                                (also [black_list])
//! [proxy_list]           through the pool                      (also [white_list])
//! [outbound_block_list]  blocked
//!
//! 192.0.2.0/24  2001:db8::/32  192.0.2.1     networks and addresses
//! ||example.com                              the domain and its subdomains
//! |example.com                               this name only
//! (^|\.)example\.(com|net)$                  names that match
//! # a comment, also after an entry
//! ```
//!
//! Blocking takes precedence, then `[proxy_list]`, then `[bypass_list]`. Networks match only targets that are IP
//! addresses: names are not resolved, which would reveal them to the local network.

mod hosts;
mod read;
#[cfg(test)]
mod tests;

use self::hosts::Hosts;
use crate::model::Target;
use crate::model::route::{BadLine, Route, RouteDecision, RulePlace, RuleSource};

/// A compiled access list.
#[derive(Debug)]
pub struct Acl {
    fallback: Route,
    block: Hosts,
    proxy: Hosts,
    bypass: Hosts,
}

impl Acl {
    /// Compiles a list.
    ///
    /// # Errors
    /// The first invalid line.
    pub fn parse(text: &str) -> Result<Self, BadLine> {
        let (acl, bad) = read::parse(text);
        bad.into_iter().next().map_or(Ok(acl), Err)
    }

    /// All invalid lines of a list, with the reason.
    pub fn bad_lines(text: &str) -> Vec<BadLine> {
        read::parse(text).1
    }

    /// The route to a target, and the entry that chose it.
    pub fn route(&self, target: &Target) -> RouteDecision {
        let lists = [(&self.block, Route::Block), (&self.proxy, Route::Pool), (&self.bypass, Route::Direct)];
        let found = lists.into_iter().find_map(|(hosts, route)| Some((route, hosts.find(target)?)));
        match found {
            Some((route, line)) => RouteDecision { route, rule: Some(RulePlace { source: RuleSource::Acl, line }) },
            None => RouteDecision { route: self.fallback, rule: None },
        }
    }
}
