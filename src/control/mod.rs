//! The one door: how tray, window and command line speak with the engine.
//!
//! JSON-RPC 2.0, one message a line, in UTF-8. Between processes over a local socket that only this
//! user can open, inside one process over a pipe in memory; the same code serves both. Both ends are
//! the same version of the same program, so the words of [`model`](crate::model) are the words on
//! the wire, and the first call, `hello`, makes sure of that.
//!
//! - [`protocol`]: what a message is. Pure.
//! - [`transport`]: how a connection comes about.
//! - [`server`]: the engine's side; it owns its connections and never waits for one of them.
//! - [`client`]: the other side.
//! - [`conversation`]: all that a user interface says and hears, at once.
//!
//! Methods are the engine's commands (`{"method":"cluster-on","params":{"size":3}}`), and three of
//! the door itself: `hello {version}`, `watch` (snapshots: the whole at once, then newer wholes, the
//! latest wins) and `events {follow: true}` (the past, then what happens).

pub mod client;
pub mod conversation;
mod lines;
pub mod protocol;
pub mod server;
mod streams;
pub mod transport;

pub use client::{Client, ClientError};
pub use conversation::Conversation;

#[cfg(test)]
mod tests;
