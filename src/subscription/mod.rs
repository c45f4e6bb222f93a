//! Subscriptions: parsing a provider's response, and merging it into the nodes.
//!
//! All of it is pure. [`address`] validates a URL and removes its secret parts for display. [`decode`] parses a
//! response into nodes, or explains why it is not a list; [`provider_info`] reads quota, expiry and name from its
//! headers. [`merge`] compares a list with the existing nodes by identity, so that unchanged nodes are not touched.
//! [`schedule`] computes when the next update is due. Nothing here fetches, waits or writes files: the engine does.

pub mod address;
pub mod decode;
pub mod merge;
#[cfg(test)]
mod properties;
pub mod provider_info;
pub mod schedule;

pub use self::decode::Decoded;
pub use self::provider_info::ProviderInfo;
