//! What gateway, pool and the members' processes tell each other.
//!
//! [`roster`] is what the pool gives the gateway, [`outcome`] and [`meter`] what comes back, [`route`] and
//! [`target`] where a connection wants to go,
//! [`member`] the contract of a member's process.

pub mod member;
pub mod meter;
pub mod outcome;
pub mod roster;
pub mod route;
pub mod spread;
pub mod target;
