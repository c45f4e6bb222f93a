//! The types of the control protocol.
//!
//! [`command`] has commands and replies, [`snapshot`] the current state, [`event`] the events, [`fault`] the error; the
//! others are parts of replies.

pub mod backup;
pub mod command;
pub mod connection;
pub mod door;
mod english;
pub mod event;
pub mod fault;
mod import;
pub mod naming;
pub mod page;
pub mod pin;
pub mod preview;
pub mod site;
pub mod site_check;
pub mod snapshot;
pub mod subscription;
pub mod why;
