//! What crosses the control socket: what a user interface may ask and what it gets.
//!
//! [`command`] holds requests and replies, [`snapshot`] all that is true now, [`event`] what happened
//! once, [`fault`] why a request failed; the others are parts of replies.

pub mod backup;
pub mod command;
mod english;
pub mod event;
pub mod fault;
pub mod naming;
pub mod page;
pub mod preview;
pub mod snapshot;
pub mod subscription;
pub mod why;
