//! Which sites go through the pool: lists of rules, read, compiled and asked.
//!
//! Two kinds are known. [`list`] is AdBlock syntax as GFWList has it, for the user's own rules and for
//! the list that is fetched; [`LayeredRules`] asks both in order, and [`pac`] writes the same as a script for
//! browsers. [`acl`] is the access list of Shadowsocks, which says of hosts and networks whether they
//! go through, past, or nowhere.
//!
//! Everything here is pure: texts and names go in, decisions come out. Nothing is fetched, read,
//! looked up or timed; no name is resolved.

pub mod acl;
mod decide;
pub mod fetched;
mod list;
mod local_hosts;
pub mod pac;
mod regexes;
mod request_url;
#[cfg(test)]
mod tests;

pub use self::decide::{Decision, LayeredRules};
pub use self::list::{RuleAction, RuleList};
pub use self::request_url::RequestUrl;
