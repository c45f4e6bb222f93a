//! An access list as Shadowsocks has it: which hosts and networks go through, past, or nowhere.
//!
//! ```text
//! [proxy_all]            what no line says otherwise goes through (also [accept_all]; the default)
//! [bypass_all]           … goes past                              (also [reject_all])
//! [bypass_list]          these go past                            (also [black_list])
//! [proxy_list]           these go through                         (also [white_list])
//! [outbound_block_list]  these go nowhere
//!
//! 192.0.2.0/24  2001:db8::/32  192.0.2.1     networks and addresses
//! ||example.com                              the domain and all below it
//! |example.com                               this name alone
//! (^|\.)example\.(com|net)$                  names that match
//! # a comment, also behind an entry
//! ```
//!
//! What is blocked is blocked; then `[proxy_list]` says, then `[bypass_list]`. Networks are of targets
//! that are addresses: no name is looked up for them, which would tell the name to the local network.

mod hosts;
mod read;
#[cfg(test)]
mod tests;

use self::hosts::Hosts;
use crate::model::Target;
use crate::model::route::{BadLine, Route, RulePlace, RuleSource, Way};

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
    /// The first line that is none.
    pub fn parse(text: &str) -> Result<Self, BadLine> {
        let (acl, bad) = read::parse(text);
        bad.into_iter().next().map_or(Ok(acl), Err)
    }

    /// All lines of a text that are none of an access list, and why.
    pub fn bad_lines(text: &str) -> Vec<BadLine> {
        read::parse(text).1
    }

    /// The way to a target.
    pub fn way(&self, target: &Target) -> Way {
        let lists = [(&self.block, Route::Block), (&self.proxy, Route::Pool), (&self.bypass, Route::Direct)];
        let found = lists.into_iter().find_map(|(hosts, route)| Some((route, hosts.find(target)?)));
        match found {
            Some((route, line)) => Way { route, rule: Some(RulePlace { source: RuleSource::Acl, line }) },
            None => Way { route: self.fallback, rule: None },
        }
    }
}
