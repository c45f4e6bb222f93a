//! Routing rules: parsing, compiling and matching lists of rules.
//!
//! There are two kinds. [`list`] is AdBlock syntax as used by GFWList, for the user's own rules and for the downloaded
//! list; [`LayeredRules`] applies both in order, and [`pac`] writes them as a PAC script for browsers. [`acl`] is the
//! Shadowsocks access list, which routes hosts and networks through the pool or direct, or blocks them.
//!
//! Everything here is pure: texts and names in, decisions out. No name is resolved.

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
