//! Which sites go through the pool: lists of rules, read, compiled and asked.
//!
//! Two kinds are known. [`list`] is AdBlock syntax as GFWList has it, for the user's own rules and for
//! the list that is fetched; [`Rules`] asks both in order, and [`pac`] writes the same as a script for
//! browsers. [`acl`] is the access list of Shadowsocks, which says of hosts and networks whether they
//! go through, past, or nowhere.
//!
//! Everything here is pure: texts and names go in, decisions come out. Nothing is fetched, read,
//! looked up or timed; no name is resolved.

pub mod acl;
mod decide;
pub mod fetched;
mod list;
mod own;
pub mod pac;
mod subject;
#[cfg(test)]
mod tests;

pub use self::decide::{Decision, Rules};
pub use self::list::{List, Verdict};
pub use self::subject::Subject;
