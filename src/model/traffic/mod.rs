//! What gateway, pool and member processes exchange.
//!
//! [`roster`] goes from the pool to the gateway, [`outcome`] and [`meter`] come back, [`route`] and [`target`] describe
//! where a connection goes, [`member`] is the protocol of a member process.

pub mod doors;
pub mod histogram;
pub mod member;
pub mod meter;
pub mod node_set;
pub mod outcome;
pub mod pins;
pub mod roster;
pub mod route;
pub mod target;
