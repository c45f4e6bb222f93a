//! Subscriptions: what an answer of a provider means, and what becomes of the nodes.
//!
//! Four rules, all pure. [`address`] says what an address has to be and what of it may be shown.
//! [`decode`] turns an answer into nodes, or says why it is no list; [`provider_info`] reads what the provider
//! says beside it: quota, expiry, name. [`merge`] compares a list with the nodes that are there, by
//! identity, so that what has not changed is not touched. [`schedule`] says when the next update is due.
//! Nothing here fetches, waits, or writes a file: the engine does, and asks here.

pub mod address;
pub mod decode;
pub mod merge;
#[cfg(test)]
mod properties;
pub mod provider_info;
pub mod schedule;

pub use self::decode::Decoded;
pub use self::provider_info::ProviderInfo;
