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
//! # said to people
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

/// What is wrong with a list: its first line that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub struct AclError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub problem: String,
}

/// A compiled access list.
#[derive(Debug)]
pub struct Acl {
    fallback: Route,
    block: Hosts,
    proxy: Hosts,
    bypass: Hosts,
}

impl Acl {
    /// Compiles a list. `file` is what errors call it.
    ///
    /// # Errors
    /// The first line that is none, by file and number.
    pub fn parse(file: &str, text: &str) -> Result<Self, AclError> {
        let (acl, bad) = read::parse(text);
        match bad.into_iter().next() {
            None => Ok(acl),
            Some(BadLine { line, reason }) => Err(AclError { file: file.to_owned(), line, problem: reason }),
        }
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
